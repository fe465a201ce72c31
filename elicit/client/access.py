"""Who may do what: the key's own place, projects, keys, the log of changes, webhooks."""

from collections.abc import Sequence
from datetime import datetime

from elicit.client.core import Core, body, changing, ref
from elicit.client.operation import Operation
from elicit.schemas import (
    AuditEntry,
    Delivery,
    EventName,
    Key,
    KeyWithSecret,
    Me,
    NewKey,
    NewProject,
    NewWebhook,
    Page,
    Project,
    Scope,
    ServerInfo,
    Webhook,
    WebhookWithSecret,
)


class Access(Core):
    """Operations on projects, keys and webhooks."""

    @Operation
    async def me(self) -> Me:
        """The key in use, and its project."""
        return await self._get("/me", Me)

    @Operation
    async def server(self) -> ServerInfo:
        """What the server runs on, and the models that the project's runs have asked."""
        return await self._get("/server", ServerInfo)

    @Operation
    async def create_project(self, name: str) -> Project:
        """A new project (operators only)."""
        return await self._post("/projects", Project, body(NewProject, name=name))

    @Operation
    async def projects(self, limit: int | None = None) -> list[Project]:
        """All projects, newest first (operators only)."""
        return await self._all("/projects", Page[Project], limit)

    @Operation
    async def create_key(
        self,
        name: str,
        scopes: Sequence[Scope],
        *,
        expires_at: datetime | None = None,
        requests_per_minute: int = 600,
    ) -> KeyWithSecret:
        """A new key of the project. Its `secret` is what programs use; it is shown this once."""
        limits = {"expires_at": expires_at, "requests_per_minute": requests_per_minute}
        new = body(NewKey, name=name, scopes=list(scopes), **limits)
        return await self._post(await self._at("keys"), KeyWithSecret, new)

    @Operation
    async def api_keys(self, limit: int | None = None) -> list[Key]:
        """The project's keys, newest first, without their secrets."""
        return await self._all(await self._at("keys"), Page[Key], limit)

    @Operation
    async def revoke_key(self, key: Key | str) -> None:
        """End a key, by its id; whoever uses it is refused from now on."""
        await self._exchange(changing("DELETE", await self._at("keys", ref(key))))

    @Operation
    async def audit(self, limit: int | None = 100) -> list[AuditEntry]:
        """What was changed in the project, and by which key, newest first."""
        return await self._all(await self._at("audit"), Page[AuditEntry], limit)

    @Operation
    async def create_webhook(self, url: str, events: Sequence[EventName]) -> WebhookWithSecret:
        """Send these events to `url`. The `secret` signs the messages; it is shown this once."""
        new = body(NewWebhook, url=url, events=list(events))
        return await self._post(await self._at("webhooks"), WebhookWithSecret, new)

    @Operation
    async def webhooks(self, limit: int | None = None) -> list[Webhook]:
        """The project's webhooks."""
        return await self._all(await self._at("webhooks"), Page[Webhook], limit)

    @Operation
    async def delete_webhook(self, webhook: Webhook | str) -> None:
        """Send nothing more to a webhook."""
        await self._exchange(changing("DELETE", await self._at("webhooks", ref(webhook))))

    @Operation
    async def deliveries(self, webhook: Webhook | str, limit: int | None = 100) -> list[Delivery]:
        """What was sent to a webhook, newest first, and what became of it."""
        return await self._all(await self._at("webhooks", ref(webhook), "deliveries"), Page[Delivery], limit)

    @Operation
    async def test_webhook(self, webhook: Webhook | str) -> Delivery:
        """Send a message to a webhook to see that it arrives."""
        return await self._post(await self._at("webhooks", ref(webhook), "test"), Delivery)
