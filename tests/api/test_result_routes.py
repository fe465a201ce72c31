"""What came of a run, read over the API."""

from dataclasses import asdict

import pytest
from facts import CATEGORIES, FACTS, PICTURE, TASKS, begin, submit, wait_for_run
from pages import Page

from elicit.local import difference_in
from elicit.store.service import results


def places(run_id):
    """Where everything is read that came of a run."""
    return [
        "leaderboard",
        "report",
        "pairs",
        "categories",
        "agreement",
        "agents/careful",
        "tasks",
        "tasks/t%2F1",
        f"comparison/{run_id}",
        f"comparison/{run_id}/tasks?agent=careful",
        "difference?agent=careful&baseline=concise",
        "difference/tasks?agent=careful&baseline=concise",
        "explanation?task=t/1&agent=careful&peer=concise",
    ]


def scores_by_task(server, run_id):
    """The tasks' ids, and the stored scores of each agent on them."""
    record = server.parts.store.run(run_id)
    agents, tasks = server.parts.store.names(record.input_hash)
    return tasks, dict(zip(agents, record.arrays["task_scores"].T.tolist(), strict=True))


def test_nothing_that_came_of_a_run_is_sent_twice(server, done):
    http = server.http("read")
    for place in places(done):
        first = http.get(f"/runs/{done}/{place}").raise_for_status()
        again = http.get(f"/runs/{done}/{place}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"]), place


def test_what_is_refused_has_no_etag(server, done):
    refused = server.http("read").get(f"/runs/{done}/agents/nobody")
    assert (refused.status_code, "ETag" in refused.headers) == (404, False)
    assert refused.json()["detail"] == f"run {done} has no agent 'nobody'"


