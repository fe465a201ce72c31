"""What came of runs: leaderboards and the matrices behind them, found through the project.

One rule: nothing is read that is not shown; a leaderboard is read without its matrices, a task without the others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from elicit.errors import Conflict
from elicit.schemas import ENDED
from elicit.services.agreement import FEWEST_SHARED
from elicit.services.scoring import same_prompt_blocks
from elicit.services.sheet import Sheet
from elicit.store import rows
from elicit.store.models import Run, RunAgent
from elicit.store.service import runs, task_sets
from elicit.store.service_models import ServiceRun, StoredEvaluation
from elicit.types import Task

QUESTION = re.compile(r" · \d+ · ")  # stands between the id of a task and a question that a scorer asks about it


def kept_at(session: Session, project_id: str, run_id: str) -> datetime:
    """When a run's leaderboard was stored, which tells one from the one before the run was resumed.

    Raises `UnknownRun`, and `Conflict` where the run has no leaderboard.
    """
    run = runs.find(session, project_id, run_id)
    moment = session.scalar(select(Run.created_at).where(Run.id == run_id))
    if moment is None:
        raise Conflict(f"run {run_id} is {run.state}: it has no leaderboard{'' if run.state in ENDED else ' yet'}")
    return moment


def version(session: Session, project_id: str, run_id: str) -> str:
    """The run and its leaderboard's moment as one word: another one where the leaderboard is another.

    Raises as `kept_at`.
    """
    return f"{run_id}-{kept_at(session, project_id, run_id):%Y%m%d%H%M%S%f}"


def leaderboard(session: Session, run_id: str) -> dict[str, Any]:
    """The document of a run that has one."""
    return rows.result(session, session.get_one(Run, run_id))


def seed_of(session: Session, run_id: str) -> int:
    """What the random choices of a run that has a leaderboard follow from."""
    return session.scalars(select(Run.seed).where(Run.id == run_id)).one()


def ranked(session: Session, run_id: str) -> list[tuple[str, int | None]]:
    """The agents of a run that has a leaderboard, in its order, each with its rank."""
    found = select(RunAgent.agent, RunAgent.rank).where(RunAgent.run_id == run_id).order_by(RunAgent.position)
    return [(agent, rank) for agent, rank in session.execute(found)]


def input_of(session: Session, run_id: str) -> str:
    """The hash of what a run with a leaderboard has ranked."""
    return session.scalars(select(Run.input_hash).where(Run.id == run_id)).one()


# Task by task


def sheet(session: Session, run_id: str) -> Sheet:
    """What each agent of a run that has a leaderboard scored on each task."""
    agents, tasks = rows.names(session, input_of(session, run_id))
    asked = asked_for(session, run_id, tasks)
    prompts = tuple(Task(task, asked[task]["prompt"], asked[task]["context"]) for task in tasks)
    return Sheet(
        run=run_id,
        agents=agents,
        tasks=tasks,
        category=tuple(asked[task]["category"] for task in tasks),
        block=same_prompt_blocks(prompts),
        score=rows.array(session, run_id, "task_scores"),
    )


def asked_for(session: Session, run_id: str, tasks: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What stood behind these tasks of a run, by id: prompt, context, category, images, and the `task_id` of the set.

    A question that a scorer has asked about a task stands for that task.
    """
    evaluation = session.get_one(StoredEvaluation, session.get_one(ServiceRun, run_id).evaluation_id)
    candidates = {task: list(origins(task)) for task in tasks}
    wanted = {one for some in candidates.values() for one in some}
    found = {task["task_id"]: task for task in task_sets.some_of(session, evaluation.task_set_id, wanted)}
    return {task: next(found[one] for one in candidates[task] if one in found) for task in tasks}


def origins(task: str) -> Iterator[str]:
    """The ids of tasks that a task of a run may stand for, first its own.

    >>> list(origins("t1 · 3 · Is it red?"))
    ['t1 · 3 · Is it red?', 't1']
    """
    yield task
    yield from (task[: mark.start()] for mark in QUESTION.finditer(task))


# Beside other runs


@dataclass(frozen=True)
class OtherRun:
    """Another run: what there is to say about it, and the score of each of its agents with a rank."""

    about: dict[str, Any]
    score: dict[str, float]


def scores(session: Session, run_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    """The score of each agent with a rank, by run."""
    found: dict[str, dict[str, float]] = {run_id: {} for run_id in run_ids}
    known = select(RunAgent.run_id, RunAgent.agent, RunAgent.score).where(RunAgent.run_id.in_(run_ids))
    for run_id, agent, score in session.execute(known.where(RunAgent.rank.is_not(None))):
        if score is not None:
            found[run_id][agent] = score
    return found


def others_version(session: Session, run_id: str) -> str:
    """How many other runs on the task set are done, and the newest, as one word: runs that are done never change."""
    others = done_beside(session, run_id).subquery()
    count, newest = session.execute(select(func.count(), func.max(others.c.id))).one()
    return f"{count}-{newest}"


def others(session: Session, run_id: str, *, limit: int) -> list[OtherRun]:
    """The newest other runs that are done, on the same task set, and share at least three ranked agents."""
    mine, its = aliased(RunAgent), aliased(RunAgent)
    shared = (
        done_beside(session, run_id)
        .join(its, its.run_id == ServiceRun.id)
        .join(mine, and_(mine.run_id == run_id, mine.agent == its.agent))
        .where(mine.rank.is_not(None), its.rank.is_not(None))
        .group_by(ServiceRun.id)
        .having(func.count() >= FEWEST_SHARED)
        .order_by(ServiceRun.id.desc())
        .limit(limit)
    )
    ids = [row.id for row in session.execute(shared)]
    about = session.execute(
        select(
            Run.id.label("run_id"),
            StoredEvaluation.id.label("evaluation_id"),
            StoredEvaluation.name.label("evaluation"),
            Run.scorer,
            Run.mechanism,
            Run.created_at.label("at"),
        )
        .join(ServiceRun, ServiceRun.id == Run.id)
        .join(StoredEvaluation, StoredEvaluation.id == ServiceRun.evaluation_id)
        .where(Run.id.in_(ids))
        .order_by(Run.id.desc())
    ).mappings()
    score = scores(session, ids)
    return [OtherRun(dict(row), score[row["run_id"]]) for row in about]


def done_beside(session: Session, run_id: str) -> Select[str]:
    """The ids of the other runs of the project, on the same task set, that are done."""
    run = session.get_one(ServiceRun, run_id)
    task_set_id = session.get_one(StoredEvaluation, run.evaluation_id).task_set_id
    of_set = select(ServiceRun.id).join(StoredEvaluation, StoredEvaluation.id == ServiceRun.evaluation_id)
    return of_set.where(
        ServiceRun.project_id == run.project_id,
        StoredEvaluation.task_set_id == task_set_id,
        ServiceRun.state == "done",
        ServiceRun.id != run_id,
    )
