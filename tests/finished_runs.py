"""Fixtures of a run that is over: an evaluation of agents outside, what carries runs out, and a finished run.

They stand on `server` of `serving`; a folder's conftest names those it wants.
"""

from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from facts import TASKS, TEXTS, submit, wait_for_run
from serving import served

from elicit.mock_llm import serve
from elicit.outbound import Outbound
from elicit.running.runner import InProcessRunner
from elicit.wiring import opened_engine


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
    """What carries out runs and begins what is due; what it sends reaches nobody."""
    with opened_engine(server.parts, {}) as engine, InProcessRunner(engine, tick_s=0.2) as runner:
        yield runner


@pytest.fixture
def done(server, evaluation, runner):
    """The id of a finished run."""
    run_id = server.http("evaluate").post("/runs", json={"evaluation": evaluation}).json()["id"]
    assert wait_for_run(server.http("read"), run_id)["state"] == "done"
    return run_id


@contextmanager
def models_of(server, *rules):
    """The test's server with a mock LLM server that its operator has named, that server, and what carries out runs."""
    with serve(list(rules)) as llm:
        settings = replace(server.parts.settings, endpoints={llm.url: ""})
        parts = replace(server.parts, settings=settings, outbound=Outbound(resolve=lambda host, port: ["10.0.0.1"]))
        with (
            served(parts) as url,
            opened_engine(parts, {}) as engine,
            InProcessRunner(engine, tick_s=0.2),
            ExitStack() as clients,
        ):
            yield replace(server, parts=parts, url=url, clients=clients), llm


@pytest.fixture
def with_models(server):
    """The test's server with models to ask."""
    with models_of(server) as both:
        yield both
