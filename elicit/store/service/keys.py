"""API keys: `el_ID_SECRET`, of which only the id and the hash of the secret are stored.

One rule: the text of a key leaves `make` once, and no other function sees it but to check it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from elicit.errors import UnknownObject
from elicit.store.service.listing import newest_first
from elicit.store.service_models import ApiKey

PREFIX = "el"
REQUESTS_PER_MINUTE = 600
USE_IS_NEW_AFTER = timedelta(minutes=1)  # so that not every request writes


def make(
    session: Session,
    *,
    key_id: str,
    project_id: str | None,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> tuple[ApiKey, str]:
    """A new key and its text, whose secret part is 256 random bits."""
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=key_id,
        project_id=project_id,
        name=name,
        scopes=sorted(set(scopes)),
        secret_hash=hash_of(secret),
        requests_per_minute=requests_per_minute,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    return key, f"{PREFIX}_{key_id}_{secret}"


def hash_of(secret: str) -> str:
    """What is stored of a secret. Random bits need no slow hash: nobody can try them all."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(session: Session, text: str, now: datetime) -> ApiKey | None:
    """The key with this text, unless it is unknown, wrong, revoked or out of date."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not key_id.isascii() or not key_id.isalnum():
        return None
    key = session.get(ApiKey, key_id)
    if key is None or not hmac.compare_digest(key.secret_hash, hash_of(secret)):
        return None
    return key if is_good(key, now) else None


def is_good(key: ApiKey, now: datetime) -> bool:
    """Whether a key is neither revoked nor out of date."""
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def use_is_new(key: ApiKey, now: datetime) -> bool:
    """Whether the last use that is known of a key is long ago."""
    return key.last_used_at is None or now - key.last_used_at > USE_IS_NEW_AFTER


def used(session: Session, key_id: str, now: datetime) -> None:
    """Remember that a key was used."""
    session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))


def has_operator(session: Session) -> bool:
    """Whether there is an operator's key, good or not."""
    return session.scalar(select(ApiKey.id).where(ApiKey.project_id.is_(None)).limit(1)) is not None


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[ApiKey]:
    """A project's keys, newest first, one more than `limit`."""
    mine = select(ApiKey).where(ApiKey.project_id == project_id)
    return session.scalars(newest_first(mine, ApiKey.id, before, limit)).all()


def revoke(session: Session, project_id: str, key_id: str, now: datetime) -> ApiKey:
    """A project's key that is good no more; one that was revoked before stays as it is."""
    key = session.scalar(select(ApiKey).where(ApiKey.project_id == project_id, ApiKey.id == key_id))
    if key is None:
        raise UnknownObject(f"there is no key {key_id!r}")
    key.revoked_at = key.revoked_at or now
    return key
