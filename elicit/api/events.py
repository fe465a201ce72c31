"""Server-sent events: runs as they change, for any number of those who follow them.

One rule: a run is looked at once a second for all its followers together, in a thread; between looks a follower costs a
timer.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from elicit.errors import StoreError, UnknownObject
from elicit.schemas import ENDED, Run

STREAM = "text/event-stream"
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 15.0  # proxies close a connection that says nothing for a minute
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Look = Callable[[str], Run]


@dataclass
class Seen:
    """A run as it was last seen, by how many it is followed, and when it was looked at."""

    followers: int = 0
    run: Run | None = None
    at: float = float("-inf")
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Watch:
    """Looks at runs for those who follow them."""

    def __init__(self, every_s: float = LOOK_EVERY_S, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.every_s = every_s
        self.heartbeat_s = heartbeat_s
        self._seen: dict[str, Seen] = {}

    @contextmanager
    def following(self, run_id: str) -> Iterator[Seen]:
        """What is seen of a run, kept while anybody follows it."""
        seen = self._seen.setdefault(run_id, Seen())
        seen.followers += 1
        try:
            yield seen
        finally:
            seen.followers -= 1
            if not seen.followers:
                del self._seen[run_id]

    async def now(self, run_id: str, seen: Seen, look: Look) -> Run:
        """The run as it is, or was less than `every_s` ago."""
        loop = asyncio.get_running_loop()
        async with seen.looking:
            if seen.run is None or loop.time() - seen.at >= self.every_s:
                seen.run = await run_in_threadpool(look, run_id)
                seen.at = loop.time()
            return seen.run

    def __len__(self) -> int:
        return len(self._seen)


async def followed(watch: Watch, run_id: str, look: Look, last_id: str | None) -> Response:
    """A stream of a run's events. Raises `UnknownRun` before it begins.

    Who has had the last event of a run that has ended is told so (204), which ends the tries of a browser.
    """
    first = await run_in_threadpool(look, run_id)
    if first.state in ENDED and id_of(first.model_dump_json()) == last_id:
        return Response(status_code=204)
    return StreamingResponse(events(watch, run_id, look, last_id), media_type=STREAM, headers=HEADERS)


async def events(watch: Watch, run_id: str, look: Look, last_id: str | None) -> AsyncIterator[str]:
    """The run whenever it is not what was sent last, until it has ended, with a sign of life in between.

    While the database is away there are signs of life only. The stream ends where the run is gone.
    """
    silent_s = 0.0
    with watch.following(run_id) as seen:
        while True:
            try:
                run = await watch.now(run_id, seen, look)
            except UnknownObject:
                return
            except StoreError:
                run = None
            data = "" if run is None else run.model_dump_json()
            if run is not None and id_of(data) != last_id:
                last_id, silent_s = id_of(data), 0.0
                yield f"id: {last_id}\nevent: progress\ndata: {data}\n\n"
            elif silent_s >= watch.heartbeat_s:
                silent_s = 0.0
                yield ": still here\n\n"
            if run is not None and run.state in ENDED:
                return
            await asyncio.sleep(watch.every_s)
            silent_s += watch.every_s


def id_of(data: str) -> str:
    """The id of an event: equal where what it tells is equal."""
    return hashlib.sha256(data.encode()).hexdigest()[:16]
