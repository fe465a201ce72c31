"""The Python client of an elicit server: `elicit.Client`, and `elicit.AsyncClient` for event loops.

One rule: both are the same operations; only how a call travels differs. Needs the extra `client`.

    client = elicit.Client("https://elicit.example", "el_...")
    client.submit("mine", "support-questions", "outputs.jsonl")
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from elicit.client.access import Access
from elicit.client.operation import Awaiting, Blocking, Operation
from elicit.client.planning import Planning
from elicit.client.recording import AsyncRecorder, Recorder
from elicit.client.results import Results
from elicit.client.running import Running
from elicit.client.scheduling import Scheduling
from elicit.client.submitting import Submitting
from elicit.client.transport import AwaitedTransport, BlockingTransport, Transport
from elicit.errors import InvalidInput
from elicit.settings import ClientSettings

__all__ = ["AsyncClient", "Client"]


class Operations(Access, Submitting, Running, Results, Planning, Scheduling, ABC):
    """Everything a client can do.

    `url` and `key`, an API key, come from `ELICIT_URL` and `ELICIT_API_KEY` where they are not given. `project` is a
    name or an id, by default the key's own. A call is given up after `timeout_s` seconds without an answer, and
    repeated for `patience_s` seconds while the server is away or busy. `progress` shows bars on a terminal.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        project: str | None = None,
        *,
        timeout_s: float = 60.0,
        patience_s: float = 60.0,
        progress: bool = True,
    ) -> None:
        settings = settings_of(url, key)
        transport = self._connect(f"{settings.url}/v1", {"Authorization": f"Bearer {settings.key}"})
        super().__init__(
            transport, settings.url, project, timeout_s=timeout_s, patience_s=patience_s, progress=progress
        )

    @abstractmethod
    def _connect(self, url: str, headers: Mapping[str, str]) -> Transport:
        """How calls travel."""

    @Operation
    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()


class Client(Operations, Blocking):
    """A client whose calls return when they are done; threads may share one."""

    def _connect(self, url: str, headers: Mapping[str, str]) -> Transport:
        return BlockingTransport(httpx.Client(base_url=url, headers=headers))

    def agent(self, name: str, task_set: str | None = None, *, resume: bool = False, every_s: float = 2.0) -> Recorder:
        """Record an agent while it works, sending its outputs every few seconds; complete when the block ends well.

        `task_set` may be left out where the project has only one. After an error the submission stays open, and
        `resume=True` goes on with it: the recorder's `done` are the tasks that need not be answered again.
        """
        return Recorder(self, name, task_set, resume=resume, every_s=every_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(Operations, Awaiting):
    """`Client` for event loops: the same operations, awaited."""

    def _connect(self, url: str, headers: Mapping[str, str]) -> Transport:
        return AwaitedTransport(httpx.AsyncClient(base_url=url, headers=headers))

    def agent(
        self, name: str, task_set: str | None = None, *, resume: bool = False, every_s: float = 2.0
    ) -> AsyncRecorder:
        """Record an agent while it works, as `Client.agent` does: `async with client.agent("mine") as agent`."""
        return AsyncRecorder(self, name, task_set, resume=resume, every_s=every_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def settings_of(url: str | None, key: str | None) -> ClientSettings:
    """Server and key, checked: a mistake in a key must not come up where an error would show it."""
    default = ClientSettings.from_environment(os.environ)
    address, secret = (url or default.url).strip().rstrip("/"), (key or default.key).strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise InvalidInput("url must be like https://elicit.example, without a user; or set ELICIT_URL")
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise InvalidInput("key must be an API key as the server has shown it once; or set ELICIT_API_KEY")
    return ClientSettings(address.removesuffix("/v1"), secret)
