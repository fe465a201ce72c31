"""Side by side: two runs, and two agents of one run, as a whole and task by task."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from elicit import local
from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.etags import UNCHANGED, Etag
from elicit.schemas import Comparison, Difference, TaskDifference
from elicit.services.compare import compare
from elicit.services.difference import difference
from elicit.services.sheet import change_by_task, difference_by_task
from elicit.store import Session, rows
from elicit.store.service import results

router = APIRouter(prefix="/projects/{project}/runs/{run}", tags=["runs"], responses=UNCHANGED)

Reader = Annotated[Caller, Depends(allowed("read"))]
Name = Annotated[str, Query(min_length=1, max_length=500)]


@router.get("/comparison/{other}")
def read_comparison(run: Reference, other: Reference, caller: Reader, parts: PartsOf, etag: Etag) -> Comparison:
    """Who moved from this run to the other one, and whether it is more than noise."""
    with parts.store.reading() as session:
        etag.unless_known(*(results.version(session, caller.project.id, one) for one in (run, other)))
        both = [board_of(session, one) for one in (run, other)]
        seed = results.seed_of(session, other)
    moves = [asdict(move) | {"beyond_noise": move.beyond_noise} for move in compare(*both, seed=seed)]
    return Comparison.model_validate({"before": run, "after": other, "moves": moves})


def board_of(session: Session, run_id: str) -> Any:
    """A run as far as a comparison needs it."""
    record = rows.record(session, run_id)
    return local.board(record, *rows.names(session, record.input_hash))


@router.get("/comparison/{other}/tasks")
def list_comparison_tasks(
    run: Reference, other: Reference, agent: Name, caller: Reader, parts: PartsOf, etag: Etag
) -> list[TaskDifference]:
    """On which tasks an agent's score changed from this run to the other one, the largest change first."""
    with parts.store.reading() as session:
        etag.unless_known(*(results.version(session, caller.project.id, one) for one in (run, other)))
        before, after = (results.sheet(session, one) for one in (run, other))
    return [TaskDifference.model_validate(row) for row in change_by_task(before, after, agent)]


@router.get("/difference")
def read_difference(
    run: Reference, agent: Name, baseline: Name, caller: Reader, parts: PartsOf, etag: Etag
) -> Difference:
    """How far an agent is from another in a run, with its interval, and whether that is more than noise."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        record = rows.record(session, run)
        sheet = results.sheet(session, run)
    board = local.board(record, sheet.agents, sheet.tasks)
    found = difference(board, sheet.block, record.result, agent, baseline, seed=record.result["seed"])
    return Difference.model_validate({"run_id": run, **asdict(found), "verdict": found.verdict})


@router.get("/difference/tasks")
def list_difference_tasks(
    run: Reference, agent: Name, baseline: Name, caller: Reader, parts: PartsOf, etag: Etag
) -> list[TaskDifference]:
    """On which tasks an agent of a run differs from another, the largest difference first."""
    with parts.store.reading() as session:
        etag.unless_known(results.version(session, caller.project.id, run))
        sheet = results.sheet(session, run)
    return [TaskDifference.model_validate(row) for row in difference_by_task(sheet, agent, baseline)]
