"""Webhooks and what was sent to them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from elicit.schemas.base import EventName, Wire


class NewWebhook(Wire):
    """Where to send which events."""

    url: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\s@#]+$")]
    events: list[EventName] = Field(min_length=1)


class Webhook(Wire):
    """A webhook without its secret."""

    id: str
    url: str
    events: list[EventName]
    created_at: datetime


class WebhookWithSecret(Webhook):
    """A webhook just made. `secret` signs its messages (HMAC-SHA256); it is shown this once."""

    secret: str = Field(repr=False)


class Delivery(Wire):
    """A message to a webhook and what became of it."""

    id: str
    event: str
    state: Literal["waiting", "delivered", "given up"]
    tries: int
    status: int | None
    error: str | None
    created_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
