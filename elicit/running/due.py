"""Schedules that are due: their runs are begun, or said to be skipped.

One rule: any number of beats may ask at any moment, by any clock. Of each due time one makes the run, and a schedule
that cannot begin one goes on to its next due time.
"""

from datetime import datetime

from elicit.errors import InvalidInput
from elicit.running.engine import Engine
from elicit.running.starting import begin
from elicit.services.schedules import Decision, Policy, Skip, decide
from elicit.store import Session
from elicit.store.service import evaluations, schedules, webhooks
from elicit.store.service_models import Schedule


def begin_due(engine: Engine, now: datetime) -> None:
    """Begin the runs that are due, and nudge whoever carries them out."""
    with engine.store.reading() as session:
        due = schedules.due(session, now)
    for schedule_id in due:
        with engine.store.writing() as session:
            begun = take(engine, session, session.get(Schedule, schedule_id), now)
        for run_id in begun:
            engine.dispatcher.nudge_advance(run_id)


def take(engine: Engine, session: Session, schedule: Schedule | None, now: datetime) -> list[str]:
    """Begin what a schedule has due, unless it is gone or another beat was faster; the runs begun."""
    if schedule is None or schedule.next_run_at is None:
        return []
    decision = decided(session, schedule, schedule.next_run_at, now)
    if not schedules.take(session, schedule, decision.next_run_at):
        return []
    fresh = [due_at for due_at in decision.run if not schedules.has_run(session, schedule.id, due_at)]
    made = [begin_one(engine, session, schedule, due_at, now) for due_at in fresh]
    for skip in (*decision.skip, *(skip for skip in made if isinstance(skip, Skip))):
        data = {"schedule": schedule.id, "name": schedule.name} | skip.document()
        webhooks.tell(session, schedule.project_id, "schedule.skipped", data, now=now, ids=engine.ids)
    return [run_id for run_id in made if isinstance(run_id, str)]


def begin_one(engine: Engine, session: Session, schedule: Schedule, due_at: datetime, now: datetime) -> str | Skip:
    """Begin the run of a due time: its id, or why there is none.

    The due time is its epoch: it asks afresh what earlier runs have stored.
    """
    is_left, left = schedules.left(session, schedule, now)
    if not is_left:
        return Skip("budget", due_at, due_at)
    evaluation = evaluations.find(session, schedule.project_id, schedule.evaluation_id)
    run_id = engine.ids.new(now)
    try:
        begin(
            session,
            evaluation,
            run_id=run_id,
            epoch=due_at.isoformat(),
            now=now,
            schedule_id=schedule.id,
            due_at=due_at,
            left=left,
        )
    except InvalidInput as error:
        return Skip("cannot start", due_at, due_at, str(error))
    schedules.has_begun(session, schedule.id, due_at)
    return run_id


def decided(session: Session, schedule: Schedule, planned: datetime, now: datetime) -> Decision:
    """What a schedule does now."""
    timing = schedules.timing_of(schedule)
    if planned > now:  # it looked ahead by a clock that was wrong
        return Decision((), (), timing.first(1, after=now)[0])
    return decide(
        timing,
        Policy(schedule.catch_up, schedule.overlap),
        planned,
        now,
        running=schedules.under_way(session, schedule.id),
        free_since=schedules.free_since(session, schedule.id),
    )
