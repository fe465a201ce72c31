"""The audit log: every change, by which key, in the transaction that makes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from elicit.store.service.listing import newest_first
from elicit.store.service_models import AuditEntry


def add(
    session: Session,
    *,
    at: datetime,
    project_id: str | None,
    key_id: str | None,
    action: str,
    object_: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a change down; `key_id` is `None` for what the server did by itself."""
    session.add(
        AuditEntry(
            at=at, project_id=project_id, key_id=key_id, action=action, object=object_, detail=dict(detail or {})
        )
    )


def listed(session: Session, project_id: str, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """A project's changes, newest first, one more than `limit`."""
    mine = select(AuditEntry).where(AuditEntry.project_id == project_id)
    return session.scalars(newest_first(mine, AuditEntry.id, before, limit)).all()
