"""The models that runs have asked, and how those did."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from elicit.store.completions import completion_from, unpack
from elicit.store.models import StoredCompletion
from elicit.store.service_models import ServiceRun

NEWEST = 200  # answers of a model whose failures are counted


@dataclass(frozen=True)
class Seen:
    """A model that was asked; the fields are those of `elicit.schemas.ProviderSeen`."""

    model: str
    calls: int
    cost: float | None
    last_at: datetime
    looked_at: int
    failures: dict[str, int]


def seen(session: Session, project_id: str | None) -> list[Seen]:
    """The models that the runs of a project have asked (`None`: of all projects), the one asked last first."""
    of_runs = paid_for(project_id)
    unpriced = func.sum(case((StoredCompletion.cost.is_(None), 1), else_=0))
    calls, cost, last = (
        func.sum(StoredCompletion.attempts),
        func.sum(StoredCompletion.cost),
        func.max(StoredCompletion.created_at),
    )
    rows = of_runs.with_only_columns(StoredCompletion.model, calls, cost, unpriced, last)
    found = session.execute(rows.group_by(StoredCompletion.model).order_by(last.desc(), StoredCompletion.model)).all()
    return [
        Seen(model, int(calls), None if unpriced else float(cost), last, *newest_failures(session, project_id, model))
        for model, calls, cost, unpriced, last in found
    ]


def newest_failures(session: Session, project_id: str | None, model: str) -> tuple[int, dict[str, int]]:
    """How many of a model's newest answers were looked at, and the failures among them by kind."""
    newest = paid_for(project_id).where(StoredCompletion.model == model)
    rows = newest.order_by(StoredCompletion.created_at.desc()).limit(NEWEST)
    answers = [completion_from(unpack(content)) for content in session.scalars(rows)]
    failures = Counter(answer.failure for answer in answers if answer.failure is not None)
    return len(answers), dict(sorted(failures.items()))


def paid_for(project_id: str | None) -> Select[bytes]:
    """The answers that the runs of a project have paid for."""
    answers = select(StoredCompletion.content).join(ServiceRun, ServiceRun.id == StoredCompletion.run_id)
    return answers if project_id is None else answers.where(ServiceRun.project_id == project_id)
