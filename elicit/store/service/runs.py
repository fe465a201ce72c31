"""Runs of evaluations: their states, who advances them, and what they are waiting for.

One rule: a state changes by compare-and-set along `MOVES`, so that of several who would change it one does. A run's
leaderboard is stored in the transaction that ends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from elicit.errors import Conflict, UnknownRun
from elicit.schemas import ENDED
from elicit.store import completions, ledgers, rows
from elicit.store.models import PlanRun, Run
from elicit.store.records import RunRecord
from elicit.store.service import items
from elicit.store.service.listing import newest_first
from elicit.store.service_models import ServiceRun, WorkItem
from elicit.types import Evaluation

MOVES: dict[str, tuple[str, ...]] = {
    "queued": ("running", "cancelled", "failed"),
    "running": ("waiting", "stopped", "cancelled", "failed", "done"),
    "waiting": ("running", "cancelled"),
    "stopped": ("queued",),
    "cancelled": ("queued",),
    "failed": ("queued",),
    "done": (),
}
UNCLAIMED = {"advance_owner": None, "advance_until": None}
BUDGET = "budget"  # the reason of a running run that is to be scored as it is, and of a stopped one
CLAIM_S = 60  # a run is advanced by one at a time, who says so this often at least
WAKE_S = 60.0  # a run that waits for a provider is looked at again after so long


# Made, found, moved


def create(
    session: Session,
    run_id: str,
    project_id: str,
    evaluation_id: str,
    plan: Mapping[str, Any],
    now: datetime,
    *,
    schedule_id: str | None = None,
    due_at: datetime | None = None,
) -> ServiceRun:
    """A new run, queued, with its whole plan as JSON values. Once this is committed, nudge whoever is to advance it.

    One that a schedule has made was `due_at` a moment, for which there is no second run.
    """
    ledgers.start_plan(session, run_id, plan, now)
    run = ServiceRun(
        id=run_id,
        project_id=project_id,
        evaluation_id=evaluation_id,
        schedule_id=schedule_id,
        due_at=due_at,
        state="queued",
        stage_total=0,
        created_at=now,
        budget=dict(plan["budget"]),
    )
    session.add(run)
    session.flush()
    return run


def find(session: Session, project_id: str, run_id: str) -> ServiceRun:
    """A run of a project; raises `UnknownRun`."""
    run = session.get(ServiceRun, run_id)
    if run is None or run.project_id != project_id:
        raise UnknownRun(f"there is no run {run_id!r}")
    return run


def listed(
    session: Session,
    project_id: str,
    before: str | None,
    limit: int,
    *,
    state: str | None = None,
    evaluation_id: str | None = None,
    schedule_id: str | None = None,
) -> Sequence[ServiceRun]:
    """A project's runs, newest first, one more than `limit`; those in a state, of an evaluation, of a schedule."""
    wanted = {"project_id": project_id, "state": state, "evaluation_id": evaluation_id, "schedule_id": schedule_id}
    mine = select(ServiceRun).filter_by(**{name: value for name, value in wanted.items() if value is not None})
    return session.scalars(newest_first(mine, ServiceRun.id, before, limit)).all()


def state(session: Session, run_id: str) -> str | None:
    """The state of a run, `None` where there is no such run."""
    return session.scalar(select(ServiceRun.state).where(ServiceRun.id == run_id))


def plan(session: Session, run_id: str) -> dict[str, Any]:
    """The plan of a run, as JSON values."""
    stored: dict[str, Any] = completions.unpack(session.get_one(PlanRun, run_id).plan)
    return stored


def move(
    session: Session,
    run_id: str,
    to: str,
    now: datetime,
    *,
    reason: str | None = None,
    wake_at: datetime | None = None,
    owner: str | None = None,
) -> bool:
    """Put a run into another state, with the reason; false, and nothing is changed, where `MOVES` has no such way.

    With `owner` it must be theirs to advance. Whoever was advancing it has no claim to it any more.

    >>> sorted(state for state, ways in MOVES.items() if "queued" in ways)
    ['cancelled', 'failed', 'stopped']
    """
    came_from = [state for state, ways in MOVES.items() if to in ways]
    values: dict[str, Any] = {"state": to, "reason": reason, "wake_at": wake_at} | UNCLAIMED
    values["finished_at"] = now if to in ENDED else None
    this = and_(ServiceRun.id == run_id if owner is None else owned(run_id, owner), ServiceRun.state.in_(came_from))
    return items.change(session, update(ServiceRun).where(this).values(values)) == 1


# What users ask for


def cancel(session: Session, project_id: str, run_id: str, now: datetime) -> None:
    """End a run: calls under way are finished and kept, no more are made. Raises `Conflict` where it has ended."""
    must_move(session, find(session, project_id, run_id), "cancelled", now)


def resume(
    session: Session, project_id: str, run_id: str, now: datetime, budget: Mapping[str, Any] | None = None
) -> None:
    """Go on with a run that was stopped or cancelled, has failed or waits, with these limits of its budget changed.

    Only what is missing is asked. Raises `Conflict` where the run is under way or done.
    """
    run = find(session, project_id, run_id)
    must_move(session, run, "running" if run.state == "waiting" else "queued", now)
    if budget:
        row = session.get_one(PlanRun, run_id)
        plan = completions.unpack(row.plan)
        run.budget = plan["budget"] | dict(budget)
        row.plan = completions.pack(plan | {"budget": run.budget})