def test_a_leaderboard_is_that_of_the_command_line_and_is_not_sent_twice(server, done):
    http = server.http("read")
    first = http.get(f"/runs/{done}/leaderboard")
    assert first.json() == server.parts.store.run(done).result
    etag = first.headers["ETag"]
    again = http.get(f"/runs/{done}/leaderboard", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert http.get(f"/runs/{done}/leaderboard", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_run_that_has_not_ended_has_no_leaderboard_yet(server, evaluation):
    run_id = begin(server, evaluation).json()["id"]
    for place in places(run_id):
        refused = server.http("read").get(f"/runs/{run_id}/{place}")
        assert (refused.status_code, "no leaderboard yet" in refused.json()["detail"]) == (409, True), place


def test_pairs_are_in_the_order_of_the_leaderboard(server, done):
    http = server.http("read")
    board = [row["agent"] for row in http.get(f"/runs/{done}/leaderboard").json()["agents"]]
    pairs = http.get(f"/runs/{done}/pairs").json()
    assert pairs["agents"] == board
    record = server.parts.store.run(done)
    agents, _ = server.parts.store.names(record.input_hash)
    i, j = agents.index(board[0]), agents.index(board[1])
    assert pairs["score"][0][1] == record.arrays["pairwise"][i, j]
    assert all(pairs["score"][k][k] is None for k in range(3))


def test_tasks_are_listed_with_how_the_agents_did_and_opened_one_by_one(server, done):
    http = server.http("read")
    first = http.get(f"/runs/{done}/tasks", params={"limit": 30}).json()
    second = http.get(f"/runs/{done}/tasks", params={"limit": 30, "cursor": first["next"]}).json()
    assert [task["task_id"] for task in first["items"] + second["items"]] == [task["task_id"] for task in TASKS]
    assert second["next"] is None
    assert {task["scored"] for task in first["items"]} == {3}
    detail = http.get(f"/runs/{done}/tasks/t%2F5").json()
    assert (detail["task_id"], detail["prompt"], detail["context"]) == ("t/5", "What is 5?", "c")
    assert {answer["agent"]: answer["response"] for answer in detail["answers"]}["careful"] == FACTS[5]
    board = http.get(f"/runs/{done}/leaderboard").json()["agents"]
    assert [(answer["agent"], answer["rank"]) for answer in detail["answers"]] == [
        (row["agent"], row["rank"]) for row in board
    ]
    scores = [answer["score"] for answer in detail["answers"]]
    assert sum(scores) / 3 == pytest.approx(first["items"][5]["mean"])
    assert http.get(f"/runs/{done}/tasks/none").status_code == 404
    assert [task["category"] for task in first["items"] + second["items"]] == CATEGORIES
    assert (detail["category"], detail["images"]) == ("colours", [PICTURE])
    assert http.get(f"/runs/{done}/tasks/t%2F39").json()["category"] is None


def test_two_runs_are_compared_and_an_agent_that_got_worse_has_moved(server, evaluation, done):
    submit(server.http("submit"), "careful", ["nothing to say"] * len(FACTS))
    other = begin(server, evaluation).json()["id"]
    http = server.http("read")
    wait_for_run(http, other)
    moves = {move["agent"]: move for move in http.get(f"/runs/{done}/comparison/{other}").json()["moves"]}
    assert moves["careful"]["rank_after"] == 3
    assert moves["careful"]["beyond_noise"]
    same = http.get(f"/runs/{done}/comparison/{done}").json()["moves"]
    assert not any(move["beyond_noise"] for move in same)


def test_an_agent_is_compared_with_another_of_the_same_run(server, done):
    both = {"agent": "hurried", "baseline": "careful"}
    found = server.http("read").get(f"/runs/{done}/difference", params=both).json()
    store = server.parts.store
    here = difference_in(store, store.run(done), "hurried", "careful")
    assert found == {"run_id": done, **asdict(here), "verdict": here.verdict}
    assert (found["n_tasks"], found["low"] <= found["difference"] <= found["high"]) == (40, True)
    assert server.http("read").get(f"/runs/{done}/difference", params=both | {"agent": "none"}).status_code == 422


def test_a_score_is_explained_by_the_words_behind_it(server, done):
    where = {"task": "t/5", "agent": "careful", "peer": "concise"}
    found = server.http("read").get(f"/runs/{done}/explanation", params=where).json()
    assert {"shade", "colour"} <= {row["what"] for row in found["rows"]}
    assert found["response"] == FACTS[5]
    told = {row["what"] for row in found["rows"] if row["reason"] == "word"}
    assert {FACTS[5][mark["start"] : mark["end"]] for mark in found["marks"]} == told
    assert len(found["peer_marks"]) == len(told)
    same = server.http("read").get(f"/runs/{done}/explanation", params=where | {"peer": "careful"})
    assert (same.status_code, "nobody pays itself" in same.json()["detail"]) == (422, True)


def test_agents_are_ranked_on_the_tasks_of_each_category_as_the_whole_run_scored_them(server, done):
    boards = server.http("read").get(f"/runs/{done}/categories").json()
    assert [(board["category"], board["n_tasks"]) for board in boards] == [("colours", 12), ("hues", 20)]
    tasks, scores = scores_by_task(server, done)
    for board in boards:
        rows = [row for row, task in enumerate(tasks) if CATEGORIES[int(task[2:])] == board["category"]]
        for its in board["agents"]:
            assert its["score"] == pytest.approx(sum(scores[its["agent"]][row] for row in rows) / len(rows))
            assert its["low"] <= its["score"] <= its["high"]
            assert its["rank_low"] <= its["rank"] <= its["rank_high"]
        assert [its["rank"] for its in board["agents"]] == [1, 2, 3]


def test_an_agent_is_shown_on_each_task_beside_the_others(server, done):
    found = server.http("read").get(f"/runs/{done}/agents/hurried").json()
    tasks, scores = scores_by_task(server, done)
    assert [(row["task_id"], row["category"]) for row in found["tasks"]] == list(zip(tasks, CATEGORIES, strict=True))
    assert [row["score"] for row in found["tasks"]] == scores["hurried"]
    others = [(a + b) / 2 for a, b in zip(scores["careful"], scores["concise"], strict=True)]
    assert [row["mean_of_others"] for row in found["tasks"]] == pytest.approx(others)


def test_two_agents_are_told_apart_task_by_task_the_largest_difference_first(server, done):
    both = {"agent": "hurried", "baseline": "careful"}
    http = server.http("read")
    rows = http.get(f"/runs/{done}/difference/tasks", params=both).json()
    assert len(rows) == 40
    assert [abs(row["difference"]) for row in rows] == sorted((abs(row["difference"]) for row in rows), reverse=True)
    assert all(row["difference"] == row["score"] - row["baseline_score"] for row in rows)
    whole = http.get(f"/runs/{done}/difference", params=both).json()
    assert sum(row["difference"] for row in rows) / 40 == pytest.approx(whole["difference"])
    nobody = http.get(f"/runs/{done}/difference/tasks", params=both | {"agent": "nobody"})
    assert (nobody.status_code, "no agent 'nobody'" in nobody.json()["detail"]) == (422, True)


def test_an_agents_change_between_two_runs_is_shown_task_by_task_and_runs_are_set_beside_each_other(
    server, evaluation, done
):
    http = server.http("read")
    assert http.get(f"/runs/{done}/agreement").json() == []
    forgot = ["nothing to say" if n < 3 else fact for n, fact in enumerate(FACTS)]
    submit(server.http("submit"), "careful", forgot)
    other = begin(server, evaluation).json()["id"]
    wait_for_run(http, other)
    rows = http.get(f"/runs/{done}/comparison/{other}/tasks", params={"agent": "careful"}).json()
    changes = {row["task_id"]: row["difference"] for row in rows}
    (tasks, before), (_, after) = (scores_by_task(server, run_id) for run_id in (done, other))
    moved = [new - old for new, old in zip(after["careful"], before["careful"], strict=True)]
    assert [changes[task] for task in tasks] == moved
    assert list(map(abs, changes.values())) == sorted(map(abs, changes.values()), reverse=True)
    (found,) = http.get(f"/runs/{done}/agreement").json()
    assert (found["run_id"], found["evaluation"], found["scorer"]) == (other, "weekly", "lexical")
    # Three agents are too few to be drawn from.
    assert (found["n_agents"], found["low"], found["high"]) == (3, None, None)
    assert -1 <= found["spearman"] <= 1
    assert [its["run_id"] for its in http.get(f"/runs/{other}/agreement").json()] == [done]


def test_a_run_that_ends_is_told_to_whoever_has_read_the_agreement_before(server, evaluation, done):
    http = server.http("read")
    etag = http.get(f"/runs/{done}/agreement").headers["ETag"]
    wait_for_run(http, begin(server, evaluation).json()["id"])
    again = http.get(f"/runs/{done}/agreement", headers={"If-None-Match": etag})
    assert (again.status_code, len(again.json())) == (200, 1)


def test_a_report_is_one_page_that_may_do_nothing_and_has_the_categories(server, done):
    answer = server.http("read").get(f"/runs/{done}/report").raise_for_status()
    page = Page(answer.text)
    assert page.active == []
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert answer.headers["Content-Security-Policy"].endswith("; frame-ancestors 'none'; sandbox")
    assert "weekly" in page.words.split("Leaderboard")[0]
    assert "elicit.Client(URL).create_run('weekly')" in page.words
    assert all(category in page.words.split("By category of task")[1] for category in CATEGORIES if category)


def test_a_question_about_a_task_stands_for_the_task(server, done):
    question = "t/5 · 3 · Is the answer · 4 · blue?"
    with server.parts.store.reading() as session:
        asked = results.asked_for(session, done, [question, "t/6"])
    assert (asked[question]["task_id"], asked[question]["images"]) == ("t/5", [PICTURE])
    assert asked["t/6"]["prompt"] == "What is 6?"
