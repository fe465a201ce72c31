"""What tests of the API share: a running server with a project of the test's own, and what carries out its runs."""

import json

import pytest
from playing import wait_until
from serving import running_server, server

from elicit.running.runner import InProcessRunner
from elicit.schemas import ENDED
from elicit.wiring import opened_engine

__all__ = ["running_server", "server"]

TASKS = [{"task_id": f"t/{n}", "prompt": f"What is {n}?", "context": "c"} for n in range(40)]
FACTS = [f"the colour of fact {n} is shade {n * 7} of hue {n * 3}" for n in range(40)]
TEXTS = {
    "careful": FACTS,
    "concise": [fact.rpartition(" of ")[0] for fact in FACTS],
    "hurried": [fact if n % 3 else "no idea at all" for n, fact in enumerate(FACTS)],
}


def submit(http, agent, texts, task_set="s"):
    """Submit an agent's outputs on the tasks."""
    made = http.post("/submissions", json={"agent": agent, "task_set": task_set}).json()["id"]
    rows = [{"task_id": task["task_id"], "response": text} for task, text in zip(TASKS, texts, strict=True)]
    http.post(f"/submissions/{made}/rows", content="\n".join(map(json.dumps, rows)).encode()).raise_for_status()
    http.post(f"/submissions/{made}/complete").raise_for_status()


def wait_for_run(http, run_id, *states):
    """The run once it is in one of these states, by default once it has ended."""
    wait_until(lambda: http.get(f"/runs/{run_id}").json()["state"] in (states or ENDED))
    return http.get(f"/runs/{run_id}").json()


@pytest.fixture
def evaluation(server):
    """The name of an evaluation of three agents outside by their words; it calls no model."""
    http = server.http("evaluate")
    http.post("/task-sets", json={"name": "s", "tasks": TASKS}).raise_for_status()
    for agent, texts in TEXTS.items():
        submit(server.http("submit"), agent, texts)
    body = {"name": "weekly", "task_set": "s", "agents": list(TEXTS), "scorer": {"kind": "lexical"}}
    return http.post("/evaluations", json=body).raise_for_status().json()["name"]


@pytest.fixture
def runner(server):
    """What carries out runs, begins what is due and sends messages."""
    with opened_engine(server.parts, {}) as engine, InProcessRunner(engine, tick_s=0.2) as runner:
        yield runner


@pytest.fixture
def done(server, evaluation, runner):
    """The id of a finished run."""
    run_id = server.http("evaluate").post("/runs", json={"evaluation": evaluation}).json()["id"]
    assert wait_for_run(server.http("read"), run_id)["state"] == "done"
    return run_id
