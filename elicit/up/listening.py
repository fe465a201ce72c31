"""Listening on a port, and serving an ASGI application there until the process is told to stop.

One rule: addresses may hold tokens, so no address that was asked for is written to a log.
"""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elicit.errors import InvalidInput

BACKLOG = 2048  # connections waiting to be taken
FAREWELL_S = 5  # for answers under way, streams of progress among them


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, with port 0 on any free port. Raises `InvalidInput` where the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP in so many words: of other sockets asyncio does not know that answers must not wait for each other, and
    # each would take 40 ms longer.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(BACKLOG)  # at once: who reads the address may come before the server is ready, and waits then
    except OSError as error:
        found.close()
        raise InvalidInput(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error
    return found


def address(door: socket.socket) -> str:
    """Where a socket can be reached from this machine.

    >>> with listening("127.0.0.1", 0) as door:
    ...     address(door).rpartition(":")[0]
    'http://127.0.0.1'
    """
    host, port = door.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 (compared, not bound to)
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: Any, door: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM; answers under way are finished first."""
    import uvicorn

    config = uvicorn.Config(
        app, access_log=False, log_config=None, timeout_graceful_shutdown=FAREWELL_S, server_header=False
    )
    with told_to_stop():
        uvicorn.Server(config).run(sockets=[door])


@contextmanager
def told_to_stop() -> Iterator[None]:
    """Let the block end by itself at Ctrl-C and SIGTERM: the server heeds them first, and then sends them on."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
