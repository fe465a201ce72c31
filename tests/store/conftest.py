"""Small evaluations of every kind, hard cases included, and runs over them."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest
from sqlalchemy import text

from elicit.evidence import Forecasts, Gains, Labels, PairScores
from elicit.store import RunRecord, content_hash, new_run_id
from elicit.store.engine import connect, database_url
from elicit.types import Evaluation, Responses, Source, Task

NAN = np.nan
TASKS = (Task("t1", "Why?", "Because."), Task("t2", "Nul \0 and half a pair \ud83d"), Task("Aufgabe drei", "如何？"))
AGENTS = ("ada", "bob 😀")
INDICES = {"agent": [1, 0, 0, 1], "task": [2, 0, 2, 0], "peer": [0, 1, 1, 0], "peer_task": [2, 1, 0, 0]}
EVIDENCE = {
    "responses": Responses([["yes", None], ["", "nul \0, half a pair \ud83d, é 中 😀"], ["no\r\n", " "]]),
    "labels": Labels(np.array([[0, 1], [-1, 2], [1, -1]]), ("A", "?", "\0")),
    "forecasts": Forecasts(
        np.array([[0, 1], [-1, 2], [1, -1]]), np.array([[[0.5, 0.3, 0.2], [NAN] * 3]] * 3), ("A", "?", "\0")
    ),
    "pair scores": PairScores(
        n_agents=2,
        n_tasks=3,
        **{name: np.array(index) for name, index in INDICES.items()},
        score=np.array([0.25, 1 / 3, -0.0, 1e-300]),
        weight=np.array([1.0, 2, 3, 4]),
    ),
    "gains": Gains(np.array([[[0.1, NAN], [2, -3]]] * 3), np.array([[1 / 3, NAN]] * 3), unit="nats per token"),
    "gains with contrasts": Gains(
        gain=np.arange(12, dtype=np.float32).reshape(3, 2, 2),
        base=np.full((3, 2), -1, np.float32),
        contrast=np.full((3, 2, 2), NAN, np.float32),
    ),
}
EVALUATIONS = {kind: Evaluation(TASKS, AGENTS, evidence) for kind, evidence in EVIDENCE.items()}


@pytest.fixture(params=EVALUATIONS)
def evaluation(request):
    return EVALUATIONS[request.param]


@pytest.fixture
def evaluations():
    return EVALUATIONS


@pytest.fixture
def responses():
    return EVALUATIONS["responses"]


@pytest.fixture
def connected(address):
    """A function that connects to the database in SQL."""
    engine = connect(database_url(address))
    yield engine.connect
    engine.dispose()


@pytest.fixture
def rows_in(connected):
    """A function that counts the rows of tables."""

    def count_rows(*tables):
        with connected() as connection:
            return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]

    return count_rows


@pytest.fixture
def run_of():
    """A function that makes a new run over an evaluation, each a second younger than the one before."""
    number = count()
    rng = random.Random(0)

    def make(evaluation, **changes):
        created_at = datetime(2026, 11, 23, 12, 30, 0, 123456, tzinfo=UTC) + timedelta(seconds=next(number))
        fields = {
            "id": new_run_id(created_at, rng),
            "created_at": created_at,
            "input_hash": content_hash(evaluation),
            "parameters": {"peers": "softmax", "clones": True},
            "versions": {"elicit": "0.1.0", "numpy": "2.4.6"},
            "sources": (Source("answers.jsonl", "ab" * 32),),
            "result": result_of(evaluation),
            "arrays": {"counts": np.array([1, 2], np.int32), "pairwise": np.array([[NAN, 1 / 3], [-0.0, np.inf]])},
        }
        return RunRecord(**(fields | changes))

    return make


def result_of(evaluation):
    agents = [
        {
            "agent": agent,
            "rank": place + 1 if place else None,
            "rank_low": 1,
            "rank_high": 2,
            "score": 0.1 + 0.2 if place else None,
            "low": None,
            "high": 1e-300,
            "n_tasks": 3,
            "coverage": 1.0,
            "cluster": 1,
            "score_other": 1 / 3,
            "say": None,
        }
        for place, agent in enumerate(evaluation.agents)
    ]
    return {
        "mechanism": "mi",
        "scorer": "lexical",
        "unit": "nats",
        "n_agents": len(evaluation.agents),
        "n_tasks": len(evaluation.tasks),
        "seed": 2**63 - 1,
        "agents": agents,
        "diagnostics": {"notes": ["3 tasks: nul \0, half a pair \ud83d, é 😀"], "chance": None},
    }
