"""Webhooks: where a project wants to hear of events, and the messages that go there.

One rule: a message is written in the transaction of what it tells, and sent afterwards, perhaps more than once; its id
stays the same. Answers are not kept, only their status.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from elicit.errors import UnknownObject
from elicit.services.alerts import LONGEST_PAUSE_S, MOST_TRIES, pause_s
from elicit.store.records import Ids
from elicit.store.service.items import change
from elicit.store.service.listing import newest_first
from elicit.store.service_models import Delivery, ServiceRun, Webhook

TEST = "webhook.test"


def make(
    session: Session, *, webhook_id: str, project_id: str, url: str, events: Sequence[str], now: datetime
) -> Webhook:
    """A new webhook."""
    made = Webhook(id=webhook_id, project_id=project_id, url=url, events=list(dict.fromkeys(events)), created_at=now)
    session.add(made)
    session.flush()
    return made


def find(session: Session, project_id: str, webhook_id: str) -> Webhook:
    """The project's webhook; raises `UnknownObject`."""
    found = session.get(Webhook, webhook_id)
    if found is None or found.project_id != project_id:
        raise UnknownObject(f"there is no webhook {webhook_id!r}")
    return found


def listed(session: Session, project_id: str, before: str | None, limit: int) -> Sequence[Webhook]:
    """A project's webhooks, newest first, one more than `limit`."""
    mine = select(Webhook).where(Webhook.project_id == project_id)
    return session.scalars(newest_first(mine, Webhook.id, before, limit)).all()


def deliveries(session: Session, webhook_id: str, before: str | None, limit: int) -> Sequence[Delivery]:
    """What was sent to a webhook, or is to be, newest first, one more than `limit`."""
    its = select(Delivery).where(Delivery.webhook_id == webhook_id)
    return session.scalars(newest_first(its, Delivery.id, before, limit)).all()


# What is told


def tell(
    session: Session, project_id: str, event: str, data: Mapping[str, Any], *, now: datetime, ids: Ids
) -> list[Delivery]:
    """Write a message to every webhook of the project that wants to hear of the event."""
    hooks = session.scalars(select(Webhook).where(Webhook.project_id == project_id).order_by(Webhook.id))
    return [tell_one(session, hook, event, data, now=now, ids=ids) for hook in hooks if event in hook.events]


def tell_one(
    session: Session, webhook: Webhook, event: str, data: Mapping[str, Any], *, now: datetime, ids: Ids
) -> Delivery:
    """Write a message to one webhook."""
    message_id = ids.new(now)
    payload = {"id": message_id, "event": event, "at": now.isoformat(), "project": webhook.project_id, "data": data}
    message = Delivery(
        id=message_id,
        webhook_id=webhook.id,
        event=event,
        payload=payload,
        state="waiting",
        tries=0,
        created_at=now,
        next_try_at=now,
    )
    session.add(message)
    session.flush()
    return message


def tell_end(session: Session, run: ServiceRun, *, now: datetime, ids: Ids) -> None:
    """Write that a run has ended: finished, or stopped for a reason."""
    event = "run.finished" if run.state == "done" else "run.stopped"
    names = ("evaluation_id", "schedule_id", "state", "reason")
    tell(
        session, run.project_id, event, {"run": run.id} | {name: getattr(run, name) for name in names}, now=now, ids=ids
    )


# What is sent


@dataclass(frozen=True)
class Outgoing:
    """A message that is to be sent now, for the `tries`th time."""

    id: str
    webhook_id: str
    url: str
    payload: Mapping[str, Any]
    tries: int


def take_due(session: Session, now: datetime, most: int) -> list[Outgoing]:
    """Messages to send now; each counts as tried, and is due again later unless somebody says how it went.

    One that is due later than any can be was written before a clock was set back, and is due now.
    """
    too_far = now + timedelta(seconds=LONGEST_PAUSE_S)
    due = or_(Delivery.next_try_at <= now, Delivery.next_try_at > too_far)
    found = select(Delivery, Webhook.url).join(Webhook, Webhook.id == Delivery.webhook_id)
    found = found.where(Delivery.state == "waiting", due).order_by(Delivery.next_try_at).limit(most)
    taken = []
    for message, url in session.execute(found.with_for_update(skip_locked=True, of=Delivery)):
        message.tries += 1
        message.next_try_at = now + timedelta(seconds=pause_s(message.tries))
        taken.append(Outgoing(message.id, message.webhook_id, url, message.payload, message.tries))
    return taken


def went(session: Session, message_id: str, now: datetime, *, status: int | None, error: str | None) -> None:
    """Write down how sending a message went: delivered with a status of 200 to 299, else waiting or given up."""
    message = session.get(Delivery, message_id)
    if message is None or message.state == "delivered":  # its webhook is gone; or another has sent it meanwhile
        return
    message.status, message.error = status, error
    if status is not None and 200 <= status < 300:
        message.state, message.delivered_at, message.next_try_at = "delivered", now, None
    elif message.tries >= MOST_TRIES:
        message.state, message.next_try_at = "given up", None


def forget(session: Session, before: datetime) -> None:
    """Drop messages from the log that are over and were written before a moment."""
    over = Delivery.state.in_(("delivered", "given up"))
    change(session, delete(Delivery).where(over, Delivery.created_at < before))
