"""Schedules: when evaluations are run again, and the runs they have made.

One rule: a due time is taken by compare-and-set on `next_run_at`, so that of several beats one makes its run; and no
due time has two runs, whatever the clock does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from elicit.errors import Conflict, UnknownObject
from elicit.schemas import ENDED
from elicit.services.plan import BudgetSpec
from elicit.services.schedules import CLOCK_WENT_BACK, Timing, period_budget
from elicit.store import ledgers
from elicit.store.engine import insert_into
from elicit.store.service import runs
from elicit.store.service.items import change as carry_out
from elicit.store.service.listing import newest_first
from elicit.store.service_models import Schedule, ServiceRun


def timing_of(schedule: Schedule) -> Timing:
    """The rhythm of a schedule; raises `InvalidInput` where it is none."""
    return Timing(schedule.cron, schedule.every_s, schedule.time_zone, schedule.created_at)


def make(
    session: Session, *, schedule_id: str, project_id: str, evaluation_id: str, fields: Mapping[str, Any], now: datetime
) -> Schedule:
    """A new schedule. Raises `InvalidInput` for a rhythm that cannot be kept, `Conflict` where the name is taken."""
    made = Schedule(id=schedule_id, project_id=project_id, evaluation_id=evaluation_id, created_at=now, **fields)
    next_run_at = next_due(made, now)
    values = {"id": schedule_id, "project_id": project_id, "evaluation_id": evaluation_id, "created_at": now}
    row = insert_into(session, Schedule).values(**values, **fields, next_run_at=next_run_at)
    stored = session.scalar(row.on_conflict_do_nothing(index_elements=["project_id", "name"]).returning(Schedule))
    if stored is None:
        raise Conflict(f"a schedule's name must be new, there is one named {made.name!r}")
    return stored


def next_due(schedule: Schedule, now: datetime) -> datetime | None:
    """When a schedule is due next, `None` while it is paused."""
    following = timing_of(schedule).first(1, after=now)[0]
    return None if schedule.paused else following


def find(session: Session, project_id: str, reference: str) -> Schedule:
    """The project's schedule with this id or name; raises `UnknownObject`."""
    mine = select(Schedule).where(Schedule.project_id == project_id)
    by_name = mine.where(Schedule.name == reference)
    found = session.scalar(mine.where(Schedule.id == reference)) or session.scalar(by_name)
    if found is None:
        raise UnknownObject(f"there is no schedule {reference!r}")
    return found


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[Schedule]:
    """A project's schedules, newest first, one more than `limit`."""
    mine = select(Schedule).where(Schedule.project_id == project_id)
    return session.scalars(newest_first(mine, Schedule.id, before, limit)).all()


def change(session: Session, schedule: Schedule, changes: Mapping[str, Any], now: datetime) -> None:
    """Change fields of a schedule; one of the two rhythms takes the place of the other.

    Where the rhythm changes or the schedule goes on after a pause, it is due next after now. Raises `InvalidInput` for
    a rhythm that cannot be kept.
    """
    other = {"cron": "every_s", "every_s": "cron"}
    rhythm = {other[name]: None for name in other if changes.get(name) is not None}
    rhythm = rhythm if len(rhythm) == 1 else {}
    for name, value in (rhythm | dict(changes)).items():
        setattr(schedule, name, value)
    if {"cron", "every_s", "time_zone", "paused"} & set(changes):
        schedule.next_run_at = next_due(schedule, now)
    session.flush()


def forget(session: Session, schedule: Schedule) -> None:
    """Delete a schedule; its runs stay."""
    # First the runs, then the schedule, as a run that ends takes them: in another order they could wait for each other.
    session.execute(select(ServiceRun.id).where(ServiceRun.schedule_id == schedule.id).with_for_update())
    session.delete(schedule)
    session.flush()


# Taken when due


def due(session: Session, now: datetime) -> Sequence[str]:
    """Schedules that are to be looked at now: those due, and those that a clock that went back has thrown off."""
    thrown_off = Schedule.last_run_at > now + CLOCK_WENT_BACK
    at_work = and_(Schedule.paused.is_(False), or_(Schedule.next_run_at <= now, thrown_off))
    return session.scalars(select(Schedule.id).where(at_work).order_by(Schedule.next_run_at)).all()


def take(session: Session, schedule: Schedule, next_run_at: datetime) -> bool:
    """Say when a schedule is due next; false, and nothing is changed, where another has done so."""
    as_read = and_(Schedule.id == schedule.id, Schedule.next_run_at == schedule.next_run_at, Schedule.paused.is_(False))
    return carry_out(session, update(Schedule).where(as_read).values(next_run_at=next_run_at)) == 1


def has_run(session: Session, schedule_id: str, due_at: datetime) -> bool:
    """Whether a due time has had its run."""
    found = select(ServiceRun.id).where(ServiceRun.schedule_id == schedule_id, ServiceRun.due_at == due_at)
    return session.scalar(found) is not None


def has_begun(session: Session, schedule_id: str, due_at: datetime) -> None:
    """Write down the due time that was run last."""
    carry_out(session, update(Schedule).where(Schedule.id == schedule_id).values(last_run_at=due_at))


def under_way(session: Session, schedule_id: str) -> bool:
    """Whether a run of the schedule has not ended."""
    found = select(ServiceRun.id).where(ServiceRun.schedule_id == schedule_id, ServiceRun.state.not_in(ENDED))
    return session.scalar(found.limit(1)) is not None


def free_since(session: Session, schedule_id: str) -> datetime | None:
    """When the last run of the schedule ended."""
    return session.scalar(select(func.max(ServiceRun.finished_at)).where(ServiceRun.schedule_id == schedule_id))


# What is left of its budget


def left(session: Session, schedule: Schedule, now: datetime) -> tuple[bool, BudgetSpec | None]:
    """Whether anything is left of the schedule's budget for this period, and how much (`None`: it has no budget).

    A run counts in the period it was begun in: with what it took, and until it has ended with all it may take.
    """
    budget = period_budget(schedule.budget)
    if budget is None:
        return True, None
    begun = ServiceRun.created_at >= budget.start(now, schedule.time_zone)
    its = session.scalars(select(ServiceRun).where(ServiceRun.schedule_id == schedule.id, begun))
    rest = budget.left([taken(session, run) for run in its])
    return rest is not None, rest


def taken(session: Session, run: ServiceRun) -> tuple[float, int]:
    """US dollars and calls that a run took, or may still take; what was set aside and cut off may have been paid."""
    spent = ledgers.find(session, run.id).most
    if run.state in ENDED:
        return spent.cost, spent.calls
    limit = BudgetSpec(**runs.plan(session, run.id)["budget"])
    return max(spent.cost, limit.max_cost or 0.0), max(spent.calls, limit.max_calls or 0)
