"""Schedules: when evaluations are run again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.api.routes.runs import begun, page
from elicit.errors import Conflict
from elicit.running import starting
from elicit.schemas import NewSchedule, Page, Preview, Run, Schedule, ScheduleChange
from elicit.store.service import evaluations, runs, schedules

router = APIRouter(prefix="/projects/{project}/schedules", tags=["schedules"])

Reader = Annotated[Caller, Depends(allowed("read"))]
Change = Annotated[ProjectChange, Depends(changing("evaluate"))]
Count = Annotated[int, Query(ge=1, le=100)]


@router.post("", status_code=201, response_model=Schedule)
def make_schedule(body: NewSchedule, change: Change) -> Response:
    """Run an evaluation again and again."""
    with change.writing() as session:
        evaluation = evaluations.find(session, change.project_id, body.evaluation)
        made = schedules.make(
            session,
            schedule_id=change.parts.new_id(),
            project_id=change.project_id,
            evaluation_id=evaluation.id,
            fields=body.model_dump(exclude={"evaluation"}),
            now=change.parts.now(),
        )
        return change.answer(
            session,
            Schedule.model_validate(made),
            did="schedule.made",
            to=made.id,
            location=f"/v1/projects/{change.project_id}/schedules/{made.id}",
            **body.model_dump(),
        )


@router.get("")
def list_schedules(caller: Reader, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE) -> Page[Schedule]:
    """The project's schedules, newest first."""
    with parts.store.reading() as session:
        rows = schedules.listed(session, caller.project.id, cursor, limit)
        return page_of(rows, limit, Schedule, lambda row: row.id)


@router.get("/{schedule}")
def read_schedule(schedule: Reference, caller: Reader, parts: PartsOf) -> Schedule:
    """A schedule by its id or name, and when it is due next."""
    with parts.store.reading() as session:
        return Schedule.model_validate(schedules.find(session, caller.project.id, schedule))


@router.patch("/{schedule}", response_model=Schedule)
def change_schedule(schedule: Reference, body: ScheduleChange, change: Change) -> Response:
    """Change a schedule, pause it (`paused: true`) or let it go on."""
    changes = {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if value is not None or name == "budget"
    }
    with change.writing() as session:
        found = schedules.find(session, change.project_id, schedule)
        schedules.change(session, found, changes, change.parts.now())
        return change.answer(
            session, Schedule.model_validate(found), did="schedule.changed", to=found.id, status=200, **changes
        )


@router.delete("/{schedule}", status_code=204)
def delete_schedule(schedule: Reference, change: Change) -> Response:
    """End a schedule; its runs stay."""
    with change.writing() as session:
        found = schedules.find(session, change.project_id, schedule)
        schedules.forget(session, found)
        return change.answer(session, None, did="schedule.deleted", to=found.id, status=204, name=found.name)


@router.get("/{schedule}/preview")
def preview_schedule(schedule: Reference, caller: Reader, parts: PartsOf, count: Count = 5) -> Preview:
    """When a schedule is due next, as if it were not paused."""
    with parts.store.reading() as session:
        found = schedules.find(session, caller.project.id, schedule)
        return Preview(times=schedules.timing_of(found).first(count, after=parts.now()))


@router.get("/{schedule}/runs")
def list_schedule_runs(
    schedule: Reference, caller: Reader, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE
) -> Page[Run]:
    """The runs of a schedule, newest first."""
    with parts.store.reading() as session:
        found = schedules.find(session, caller.project.id, schedule)
        return page(session, runs.listed(session, found.project_id, cursor, limit, schedule_id=found.id), limit)


@router.post("/{schedule}/run-now", status_code=202, response_model=Run)
def run_now(schedule: Reference, change: Change) -> Response:
    """Begin a run of a schedule at once, beside one under way, within what is left of its budget."""
    now = change.parts.now()
    with change.writing() as session:
        found = schedules.find(session, change.project_id, schedule)
        is_left, left = schedules.left(session, found, now)
        if not is_left:
            raise Conflict(f"nothing is left of the budget that schedule {found.name!r} has for this period")
        run = starting.begin(
            session,
            evaluations.find(session, found.project_id, found.evaluation_id),
            run_id=change.parts.new_id(),
            epoch=now.isoformat(),
            now=now,
            schedule_id=found.id,
            left=left,
        )
        answer = begun(change, session, run, schedule=found.id)
    change.parts.dispatcher.nudge_advance(run.id)
    return answer
