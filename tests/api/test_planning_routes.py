"""Before a run: what it would take, told without storing or asking anything."""

import pytest
from facts import TASKS, TEXTS, submit, wait_for_run

from elicit.services.estimate import CALL_S

CRITIC = {"kind": "critic", "model": "openai/gpt-4o-mini"}
WEEKLY = {"name": "weekly", "task_set": "s", "scorer": CRITIC, "design": {"peers": 1}}


@pytest.fixture
def http(server):
    """A client that may evaluate, in a project with tasks, two agents outside that answered and one with a model."""
    http = server.http("evaluate")
    http.post("/task-sets", json={"name": "s", "tasks": TASKS}).raise_for_status()
    for agent in ("careful", "concise"):
        submit(server.http("submit"), agent, TEXTS[agent])
    http.post("/agents", json={"name": "model", "spec": {"model": "openai/gpt-4o-mini"}}).raise_for_status()
    return http


def estimated(http, agents=("careful", "concise", "model"), **more):
    """The estimate of an evaluation of these agents."""
    body = WEEKLY | {"agents": list(agents)} | more
    return http.post("/evaluations/estimate", json=body).raise_for_status().json()


def test_an_estimate_tells_calls_and_cost_by_who_asks_and_stores_nothing(server, http):
    found = estimated(http)
    assert (found["n_agents"], found["n_tasks"], found["from_store"]) == (3, 40, 0)
    by = {share["who"]: share for share in found["shares"]}
    assert (by["model"]["calls"], by["careful"]["calls"], by["careful"]["cost"]) == (40, 0, 0)
    assert found["calls"] == sum(share["calls"] for share in found["shares"]) > found["design"]["pairs"] > 40
    assert found["cost"] == pytest.approx(sum(share["cost"] for share in found["shares"]))
    assert found["cost"] > 0
    assert found["seconds_at_least"] > CALL_S
    read = server.http("read")
    assert read.get("/evaluations").json()["items"] == read.get("/runs").json()["items"] == []
    assert read.get("/evaluations/weekly").status_code == 404


def test_a_price_that_nobody_knows_is_null_and_said(http):
    found = estimated(http, scorer={"kind": "critic", "model": "openai/of-my-own"})
    assert found["cost"] is None
    assert any("no price is known of openai/of-my-own" in note for note in found["notes"])
    priced = estimated(
        http,
        scorer={"kind": "critic", "model": "openai/of-my-own"},
        prices={"openai/of-my-own": {"input_per_million": 1, "output_per_million": 1}},
    )
    assert priced["cost"] > 0


def test_what_is_still_to_be_submitted_counts_as_answered_and_is_said(server, http):
    http.post("/agents", json={"name": "late"}).raise_for_status()
    with_it, without = (estimated(http, agents=agents) for agents in (["careful", "late"], ["careful", "concise"]))
    assert with_it["design"]["joint"] == without["design"]["joint"] == 40
    assert with_it["notes"][0] == "late has submitted nothing yet: counted as if it had answered every task"
    assert not any("late" in note for note in without["notes"])


def test_words_cost_nothing(http):
    found = estimated(http, agents=["careful", "concise"], scorer={"kind": "lexical"}, design={})
    assert (found["calls"], found["cost"], found["design"], found["notes"]) == (0, 0, None, [])


@pytest.mark.parametrize(
    ("change", "status", "rule"),
    [
        ({"agents": ["careful", "nobody"]}, 404, "nobody"),
        ({"task_set": "none"}, 404, "none"),
        ({"scorer": {"kind": "critic"}}, 422, "model"),
        ({"mechanism": "kl"}, 422, "tvd_mi"),
        ({"scorer": CRITIC | {"api_base": "http://127.0.0.1:1/v1"}}, 422, "https://"),
    ],
)
def test_what_could_not_be_run_is_refused_as_a_new_evaluation_is(http, change, status, rule):
    body = WEEKLY | {"agents": ["careful", "concise"]} | change
    refused, as_new = (http.post(path, json=body) for path in ("/evaluations/estimate", "/evaluations"))
    assert (refused.status_code, as_new.status_code) == (status, status)
    assert rule in refused.json()["detail"] == as_new.json()["detail"]


def test_what_was_answered_before_need_not_be_asked_again(http, with_models):
    server, llm = with_models
    asked = server.http("evaluate")
    scorer = {"kind": "critic", "model": f"openai/{server.project}", "api_base": llm.url}
    body = WEEKLY | {"agents": ["careful", "concise"], "scorer": scorer}
    before = estimated(asked, agents=body["agents"], scorer=scorer)
    asked.post("/evaluations", json=body).raise_for_status()
    run_id = asked.post("/runs", json={"evaluation": "weekly"}).json()["id"]
    ended = wait_for_run(server.http("read"), run_id)
    after = estimated(asked, agents=body["agents"], scorer=scorer)
    assert before["calls"] == ended["progress"]["calls"] == after["from_store"] > 40
    assert (before["from_store"], after["calls"]) == (0, 0)


def advised(server, agents, scope="read", task_set="s"):
    """The answer to a request for advice."""
    return server.http(scope).post(f"/task-sets/{task_set}/advice", json={"agents": agents})


def test_advice_goes_by_what_was_submitted_and_can_be_taken(server, http):
    found = advised(server, ["careful", "concise", "model"]).json()
    assert (found["n_tasks"], found["n_agents"], found["answered"]) == (40, 3, 2)
    assert found["kinds"] == {"careful": "free text", "concise": "short answers", "model": "unknown"}
    assert any("1 of 3 agents have no answers yet" in note for note in found["notes"])
    assert [one["recommended"] for one in found["recommended"]].count(True) == 1
    for number, one in enumerate(found["recommended"]):
        scorer = {"kind": one["scorer"]} | ({} if one["scorer"] == "lexical" else {"model": "openai/m"})
        body = {"name": f"e{number}", "task_set": "s", "agents": ["careful", "concise", "model"], "scorer": scorer}
        assert http.post("/evaluations", json=body | {"mechanism": one["mechanism"]}).status_code == 201


def test_advice_on_what_is_not_there_is_refused(server, http):
    assert advised(server, ["careful", "nobody"]).status_code == 404
    assert advised(server, ["careful"], task_set="none").status_code == 404
    assert advised(server, []).status_code == 422