def retry_failed(session: Session, project_id: str, run_id: str, now: datetime) -> None:
    """Ask again what failed or was parked, and go on. Raises `Conflict` where the run is done."""
    run = find(session, project_id, run_id)
    if run.state == "done":
        raise Conflict(
            f"run {run_id} is done; a new run of its evaluation asks again what failed, and pays for nothing else"
        )
    items.ask_again(session, run_id, "failed", "parked")
    if run.state in (*ENDED, "waiting"):
        resume(session, project_id, run_id, now)


def must_move(session: Session, run: ServiceRun, to: str, now: datetime) -> None:
    """Move a run; raises `Conflict` where it cannot be."""
    moved = move(session, run.id, to, now)
    session.refresh(run)
    if not moved:
        raise Conflict(f"run {run.id} is {run.state}: it cannot become {to}")


# Advanced by one at a time


def claim(session: Session, run_id: str, owner: str, now: datetime) -> ServiceRun | None:
    """Begin to advance a queued or running run; `None` where it is neither, or somebody else is at it."""
    if state(session, run_id) == "queued":
        move(session, run_id, "running", now)
    free = or_(ServiceRun.advance_until.is_(None), ServiceRun.advance_until <= now)
    values = {"advance_owner": owner, "advance_until": now + timedelta(seconds=CLAIM_S)}
    claimed = update(ServiceRun).where(ServiceRun.id == run_id, ServiceRun.state == "running", free).values(values)
    if items.change(session, claimed) == 0:
        return None
    run = session.get_one(ServiceRun, run_id, populate_existing=True)
    run.started_at = run.started_at or now
    return run


def hold_claim(session: Session, run_id: str, owner: str, now: datetime) -> None:
    """Go on advancing."""
    until = now + timedelta(seconds=CLAIM_S)
    items.change(session, update(ServiceRun).where(owned(run_id, owner)).values(advance_until=until))


def give_up_claim(session: Session, run_id: str, owner: str) -> None:
    """Advance it no further; somebody else may."""
    items.change(session, update(ServiceRun).where(owned(run_id, owner)).values(UNCLAIMED))


def owned(run_id: str, owner: str) -> ColumnElement[bool]:
    """The run, if this owner advances it."""
    return and_(ServiceRun.id == run_id, ServiceRun.advance_owner == owner)


def set_stage(session: Session, run_id: str, stage: str, total: int) -> None:
    """Write down what is being asked, in so many requests."""
    items.change(session, update(ServiceRun).where(ServiceRun.id == run_id).values(stage=stage, stage_total=total))


def stop_asking(session: Session, run_id: str, budget: Mapping[str, Any]) -> None:
    """A run's budget is spent: what is there is to be scored; unless it was given another budget meanwhile."""
    if plan(session, run_id)["budget"] == dict(budget):
        running = and_(ServiceRun.id == run_id, ServiceRun.state == "running")
        items.change(session, update(ServiceRun).where(running).values(reason=BUDGET))


def keep_leaderboard(session: Session, evaluation: Evaluation, record: RunRecord) -> None:
    """Store a run's leaderboard under the run's id, in the place of one from before it was resumed."""
    items.change(session, delete(Run).where(Run.id == record.id))
    rows.add_input(session, evaluation, record)
    rows.add_run(session, record)


# What the sweeper looks for


def wake(session: Session, now: datetime) -> list[str]:
    """Let runs go on whose time to wait is over, also where a clock set back has made it far too long."""
    over = or_(ServiceRun.wake_at <= now, ServiceRun.wake_at > now + timedelta(seconds=WAKE_S))
    ids = session.scalars(select(ServiceRun.id).where(ServiceRun.state == "waiting", over)).all()
    return [run_id for run_id in ids if move(session, run_id, "running", now)]


@dataclass(frozen=True)
class Idle:
    """Runs that nobody works on: in some there is something to ask, others are to be advanced."""

    to_ask: list[str]
    to_advance: list[str]


def idle(session: Session, now: datetime) -> Idle:
    """Runs under way that nobody works on, as when a nudge was lost."""
    limit = now + timedelta(seconds=CLAIM_S)
    shorter = {"advance_until": limit}  # a clock that was set back must not hold a run for hours
    items.change(session, update(ServiceRun).where(ServiceRun.advance_until > limit).values(shorter))
    free = or_(ServiceRun.advance_until.is_(None), ServiceRun.advance_until <= now)
    ready, leased = has_items("ready"), has_items("leased")
    running, queued = ServiceRun.state == "running", ServiceRun.state == "queued"
    to_ask = select(ServiceRun.id).where(running, ready, ~leased)
    to_advance = select(ServiceRun.id).where(free, or_(queued, and_(running, ~ready, ~leased)))
    return Idle(list(session.scalars(to_ask)), list(session.scalars(to_advance)))


def has_items(state: str) -> ColumnElement[bool]:
    """Whether a run has work items in a state."""
    return exists().where(WorkItem.run_id == ServiceRun.id, WorkItem.state == state)


# What it is now


def now_as(session: Session, run_id: str) -> ServiceRun:
    """A run as it is now."""
    return session.get_one(ServiceRun, run_id, populate_existing=True)
