"""Runs: begun, followed, cancelled, taken up again. What came of them is in `leaderboards`."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.events import STREAM, Watch, followed
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.running import starting
from elicit.schemas import NewRun, Page, ParkedItem, Resumption, Run, RunState
from elicit.store import Session
from elicit.store.service import evaluations, items, overview, runs, webhooks
from elicit.store.service_models import ServiceRun

router = APIRouter(prefix="/projects/{project}/runs", tags=["runs"])

Reader = Annotated[Caller, Depends(allowed("read"))]
Change = Annotated[ProjectChange, Depends(changing("evaluate"))]
GoOn = Callable[[Session, str, str, datetime], None]
EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"const": "progress"},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "The run, as of now."},
    },
    "required": ["id", "event", "data"],
}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {STREAM: {"schema": EVENT}}, "description": "Events, until the run has ended."},
    204: {"description": "The run has ended, and the event named by Last-Event-ID was the last."},
}


def wire(session: Session, run: ServiceRun) -> Run:
    """A run as it goes over the wire."""
    return overview.of(session, [run])[0]


@router.post("", status_code=202, response_model=Run)
def begin_run(body: NewRun, change: Change) -> Response:
    """Begin a run. It goes on in the background; Location is where to look how far it is."""
    with change.writing() as session:
        evaluation = evaluations.find(session, change.project_id, body.evaluation)
        run = starting.begin(
            session, evaluation, run_id=change.parts.new_id(), epoch=body.epoch, now=change.parts.now()
        )
        answer = begun(change, session, run, evaluation=evaluation.id, epoch=body.epoch)
    change.parts.dispatcher.nudge_advance(run.id)
    return answer


def begun(change: ProjectChange, session: Session, run: ServiceRun, **detail: Any) -> Response:
    """The answer to a request that has begun a run."""
    location = f"/v1/projects/{change.project_id}/runs/{run.id}"
    shown = wire(session, run)
    return change.answer(session, shown, did="run.begun", to=run.id, status=202, location=location, **detail)


@router.get("")
def list_runs(
    caller: Reader,
    parts: PartsOf,
    state: RunState | None = None,
    evaluation: Annotated[str | None, Query(max_length=200, description="The id or name of an evaluation.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Page[Run]:
    """The project's runs, newest first; in one state, or of one evaluation, if asked so."""
    project_id = caller.project.id
    with parts.store.reading() as session:
        evaluation_id = evaluation and evaluations.find(session, project_id, evaluation).id
        rows = runs.listed(session, project_id, cursor, limit, state=state, evaluation_id=evaluation_id)
        return page(session, rows, limit)


def page(session: Session, rows: Any, limit: int) -> Page[Run]:
    """Runs as a page."""
    shown = overview.of(session, rows[:limit])
    return Page(items=shown, next=shown[-1].id if len(rows) > limit else None)


@router.get("/{run}")
def read_run(run: Reference, caller: Reader, parts: PartsOf) -> Run:
    """A run, and how far it is."""
    with parts.store.reading() as session:
        return wire(session, runs.find(session, caller.project.id, run))


@router.get("/{run}/events", response_class=Response, responses=EVENTS)
async def follow_run(
    run: Reference,
    request: Request,
    caller: Reader,
    parts: PartsOf,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """Follow a run: an event whenever it changes, until it has ended."""

    def look(run_id: str) -> Run:
        with parts.store.reading() as session:
            return wire(session, runs.find(session, caller.project.id, run_id))

    watch: Watch = request.app.state.watch
    return await followed(watch, run, look, last_event_id)


@router.post("/{run}/cancel", response_model=Run)
def cancel_run(run: Reference, change: Change) -> Response:
    """Ask no more for a run; what was asked is kept."""
    now = change.parts.now()
    with change.writing() as session:
        runs.cancel(session, change.project_id, run, now)
        cancelled = runs.now_as(session, run)
        webhooks.tell_end(session, cancelled, now=now, ids=change.parts.ids)
        return change.answer(session, wire(session, cancelled), did="run.cancelled", to=run, status=200)


@router.post("/{run}/resume", response_model=Run)
def resume_run(run: Reference, change: Change, body: Resumption | None = None) -> Response:
    """Go on with a run that was stopped, cancelled or has failed, or that waits: only what is missing is asked.

    A run whose budget is spent stops again at once, unless it is given another.
    """
    budget = body.budget.model_dump(exclude_unset=True) if body else {}
    return taken_up(change, run, partial(runs.resume, budget=budget), did="run.resumed", **budget)


@router.post("/{run}/retry-failed", response_model=Run)
def retry_failed(run: Reference, change: Change) -> Response:
    """Ask again what failed or was given up, and go on."""
    return taken_up(change, run, runs.retry_failed, did="run.retried")


def taken_up(change: ProjectChange, run_id: str, go_on: GoOn, did: str, **detail: Any) -> Response:
    """The answer to a request that lets a run go on."""
    with change.writing() as session:
        go_on(session, change.project_id, run_id, change.parts.now())
        shown = wire(session, runs.now_as(session, run_id))
        answer = change.answer(session, shown, did=did, to=run_id, status=200, **detail)
    change.parts.dispatcher.nudge_advance(run_id)
    return answer


@router.get("/{run}/parked")
def list_parked(
    run: Reference, caller: Reader, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE
) -> Page[ParkedItem]:
    """The requests of a run that were given up after several tries, with the last error."""
    with parts.store.reading() as session:
        found = runs.find(session, caller.project.id, run)
        return page_of(items.given_up(session, found.id, cursor, limit), limit, ParkedItem, lambda row: row.key)
