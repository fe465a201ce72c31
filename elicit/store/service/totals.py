"""Numbers of the whole service, for those who operate it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from elicit.store.models import StoredCompletion
from elicit.store.service_models import ServiceRun, WorkItem


@dataclass(frozen=True)
class Waiting:
    """Runs and work items by state; `oldest` is when the oldest run with ready items was made."""

    runs: dict[str, int]
    items: dict[str, int]
    oldest: datetime | None


@dataclass(frozen=True)
class Paid:
    """Calls that were paid for and what they cost in US dollars, as far as prices are known."""

    calls: int
    cost: float


def waiting(session: Session) -> Waiting:
    """What runs and what waits."""
    runs = select(ServiceRun.state, func.count()).group_by(ServiceRun.state)
    items = select(WorkItem.state, func.count()).group_by(WorkItem.state)
    has_ready = select(WorkItem.run_id).where(WorkItem.state == "ready")
    oldest = select(ServiceRun.created_at).where(ServiceRun.id.in_(has_ready)).order_by(ServiceRun.created_at).limit(1)
    return Waiting(dict(session.execute(runs).all()), dict(session.execute(items).all()), session.scalar(oldest))


def paid(session: Session) -> Paid:
    """What all runs have paid for."""
    calls, cost = session.execute(select(func.sum(StoredCompletion.attempts), func.sum(StoredCompletion.cost))).one()
    return Paid(int(calls or 0), float(cost or 0))
