"""Runs over the API: begun, followed, ended, and what came of them."""

import json
from contextlib import ExitStack
from itertools import pairwise

import httpx
import pytest
from facts import TEXTS, begin, wait_for_run
from finished_runs import models_of
from playing import wait_until
from serving import served

from elicit import Client
from elicit.api.app import create_app
from elicit.mock_llm import Rule


def events_of(lines):
    """The (id, run) of each event in the lines of a stream, as they come."""
    last = None
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            last = value
        elif name == "data":
            yield last, json.loads(value)


# Begun and ended


def test_a_run_is_begun_at_once_and_its_place_says_how_far_it_is(server, evaluation, runner):
    begun = begin(server, evaluation)
    assert begun.status_code == 202
    assert begun.json()["state"] == "queued"
    read = server.http("read")
    place = read.get(server.url + begun.headers["Location"])
    assert place.json()["id"] == begun.json()["id"]
    ended = wait_for_run(read, begun.json()["id"])
    assert (ended["state"], ended["reason"], ended["progress"]["calls"]) == ("done", None, 0)
    assert ended["created_at"] <= ended["started_at"] <= ended["finished_at"]


def test_a_list_of_runs_says_of_what_each_is(server, evaluation, done):
    http = server.http("read")
    queued = begin(server, evaluation).json()
    listed = http.get("/runs").json()["items"]
    assert [(run["id"], run["mechanism"]) for run in listed if run["id"] == done] == [(done, "mi")]
    for run in (queued, *listed):
        assert (run["evaluation"], run["scorer"], run["n_agents"], run["n_tasks"]) == ("weekly", "lexical", 3, 40)
        assert run["task_set_id"] == http.get("/evaluations/weekly").json()["task_set_id"]
    assert queued["mechanism"] is None  # it is chosen when the answers are read


