"""Evaluations: what is to be run, under a name.

One rule: an evaluation never changes. Its agents are names: what each is, and what it submitted last, is looked up when
a run is made.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from elicit.errors import Conflict, UnknownObject
from elicit.store.engine import insert_into
from elicit.store.service.listing import newest_first
from elicit.store.service_models import StoredEvaluation


def make(
    session: Session,
    *,
    evaluation_id: str,
    project_id: str,
    name: str,
    task_set_id: str,
    plan: Mapping[str, Any],
    now: datetime,
) -> tuple[StoredEvaluation, bool]:
    """The evaluation, and whether it is new. Raises `Conflict` where another has its name."""
    values = {"project_id": project_id, "name": name, "task_set_id": task_set_id, "plan": dict(plan)}
    row = insert_into(session, StoredEvaluation).values(id=evaluation_id, created_at=now, **values)
    row = row.on_conflict_do_nothing(index_elements=["project_id", "name"])
    made = session.scalar(row.returning(StoredEvaluation))
    if made is not None:
        return made, True
    there = find(session, project_id, name)
    if (there.task_set_id, there.plan) != (task_set_id, plan):
        raise Conflict(f"an evaluation's name must be new, there is another one named {name!r}")
    return there, False


def find(session: Session, project_id: str, reference: str) -> StoredEvaluation:
    """The project's evaluation with this id or name; raises `UnknownObject`."""
    mine = select(StoredEvaluation).where(StoredEvaluation.project_id == project_id)
    by_name = mine.where(StoredEvaluation.name == reference)
    found = session.scalar(mine.where(StoredEvaluation.id == reference)) or session.scalar(by_name)
    if found is None:
        raise UnknownObject(f"there is no evaluation {reference!r}")
    return found


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[StoredEvaluation]:
    """A project's evaluations, newest first, one more than `limit`."""
    mine = select(StoredEvaluation).where(StoredEvaluation.project_id == project_id)
    return session.scalars(newest_first(mine, StoredEvaluation.id, before, limit)).all()
