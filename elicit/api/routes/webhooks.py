"""Webhooks: where a project wants to hear of events."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.changes import ProjectChange, changing
from elicit.api.paging import PAGE, Cursor, Limit, page_of
from elicit.errors import Conflict
from elicit.schemas import Delivery, NewWebhook, Page, Webhook, WebhookWithSecret
from elicit.services.alerts import webhook_secret
from elicit.store.service import webhooks

router = APIRouter(prefix="/projects/{project}/webhooks", tags=["webhooks"])

Admin = Annotated[Caller, Depends(allowed("admin"))]
Change = Annotated[ProjectChange, Depends(changing("admin"))]


@router.post("", status_code=201, response_model=WebhookWithSecret)
def make_webhook(body: NewWebhook, change: Change) -> Response:
    """Send events to an address. The secret, which signs the messages, is shown this once."""
    secret_key = change.parts.settings.secret_key
    if not secret_key:
        raise Conflict("webhooks need a server with a secret key: its operator sets ELICIT_SECRET_KEY")
    change.parts.outbound.target(body.url)
    with change.writing() as session:
        made = webhooks.make(
            session,
            webhook_id=change.parts.new_id(),
            project_id=change.project_id,
            url=body.url,
            events=body.events,
            now=change.parts.now(),
        )
        shown = Webhook.model_validate(made).model_dump() | {"secret": webhook_secret(secret_key, made.id)}
        return change.answer(
            session,
            WebhookWithSecret.model_validate(shown),
            did="webhook.made",
            to=made.id,
            location=f"/v1/projects/{change.project_id}/webhooks/{made.id}",
            has_secret=True,
            url=made.url,
            events=made.events,
        )


@router.get("")
def list_webhooks(caller: Admin, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE) -> Page[Webhook]:
    """The project's webhooks, newest first."""
    with parts.store.reading() as session:
        rows = webhooks.listed(session, caller.project.id, cursor, limit)
        return page_of(rows, limit, Webhook, lambda row: row.id)


@router.get("/{webhook}")
def read_webhook(webhook: Reference, caller: Admin, parts: PartsOf) -> Webhook:
    """A webhook."""
    with parts.store.reading() as session:
        return Webhook.model_validate(webhooks.find(session, caller.project.id, webhook))


@router.delete("/{webhook}", status_code=204)
def delete_webhook(webhook: Reference, change: Change) -> Response:
    """Send nothing more to a webhook, and forget what was sent."""
    with change.writing() as session:
        found = webhooks.find(session, change.project_id, webhook)
        session.delete(found)
        return change.answer(session, None, did="webhook.deleted", to=found.id, status=204, url=found.url)


@router.get("/{webhook}/deliveries")
def list_deliveries(
    webhook: Reference, caller: Admin, parts: PartsOf, cursor: Cursor = None, limit: Limit = PAGE
) -> Page[Delivery]:
    """What was sent to a webhook or is to be, newest first, and what became of it."""
    with parts.store.reading() as session:
        found = webhooks.find(session, caller.project.id, webhook)
        rows = webhooks.deliveries(session, found.id, cursor, limit)
        return page_of(rows, limit, Delivery, lambda row: row.id)


@router.post("/{webhook}/test", status_code=202, response_model=Delivery)
def test_webhook(webhook: Reference, change: Change) -> Response:
    """Send a message to a webhook to see that it arrives; how that went is in its deliveries."""
    parts = change.parts
    with change.writing() as session:
        found = webhooks.find(session, change.project_id, webhook)
        message = webhooks.tell_one(session, found, webhooks.TEST, {}, now=parts.now(), ids=parts.ids)
        return change.answer(session, Delivery.model_validate(message), did="webhook.tested", to=found.id, status=202)