def test_the_same_request_begins_one_run(server, evaluation):
    http = server.http("evaluate")
    once, again = (
        http.post("/runs", json={"evaluation": evaluation}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert once.json() == again.json()
    assert len(server.http("read").get("/runs").json()["items"]) == 1


def test_runs_are_listed_newest_first_by_state_and_evaluation_and_page_by_page(server, evaluation):
    made = [begin(server, evaluation).json()["id"] for _ in range(3)]
    server.http("evaluate").post(f"/runs/{made[0]}/cancel").raise_for_status()
    read = server.http("read")

    def ids(**params):
        return [run["id"] for run in read.get("/runs", params=params).raise_for_status().json()["items"]]

    assert ids() == ids(evaluation=evaluation) == made[::-1]
    assert ids(state="cancelled") == made[:1]
    assert ids(state="queued") == made[:0:-1]
    first = read.get("/runs", params={"limit": 2}).json()
    second = read.get("/runs", params={"limit": 2, "cursor": first["next"]}).json()
    assert [run["id"] for run in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    assert read.get("/runs", params={"evaluation": "none"}).status_code == 404


def test_a_run_that_is_done_is_neither_cancelled_nor_taken_up_again(server, done):
    for change in ("cancel", "resume", "retry-failed"):
        refused = server.http("evaluate").post(f"/runs/{done}/{change}")
        assert (refused.status_code, "is done" in refused.json()["detail"]) == (409, True)


def test_a_cancelled_run_has_ended_until_it_is_resumed(server, evaluation):
    http = server.http("evaluate")
    run_id = begin(server, evaluation).json()["id"]
    assert http.post(f"/runs/{run_id}/cancel").json()["state"] == "cancelled"
    assert http.post(f"/runs/{run_id}/cancel").status_code == 409
    assert http.post(f"/runs/{run_id}/resume").json()["state"] == "queued"
    assert http.post(f"/runs/{run_id}/cancel").json()["state"] == "cancelled"
    assert http.post(f"/runs/{run_id}/retry-failed").json()["state"] == "queued"


def test_a_run_that_cannot_be_begun_is_refused_with_the_reason(server, evaluation):
    http = server.http("evaluate")
    assert begin(server, "none").status_code == 404
    http.post("/agents", json={"name": "silent"}).raise_for_status()
    body = {"name": "e", "task_set": "s", "agents": ["careful", "silent"], "scorer": {"kind": "lexical"}}
    http.post("/evaluations", json=body).raise_for_status()
    refused = begin(server, "e")
    assert (refused.status_code, "'silent' has none" in refused.json()["detail"]) == (422, True)
    assert server.http("read").get("/runs").json()["items"] == []


def test_what_was_done_to_a_run_is_in_the_audit_log(server, evaluation):
    run_id = begin(server, evaluation, epoch="x").json()["id"]
    server.http("evaluate").post(f"/runs/{run_id}/cancel")
    log = server.http("admin").get("/audit").json()["items"]
    assert [(entry["action"], entry["object"]) for entry in log[:2]] == [
        ("run.cancelled", run_id),
        ("run.begun", run_id),
    ]
    assert log[1]["detail"]["epoch"] == "x"


# Followed


def test_a_run_is_followed_to_its_end(server, evaluation, runner):
    run_id = begin(server, evaluation).json()["id"]
    with server.http("read").stream("GET", f"/runs/{run_id}/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        told = [run for _, run in events_of(stream.iter_lines())]
    assert told[-1]["state"] == "done"
    assert all(one != other for one, other in pairwise(told))


def test_who_has_had_the_last_event_is_told_that_there_is_no_more(server, done):
    http = server.http("read")
    with http.stream("GET", f"/runs/{done}/events") as stream:
        ((last_id, _),) = events_of(stream.iter_lines())
    assert http.get(f"/runs/{done}/events", headers={"Last-Event-ID": last_id}).status_code == 204
    assert http.get(f"/runs/{done}/events", headers={"Last-Event-ID": "another"}).status_code == 200
    assert http.get("/runs/none/events").status_code == 404


def test_many_who_follow_a_run_cost_no_more_than_one_and_are_let_go_when_they_leave(server, evaluation):
    run_id = begin(server, evaluation).json()["id"]
    app = create_app(server.parts)
    app.state.watch.every_s, app.state.watch.heartbeat_s = 0.05, 0.2
    with served(server.parts, app) as url, ExitStack() as streams:
        project = f"{url}/v1/projects/{server.project}/runs/{run_id}/events"
        client = streams.enter_context(httpx.Client(headers={"Authorization": f"Bearer {server.keys['read']}"}))
        lines = [streams.enter_context(client.stream("GET", project, timeout=30)).iter_lines() for _ in range(20)]
        for stream in lines:
            assert next(events_of(stream))[1]["state"] == "queued"
        assert "still here" in next(line for line in lines[0] if line.startswith(":"))
        assert len(app.state.watch) == 1
        streams.close()
        wait_until(lambda: len(app.state.watch) == 0)


# Models


@pytest.fixture
def with_models(server):
    """The test's server with models that take their time."""
    with models_of(server, Rule(delay_s=0.01)) as both:
        yield both


def test_models_at_an_endpoint_of_the_operator_are_asked_and_their_answers_shown(with_models, evaluation):
    server, llm = with_models
    http = server.http("evaluate")
    for agent in ("careful", "concise", "hurried"):
        spec = {"model": f"openai/mock-{agent}", "api_base": llm.url}
        http.post("/agents", json={"name": f"model {agent}", "spec": spec}).raise_for_status()
    agents = [f"model {agent}" for agent in ("careful", "concise", "hurried")]
    scorer = {"kind": "critic", "model": "openai/mock-critic", "api_base": llm.url}
    body = {"name": "models", "task_set": "s", "agents": agents, "scorer": scorer, "design": {"peers": 2}}
    http.post("/evaluations", json=body).raise_for_status()
    run_id = begin(server, "models").json()["id"]
    ended = wait_for_run(server.http("read"), run_id)
    assert (ended["state"], ended["progress"]["failed"]) == ("done", 0)
    assert ended["progress"]["calls"] == len(llm.requests())
    detail = server.http("read").get(f"/runs/{run_id}/tasks/t%2F5").json()
    assert all(answer["response"] for answer in detail["answers"])
    where = {"task": "t/5", "agent": agents[0], "peer": agents[1]}
    assert server.http("read").get(f"/runs/{run_id}/explanation", params=where).json()["response"]


def test_a_client_that_has_kept_what_came_of_a_run_reads_it_anew_once_it_was_resumed(with_models, evaluation):
    server, llm = with_models
    scorer = {"kind": "critic", "model": "openai/mock-critic", "api_base": llm.url}
    body = {"name": "dear", "task_set": "s", "agents": list(TEXTS), "scorer": scorer, "budget": {"max_calls": 100}}
    server.http("evaluate").post("/evaluations", json=body).raise_for_status()
    run_id = begin(server, "dear").json()["id"]
    assert wait_for_run(server.http("read"), run_id)["state"] == "stopped"
    with Client(server.url, server.keys["read"]) as client:
        before = client.leaderboard(run_id).document
        assert client.leaderboard(run_id).document == before
        more = server.http("evaluate").post(f"/runs/{run_id}/resume", json={"budget": {"max_calls": None}})
        assert more.json()["budget"] == {"max_cost": None, "max_calls": None}
        assert wait_for_run(server.http("read"), run_id)["state"] == "done"
        after = client.leaderboard(run_id).document
    assert (before["diagnostics"]["run"]["stopped"], after["diagnostics"]["run"]["stopped"]) == ("budget", "done")


def test_an_evaluation_must_not_lead_the_server_into_its_own_network(with_models, evaluation):
    server, llm = with_models
    http = server.http("evaluate")
    inside = {"model": "openai/m", "api_base": "https://intranet.example/v1"}
    assert "must be public" in http.post("/agents", json={"name": "x", "spec": inside}).json()["detail"]
    body = {"name": "e", "task_set": "s", "agents": ["careful", "concise"], "scorer": {"kind": "critic"} | inside}
    refused = http.post("/evaluations", json=body)
    assert (refused.status_code, "must be public" in refused.json()["detail"]) == (422, True)
    assert llm.requests() == []
