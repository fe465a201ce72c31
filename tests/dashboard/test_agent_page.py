"""The page of an agent over a real server: where it stands, where it does well, and how it did before."""

import pytest
from facts import begin, wait_for_run

from dashboard.standing import failures, place


def said(shown):
    """Everything the page says in words of its own."""
    return "\n".join(part.value for part in (*shown.markdown, *shown.caption))


def test_an_agent_has_its_rank_with_the_interval_and_its_numbers(done, page, server):
    shown = page("agent", run=done, agent="hurried")
    row = next(
        row
        for row in server.http("read").get(f"/runs/{done}/leaderboard").json()["agents"]
        if row["agent"] == "hurried"
    )
    assert f"Rank {row['rank']} of 3 (95 %: " in said(shown)
    numbers = {metric.label: metric.value for metric in shown.metric}
    assert numbers["Answered"] == "100 %"
    assert "…" in numbers["Score"]
    assert "Its answers were handed in: 40 can be used" in said(shown).replace("\\", "")


def test_its_best_and_worst_tasks_stand_beside_the_mean_of_the_others(done, page, server):
    shown = page("agent", run=done, agent="hurried")
    tasks = server.http("read").get(f"/runs/{done}/agents/hurried").json()["tasks"]
    differences = sorted(task["score"] - task["mean_of_others"] for task in tasks)
    tables = [table.value for table in shown.dataframe if "difference" in table.value.columns]
    assert [len(table) for table in tables] == [5, 5, 40]
    assert list(tables[0]["difference"]) == pytest.approx(differences[:-6:-1], abs=0.05)
    assert list(tables[1]["difference"]) == pytest.approx(differences[:5], abs=0.05)


def test_it_stands_in_each_category_and_beside_each_peer(done, page, server):
    shown = page("agent", run=done, agent="careful")
    categories = next(table.value for table in shown.dataframe if "ranks" in table.value.columns)
    assert list(categories["category"]) == ["colours", "hues"]
    peers = next(table.value for table in shown.dataframe if "peer" in table.value.columns)
    assert list(peers["peer"]) == ["concise", "hurried"]
    assert shown.get("arrow_vega_lite_chart") or shown.get("vega_lite_chart")


def test_without_a_schedule_there_is_no_history_and_with_one_a_row_for_each_run(done, page, server):
    assert "No schedule has run with this agent yet" in said(page("agent", run=done, agent="careful"))
    http = server.http("evaluate")
    schedule = http.post("/schedules", json={"name": "x", "evaluation": "weekly", "every_s": 3600, "paused": True})
    for _ in range(2):
        run = http.post(f"/schedules/{schedule.json()['id']}/run-now").json()["id"]
        wait_for_run(server.http("read"), run)
    shown = page("agent", run=done, agent="careful")
    history = shown.dataframe[-1].value
    assert len(history) == 2
    assert history["move"].iloc[0] == "within noise"


def test_an_address_that_changes_on_the_open_page_shows_its_run(done, page, server):
    other = begin(server, "weekly").json()["id"]
    wait_for_run(server.http("read"), other)
    shown = page("agent", run=done, agent="careful")
    shown.query_params["run"] = other
    shown.run()
    assert shown.selectbox(key="run_picked").value == other


def test_a_link_to_an_agent_of_another_run_says_so(done, page):
    shown = page("agent", run=done, agent="**nobody**")
    assert "is not in this run" in shown.warning[0].value


def test_a_run_that_begins_is_followed_instead(server, evaluation, page):
    run = begin(server, evaluation).json()["id"]
    assert not page("agent", run=run).dataframe


def test_an_agent_without_a_rank_and_its_failures_are_told_in_words():
    row = {"agent": "a", "rank": None, "reason": "it answered *nothing*"}
    assert place({"n_agents": 2, "diagnostics": {"tie_groups": []}}, row) == "Not ranked: it answered \\*nothing\\*."
    told = failures({"asked": 10, "usable": 7, "spend": {"failures": {"refused": 2, "timed out": 1}}})
    assert told == "Of 10 tasks it was asked, 7 have a usable answer. Failed: 2 refused, 1 timed out."
