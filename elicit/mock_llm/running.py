"""A mock server in a thread of this process, for tests and for the command."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from elicit.errors import InvalidInput
from elicit.mock_llm.models import Models, local_models
from elicit.mock_llm.script import Rule, Script, script_of
from elicit.mock_llm.server import MockLLM, Received

BACKLOG = 1024  # connections waiting to be taken


class Server:
    """A running mock server: `url` is the base address to give as `api_base`."""

    def __init__(self, mock: MockLLM, url: str) -> None:
        self.url = url
        self._mock = mock

    def requests(self) -> list[Received]:
        """Every request for an answer so far, oldest first."""
        return [replace(received) for received in self._mock.log]

    def bodies(self) -> list[Mapping[str, Any]]:
        """The bodies of the latest requests, oldest first: the last 256, so that memory stays flat."""
        return list(self._mock.bodies)

    def reset(self) -> None:
        """Forget all requests, and begin the script anew."""
        self._mock.reset()


@contextmanager
def serve(
    script: Script | Mapping[str, Any] | list[Rule] | None = None,
    *,
    models: Models | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[Server]:
    """Serve in a thread until the block ends; with port 0 on any free port.

    `script` may be a `Script`, its rules, or the plain values a script file holds; `models` answer where it has
    nothing to say, by default those of the demo. Raises InvalidInput where the port cannot be had.
    """
    mock = MockLLM(as_script(script), models or local_models())
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(mock.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    try:
        bound = loop.run_until_complete(start(runner, host, port))
        thread = threading.Thread(target=loop.run_forever, name="mock-llm", daemon=True)
        thread.start()
        try:
            yield Server(mock, f"http://{host}:{bound}/v1")
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
    finally:
        loop.run_until_complete(runner.cleanup())
        loop.close()


def as_script(script: Script | Mapping[str, Any] | list[Rule] | None) -> Script:
    """Any of the ways to hand over a script, as a script."""
    if isinstance(script, Script):
        return script
    if isinstance(script, list):
        return Script(tuple(script))
    return script_of(dict(script or {}))


async def start(runner: web.AppRunner, host: str, port: int) -> int:
    """Listen, and return the port."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
    except OSError as error:
        raise InvalidInput(f"the mock server cannot listen on {host}:{port}: {error.strerror}") from error
    bound: int = runner.addresses[0][1]
    return bound
