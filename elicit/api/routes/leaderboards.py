"""What came of a run: the leaderboard, and what it was made of.

One rule: a leaderboard never changes under its ETag.
"""

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic_core import to_json

from elicit import local
from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.paging import PAGE, Limit, NumberCursor
from elicit.errors import UnknownObject
from elicit.schemas import Answer, Comparison, Difference, Explanation, Page, PairMatrix, RunTask, TaskDetail, TaskId
from elicit.services.answers import stored_answers
from elicit.services.compare import compare
from elicit.services.document import plain
from elicit.services.explain import marks
from elicit.services.plan import plan_from
from elicit.store import Session, rows
from elicit.store.service import results, runs
from elicit.wiring import Parts

router = APIRouter(prefix="/projects/{project}/runs/{run}", tags=["runs"])

Reader = Annotated[Caller, Depends(allowed("read"))]
TaskInPath = Annotated[TaskId, Path()]
Name = Annotated[str, Query(min_length=1, max_length=500)]
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The leaderboard."},
    304: {"description": "It is still the one whose ETag was sent as If-None-Match."},
}


@router.get("/leaderboard", response_class=Response, responses=DOCUMENT)
def read_leaderboard(
    run: Reference, caller: Reader, parts: PartsOf, if_none_match: Annotated[str | None, Header(max_length=1000)] = None
) -> Response:
    """The leaderboard of a run, as `elicit rank --format json` writes it."""
    with parts.store.reading() as session:
        kept_at = results.kept_at(session, caller.project.id, run)
        headers = {"ETag": f'"{run}-{kept_at:%Y%m%d%H%M%S%f}"', "Cache-Control": "private, no-cache"}
        if is_among(headers["ETag"], if_none_match):
            return Response(status_code=304, headers=headers)
        return Response(to_json(results.leaderboard(session, run)), headers=headers, media_type="application/json")


def is_among(etag: str, known: str | None) -> bool:
    """Whether an ETag is one of those in an If-None-Match header.

    >>> is_among('"b"', '"a", W/"b"'), is_among('"b"', "*"), is_among('"b"', None)
    (True, True, False)
    """
    tags = [tag.strip().removeprefix("W/") for tag in (known or "").split(",")]
    return etag in tags or "*" in tags


@router.get("/pairs")
def read_pairs(run: Reference, caller: Reader, parts: PartsOf) -> PairMatrix:
    """Who tells about whom: what every agent earns from every peer, agents in the order of the leaderboard."""
    with parts.store.reading() as session:
        agents, _, order = who(session, caller.project.id, run)
        matrix = rows.array(session, run, "pairwise")[np.ix_(order, order)]
    return PairMatrix(agents=[agents[i] for i in order], score=[[plain(value) for value in row] for row in matrix])


def who(session: Session, project_id: str, run_id: str) -> tuple[tuple[str, ...], tuple[str, ...], list[int]]:
    """The agents and tasks of a run in the order of its matrices, and the places of the agents in rank order."""
    results.kept_at(session, project_id, run_id)
    agents, tasks = rows.names(session, results.input_of(session, run_id))
    return agents, tasks, [agents.index(agent) for agent, _ in results.ranked(session, run_id)]


@router.get("/tasks")
def list_run_tasks(
    run: Reference, caller: Reader, parts: PartsOf, cursor: NumberCursor = None, limit: Limit = PAGE
) -> Page[RunTask]:
    """The tasks of a run in their order, each with how the agents did on it."""
    start = cursor or 0
    with parts.store.reading() as session:
        _, tasks, _ = who(session, caller.project.id, run)
        scores = rows.array(session, run, "task_scores")[start : start + limit]
    shown = [in_short(task, row[~np.isnan(row)]) for task, row in zip(tasks[start:], scores, strict=False)]
    more = str(start + limit) if start + limit < len(tasks) else None
    return Page(items=shown, next=more)


def in_short(task_id: str, scores: Any) -> RunTask:
    """A task of which these scores are known."""
    mean, spread = (plain(scores.mean()), plain(scores.std())) if len(scores) else (None, None)
    return RunTask(task_id=task_id, scored=len(scores), mean=mean, spread=spread)


@router.get("/tasks/{task_id:path}")
def read_run_task(run: Reference, task_id: TaskInPath, caller: Reader, parts: PartsOf) -> TaskDetail:
    """One task of a run: what it asked, and what each agent answered and scored on it."""
    with parts.store.reading() as session:
        agents, tasks, order = who(session, caller.project.id, run)
        if task_id not in tasks:
            raise UnknownObject(f"run {run} has no task {task_id!r}")
        input_hash = results.input_of(session, run)
        rank = dict(results.ranked(session, run))
        scores = rows.array(session, run, "task_scores")
    (task, *_) = parts.store.task(input_hash, task_id).tasks
    score, told = scores[tasks.index(task_id)], answers_to(parts, run, task_id)
    answers = [
        Answer(agent=agents[i], rank=rank[agents[i]], response=told.get(agents[i]), score=plain(score[i]))
        for i in order
    ]
    return TaskDetail(task_id=task.id, prompt=task.prompt, context=task.context, answers=answers)


def answers_to(parts: Parts, run_id: str, task_id: str) -> dict[str, str | None]:
    """What each agent answered to a task."""
    with parts.store.reading() as session:
        plan = plan_from(runs.plan(session, run_id))
    return stored_answers(plan, task_id, local.StoredCompletions(parts.store, run_id))


@router.get("/comparison/{other}")
def read_comparison(run: Reference, other: Reference, caller: Reader, parts: PartsOf) -> Comparison:
    """Who moved from this run to the other one, and whether it is more than noise."""
    with parts.store.reading() as session:
        both = [board_of(session, caller.project.id, run_id) for run_id in (run, other)]
        seed = results.leaderboard(session, other)["seed"]
    moves = [asdict(move) | {"beyond_noise": move.beyond_noise} for move in compare(*both, seed=seed)]
    return Comparison.model_validate({"before": run, "after": other, "moves": moves})


def board_of(session: Session, project_id: str, run_id: str) -> Any:
    """A run as far as a comparison needs it."""
    results.kept_at(session, project_id, run_id)
    record = rows.record(session, run_id)
    return local.board(record, *rows.names(session, record.input_hash))


@router.get("/difference")
def read_difference(run: Reference, agent: Name, baseline: Name, caller: Reader, parts: PartsOf) -> Difference:
    """How far an agent is from another in a run, with its interval, and whether that is more than noise."""
    with parts.store.reading() as session:
        results.kept_at(session, caller.project.id, run)
        record = rows.record(session, run)
    found = local.difference_in(parts.store, record, agent, baseline)
    return Difference.model_validate({"run_id": run, **asdict(found), "verdict": found.verdict})


@router.get("/explanation")
def read_explanation(
    run: Reference, task: Name, agent: Name, peer: Name, caller: Reader, parts: PartsOf
) -> Explanation:
    """The words, labels or verdicts behind what an agent earned from a peer on a task."""
    with parts.store.reading() as session:
        results.kept_at(session, caller.project.id, run)
        record = rows.record(session, run)
    found = asdict(local.explain_run(parts.store, record, task, agent, peer))
    told = answers_to(parts, run, task)
    mine, theirs = told.get(agent), told.get(peer)
    texts = {"response": mine, "peer_response": theirs}
    return Explanation.model_validate(
        found | texts | {"marks": marks(mine, found["rows"]), "peer_marks": marks(theirs, found["rows"])}
    )
