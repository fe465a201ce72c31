"""What requests with an Idempotency-Key were answered, kept in the transaction that made the change.

One rule: a stored answer holds no secret, since it is a row like any other.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from elicit.store.service_models import IdempotencyKey


@dataclass(frozen=True)
class Answer:
    """An answer as it goes over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


def find(session: Session, key_id: str, idempotency_key: str) -> tuple[str, Answer] | None:
    """The fingerprint of the request that came with this key, and its answer."""
    row = session.get(IdempotencyKey, (key_id, idempotency_key))
    return None if row is None else (row.fingerprint, Answer(row.status, row.headers, row.body))


def keep(
    session: Session, *, key_id: str, idempotency_key: str, fingerprint: str, answer: Answer, now: datetime
) -> None:
    """Store what a request was answered."""
    session.add(
        IdempotencyKey(
            key_id=key_id,
            idempotency_key=idempotency_key,
            created_at=now,
            fingerprint=fingerprint,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
        )
    )


def forget(session: Session, before: datetime) -> None:
    """Delete the answers to requests from before that moment: nobody sends those again."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
