"""The page of a task over a real server: what an evaluator reads of one task."""

import json

import pytest
from facts import FACTS, TEXTS, begin, submit, wait_for_run

from elicit.schemas import Answer


def texts(shown):
    """The boxes with texts of others."""
    return [box.proto.body for box in shown.get("html")]


def said(shown):
    """Everything the page says in words of its own."""
    return "\n".join(part.value for part in (*shown.markdown, *shown.caption, *shown.warning, *shown.info))


def test_a_task_is_shown_with_its_answers_and_what_each_scored(done, page, server):
    shown = page("task", run=done, task="t/5")
    unit = server.http("read").get(f"/runs/{done}/leaderboard").json()["diagnostics"]["unit"]
    assert any("What is 5?" in box for box in texts(shown))
    for agent in ("careful", "concise", "hurried"):
        assert any(f'aria-label="Answer of {agent}"' in box for box in texts(shown))
    assert said(shown).count("in the run, **") == 3
    assert f"on average ({unit})" in said(shown)
    assert any("1 image" in expander.label for expander in shown.expander)


def test_what_a_pair_earned_is_taken_apart_into_words_that_are_marked_in_both_answers(done, page, server):
    shown = page("task", run=done, task="t/5", agent="careful", peer="concise")
    where = {"task": "t/5", "agent": "careful", "peer": "concise"}
    found = server.http("read").get(f"/runs/{done}/explanation", params=where).json()
    assert f"**careful** earned **{found['amount']:.2f}**" in said(shown)
    parts = shown.dataframe[-1].value
    assert list(parts["nats"]) == [pytest.approx(row["nats"], abs=0.005) for row in found["rows"]]
    marked = [box for box in texts(shown) if "<mark" in box]
    assert len(marked) == 2
    assert all(f">{found['rows'][0]['what']}</mark>" in box for box in marked)


def test_the_next_task_is_one_click_away_and_the_address_follows(done, page):
    shown = page("task", run=done, task="t/5", agents=["careful", "hurried"])
    next(button for button in shown.button if button.label == "Next").click().run()
    assert not shown.exception
    assert shown.selectbox(key="chosen_task").value == "t/6"
    assert (shown.query_params["task"], shown.query_params["agents"]) == ("t/6", ["careful", "hurried"])


def test_a_link_to_a_task_that_is_not_there_says_so_and_shows_another(done, page):
    shown = page("task", run=done, task="<b>none</b>")
    assert "is not in this run" in shown.warning[0].value
    assert shown.selectbox(key="chosen_task").value == "t/0"


def test_a_link_to_a_run_that_is_not_there_says_so_and_shows_another(done, page):
    shown = page("task", run="**nonesuch**")
    assert "There is no run" in shown.warning[0].value
    assert shown.query_params["run"] == done


def test_more_than_four_answers_stand_in_a_row_of_their_own_width(server, evaluation, runner, page):
    names = [*TEXTS, "d", "e"]
    for name in names[3:]:
        submit(server.http("submit"), name, TEXTS["concise"])
    body = {"name": "five", "task_set": "s", "agents": names, "scorer": {"kind": "lexical"}}
    server.http("evaluate").post("/evaluations", json=body).raise_for_status()
    run = begin(server, "five").json()["id"]
    assert wait_for_run(server.http("read"), run)["state"] == "done"
    assert said(page("task", run=run)).count("in the run, ") == 4
    assert said(page("task", run=run, agents=names)).count("in the run, ") == 5


def test_tasks_can_be_searched_by_name_and_category(done, page):
    shown = page("task", run=done)
    shown.session_state["all_tasks"] = True
    shown.run()
    shown.text_input(key="search_tasks").set_value("hues").run()
    assert len(shown.dataframe[0].value) == 20


def test_an_answer_that_is_missing_is_said_to_be_missing(server, evaluation, runner, page):
    made = server.http("submit").post("/submissions", json={"agent": "concise", "task_set": "s"}).json()["id"]
    rows = [{"task_id": f"t/{n}", "response": FACTS[n]} for n in range(1, 40)]
    server.http("submit").post(f"/submissions/{made}/rows", content="\n".join(map(json.dumps, rows)).encode())
    server.http("submit").post(f"/submissions/{made}/complete").raise_for_status()
    run = server.http("evaluate").post("/runs", json={"evaluation": evaluation}).json()["id"]
    assert wait_for_run(server.http("read"), run)["state"] == "done"
    shown = page("task", run=run, task="t/0", agent="concise", peer="careful")
    assert "no score on this task" in said(shown)
    assert "No usable answer: missing, which is not zero." in said(shown)
    assert "have no score together on this task" in said(shown)


def test_of_many_agents_the_first_and_the_last_are_shown_at_first():
    from dashboard.answers import best_and_worst, standing

    assert best_and_worst([f"a{n}" for n in range(200)]) == ["a0", "a1", "a198", "a199"]
    assert "no score" in standing(Answer(agent="a", rank=3, response="x", score=None), 2)
