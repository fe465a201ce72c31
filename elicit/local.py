"""One machine, no server: read, rank, store. What the command line and the notebook both stand on."""

import platform
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from elicit.services.compare import Board, Move, compare
from elicit.services.document import document
from elicit.services.explain import Explanation, explain
from elicit.services.progress import Progress, silent
from elicit.services.ranking import Ranking, rank_evaluation
from elicit.services.scoring import Options
from elicit.store import RunRecord, Store, content_hash, new_run_id
from elicit.types import Evaluation


@dataclass(frozen=True)
class Outcome:
    """A finished ranking as a document, and the id it is stored under, if it is."""

    document: dict[str, Any]
    run_id: str | None


def rank(evaluation: Evaluation, options: Options, store: Store | None, progress: Progress = silent) -> Outcome:
    """Rank an evaluation and, given a store, keep the run."""
    ranking = rank_evaluation(evaluation, options, progress)
    result = document(ranking)
    if store is None:
        return Outcome(result, run_id=None)
    progress("store", 0, 1)
    record = as_record(ranking, result)
    store.save(evaluation, record)
    progress("store", 1, 1)
    return Outcome(result, record.id)


def as_record(ranking: Ranking, result: Mapping[str, Any]) -> RunRecord:
    """The run as it is stored: the result, the matrices behind it, and what repeats it."""
    now = datetime.now(UTC)
    choice = ranking.choice
    return RunRecord(
        id=new_run_id(now, random.SystemRandom()),
        created_at=now,
        input_hash=content_hash(ranking.evaluation),
        sources=ranking.evaluation.sources,
        parameters={
            "mechanism": choice.mechanism.name,
            "scorer": choice.scorer,
            "peers": "softmax" if choice.softmax else "uniform",
            "clones": choice.clones,
            "seed": ranking.seed,
        },
        versions={"elicit": version("elicit"), "python": platform.python_version(), "numpy": np.__version__},
        result=result,
        arrays={"pairwise": ranking.scored.pairwise, "task_scores": ranking.task_scores},
    )


def run_options(run: RunRecord) -> Options:
    """The options that repeat a stored run."""
    return Options(**run.parameters)


def compare_runs(store: Store, before: str, after: str) -> tuple[RunRecord, RunRecord, list[Move]]:
    """Two stored runs and every shared agent's move between them."""
    first, second = store.run(before), store.run(after)
    return first, second, compare(board(store, first), board(store, second), seed=second.result["seed"])


def board(store: Store, run: RunRecord) -> Board:
    """A stored run as far as a comparison needs it."""
    evaluation, result = store.evaluation(run.input_hash), run.result
    score = {row["agent"]: row["score"] for row in result["agents"]}
    return Board(
        name=run.id,
        made_by=f"{result['mechanism']} with {result['scorer']}, peers {result['diagnostics']['peers']['used']}",
        tasks=tuple(task.id for task in evaluation.tasks),
        agents=evaluation.agents,
        score=np.array([score[agent] for agent in evaluation.agents], dtype=float),
        task_scores=run.arrays["task_scores"],
    )


def pair_rows(store: Store, run: RunRecord) -> list[dict[str, Any]]:
    """Who tells about whom: what every agent earns from every peer, agents and peers in rank order."""
    place = {agent: i for i, agent in enumerate(store.evaluation(run.input_hash).agents)}
    names = [str(row["agent"]) for row in run.result["agents"]]
    pairwise = run.arrays["pairwise"]
    return [
        {"agent": agent, "peer": peer, "score": none_if_nan(pairwise[place[agent], place[peer]])}
        for agent in names
        for peer in names
        if peer != agent
    ]


def none_if_nan(value: float) -> float | None:
    """The value, `None` for NaN."""
    return None if np.isnan(value) else float(value)


def explain_run(
    store: Store, run: RunRecord, task: str, agent: str, peer: str, progress: Progress = silent
) -> Explanation:
    """Take one pair of a stored run apart, scoring its stored input again."""
    return explain(store.evaluation(run.input_hash), run_options(run), task, agent, peer, progress)
