"""Projects, keys, the log of changes."""

from datetime import datetime
from typing import Any

from pydantic import Field

from elicit.schemas.base import Name, Scope, Wire


class NewProject(Wire):
    """A project to be made."""

    name: Name = Field(examples=["chat-agents"])


class Project(Wire):
    """What a team shares."""

    id: str
    name: str
    created_at: datetime


class NewKey(Wire):
    """A key to be made; what it may do is the union of its scopes."""

    name: Name = Field(examples=["ci"])
    scopes: list[Scope] = Field(min_length=1, examples=[["submit"]])
    expires_at: datetime | None = None
    requests_per_minute: int = Field(default=600, ge=1, le=1_000_000)


class Key(Wire):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    project_id: str | None
    requests_per_minute: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class KeyWithSecret(Key):
    """A key just made. `secret` is what goes into the Authorization header; it is shown this once."""

    secret: str = Field(repr=False)


class Me(Wire):
    """The key that was used, and the project it is tied to (`None`: all, for an operator)."""

    key: Key
    project: Project | None


class AuditEntry(Wire):
    """A change: by which key, what, when."""

    id: int
    at: datetime
    key_id: str | None
    action: str
    object: str
    detail: dict[str, Any]
