"""The tasks of a run, one by one: how the agents did, what they answered, and why that earned what it did."""

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Path, Query

from elicit import local
from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.etags import UNCHANGED, Etag
from elicit.api.paging import PAGE, Limit, NumberCursor
from elicit.errors import UnknownObject
from elicit.schemas import Answer, Explanation, Page, RunTask, TaskDetail, TaskId
from elicit.services.answers import stored_answers
from elicit.services.document import plain
from elicit.services.explain import marks
from elicit.services.plan import plan_from
from elicit.store import rows
from elicit.store.service import results, runs
from elicit.types import Responses
from elicit.wiring import Parts

router = APIRouter(prefix="/projects/{project}/runs/{run}", tags=["runs"], responses=UNCHANGED)

Reader = Annotated[Caller, Depends(allowed("read"))]
TaskInPath = Annotated[TaskId, Path()]
Name = Annotated[str, Query(min_length=1, max_length=500)]


@router.get("/tasks")
def list_run_tasks(
    run: Reference, caller: Reader, parts: PartsOf, etag: Etag, cursor: NumberCursor = None, limit: Limit = PAGE
) -> Page[RunTask]:
    """The tasks of a run in their order, each with how the agents did on it."""
    start = cursor or 0
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        _, tasks = rows.names(session, results.input_of(session, run))
        shown = tasks[start : start + limit]
        asked = results.asked_for(session, run, shown)
        scores = rows.array(session, run, "task_scores")[start : start + limit]
    items = [in_short(task, asked[task], row[~np.isnan(row)]) for task, row in zip(shown, scores, strict=True)]
    return Page(items=items, next=str(start + limit) if start + limit < len(tasks) else None)


def in_short(task_id: str, asked: dict[str, Any], scores: Any) -> RunTask:
    """A task of which these scores are known."""
    mean, spread = (plain(scores.mean()), plain(scores.std())) if len(scores) else (None, None)
    return RunTask(task_id=task_id, category=asked["category"], scored=len(scores), mean=mean, spread=spread)


@router.get("/tasks/{task_id:path}")
def read_run_task(run: Reference, task_id: TaskInPath, caller: Reader, parts: PartsOf, etag: Etag) -> TaskDetail:
    """One task of a run: what it asked, and what each agent answered and scored on it."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        agents, tasks = rows.names(session, results.input_of(session, run))
        if task_id not in tasks:
            raise UnknownObject(f"run {run} has no task {task_id!r}")
        asked = results.asked_for(session, run, [task_id])[task_id]
        ranked = results.ranked(session, run)
        score = rows.array(session, run, "task_scores")[tasks.index(task_id)]
    told, scores = answers_to(parts, run, asked["task_id"]), dict(zip(agents, score, strict=True))
    answers = [
        Answer(agent=agent, rank=rank, response=told.get(agent), score=plain(scores[agent])) for agent, rank in ranked
    ]
    what = {name: asked[name] for name in ("category", "prompt", "context", "images")}
    return TaskDetail(task_id=task_id, **what, answers=answers)


def answers_to(parts: Parts, run_id: str, task_id: str) -> dict[str, str | None]:
    """What each agent answered to a task."""
    told = texts_ranked(parts, run_id, task_id)
    if told is None:
        with parts.store.reading() as session:
            plan = plan_from(runs.plan(session, run_id))
        told = stored_answers(plan, task_id, local.StoredCompletions(parts.store, run_id))
    return told


def texts_ranked(parts: Parts, run_id: str, task_id: str) -> dict[str, str | None] | None:
    """The answers to a task as they were ranked; `None` where texts were not, or those of some agent were left out.

    A plan has all answers to all tasks, and takes long to be read.
    """
    with parts.store.reading() as session:
        input_hash = results.input_of(session, run_id)
        unranked = [agent for agent, rank in results.ranked(session, run_id) if rank is None]
        kind = rows.kind(session, input_hash)
    found = parts.store.task(input_hash, task_id) if kind == "responses" else None
    if found is None or not isinstance(found.evidence, Responses):
        return None
    told = dict(zip(found.agents, found.evidence.texts[0], strict=True))
    return None if any(told[agent] is None for agent in unranked) else told


@router.get("/explanation")
def read_explanation(
    run: Reference, task: Name, agent: Name, peer: Name, caller: Reader, parts: PartsOf, etag: Etag
) -> Explanation:
    """The words, labels or verdicts behind what an agent earned from a peer on a task."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        record = rows.record(session, run)
    found = asdict(local.explain_run(parts.store, record, task, agent, peer))
    with parts.store.reading() as session:
        asked = results.asked_for(session, run, [task])[task]
    told = answers_to(parts, run, asked["task_id"])
    mine, theirs = told.get(agent), told.get(peer)
    texts = {"response": mine, "peer_response": theirs}
    return Explanation.model_validate(
        found | texts | {"marks": marks(mine, found["rows"]), "peer_marks": marks(theirs, found["rows"])}
    )
