"""Evaluations: what is to be run, checked whole when it is handed in, and built anew for each run."""

import json

import pytest

from elicit.errors import InvalidInput
from elicit.store.service import evaluations
from elicit.stored_plans import plan_for_run

TASKS = [{"task_id": f"t{n}", "prompt": f"What is {n}?", "context": "c"} for n in range(4)]
EVALUATION = {"name": "weekly", "task_set": "s", "agents": ["mine", "model"], "scorer": {"kind": "lexical"}}


@pytest.fixture
def http(server):
    """A client that may evaluate, in a project with tasks, an agent outside and one with a model."""
    http = server.http("evaluate")
    http.post("/task-sets", json={"name": "s", "tasks": TASKS}).raise_for_status()
    http.post("/agents", json={"name": "mine"}).raise_for_status()
    spec = {"model": "openai/m", "params": {"temperature": 0}, "system": "Be brief."}
    http.post("/agents", json={"name": "model", "spec": spec}).raise_for_status()
    return http


def submit(server, texts, *, complete=True):
    http = server.http("submit")
    made = http.post("/submissions", json={"agent": "mine", "task_set": "s"}).json()["id"]
    rows = "\n".join(json.dumps({"task_id": task, "response": text}) for task, text in texts.items())
    http.post(f"/submissions/{made}/rows", content=rows.encode()).raise_for_status()
    if complete:
        http.post(f"/submissions/{made}/complete").raise_for_status()


def plan_of_run(server, evaluation, epoch=""):
    project = server.http("read").get(f"{server.url}/v1/me").json()["project"]["id"]
    with server.parts.store.reading() as session:
        return plan_for_run(session, evaluations.find(session, project, evaluation), epoch)


def test_an_evaluation_is_stored_once_and_found_by_id_and_name(server, http):
    made, again = (http.post("/evaluations", json=EVALUATION) for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    read = server.http("read")
    assert read.get("/evaluations/weekly").json() == read.get(f"/evaluations/{made.json()['id']}").json() == made.json()
    assert read.get("/evaluations").json()["items"] == [made.json()]
    assert made.json()["plan"]["agents"] == ["mine", "model"]


def test_the_name_of_an_evaluation_is_taken_once(http):
    http.post("/evaluations", json=EVALUATION)
    refused = http.post("/evaluations", json=EVALUATION | {"seed": 1})
    assert refused.status_code == 409
    assert "'weekly'" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "rule"),
    [
        ({"task_set": "none"}, 404, "there is no task set 'none'"),
        ({"agents": ["mine", "nobody"]}, 404, "there is no agent 'nobody'"),
        ({"agents": ["mine", "mine"]}, 422, "'mine' twice"),
        ({"scorer": {"kind": "magic"}}, 422, "must be"),
        ({"scorer": {"kind": "critic"}}, 422, "must have a 'model'"),
        ({"scorer": {"kind": "critic", "model": "m", "api_key_env": "X"}}, 422, "scorer.api_key_env: must be left out"),
        ({"scorer": {"kind": "critic", "model": "sagemaker/https://x"}}, 422, "an address is 'api_base'"),
        ({"design": {"peers": 9}}, 422, "peers"),
        ({"budget": {"max_cost": -1}}, 422, "max_cost"),
        ({"limits": {"concurrency": 10**30}}, 422, "63 bits"),
        ({"prices": {"m": {"input_per_million": 1}}}, 422, "output_per_million"),
        ({"mechanism": "no"}, 422, "mechanism"),
        ({"task_set": "x\x00"}, 422, "task_set"),
    ],
)
def test_an_evaluation_that_cannot_be_run_is_refused(http, change, status, rule):
    refused = http.post("/evaluations", json=EVALUATION | change)
    assert refused.status_code == status
    assert rule in refused.json()["detail"]
    assert http.post("/evaluations", json=EVALUATION).status_code == 201


def test_a_run_takes_the_newest_complete_submission_and_agents_as_they_are(server, http):
    http.post("/evaluations", json=EVALUATION)
    submit(server, {"t0": "old", "t1": "old"})
    submit(server, {"t2": "b", "t0": "a"})
    submit(server, {"t0": "not complete"}, complete=False)
    http.post("/agents", json={"name": "model", "spec": {"model": "openai/n"}})
    plan = plan_of_run(server, "weekly", "2026-11-24")
    mine, model = plan.agents
    assert mine.answers == (("t0", "a"), ("t2", "b"))
    assert (model.model, model.answers) == ("openai/n", None)
    assert (plan.name, plan.epoch, len(plan.tasks)) == ("weekly", "2026-11-24", len(TASKS))


def test_an_agent_that_submitted_nothing_is_named_when_a_run_is_made(server, http):
    http.post("/evaluations", json=EVALUATION)
    submit(server, {"t0": "not complete"}, complete=False)
    with pytest.raises(InvalidInput, match="'mine' has none"):
        plan_of_run(server, "weekly")


def test_an_evaluation_stays_with_its_version_of_the_tasks(server, http):
    http.post("/evaluations", json=EVALUATION)
    submit(server, {"t0": "a", "t1": "b"})
    http.post("/task-sets", json={"name": "s", "tasks": TASKS[:2]})
    assert len(plan_of_run(server, "weekly").tasks) == len(TASKS)
