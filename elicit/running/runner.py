"""The in-process runner: threads that ask, advance and tick, for a server without a broker.

One rule: one such process for a SQLite file. A second one is refused rather than left to half-work.
"""

import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import IO, Self

from elicit.errors import ElicitError, StoreError
from elicit.running.advance import advance_run
from elicit.running.broken import broke
from elicit.running.dispatch import LocalDispatcher
from elicit.running.engine import Engine
from elicit.running.slices import ask_slice
from elicit.running.ticks import TICK_S, tick

POLL_S = 0.5


class InProcessRunner:
    """Carries out runs in this process. Start it, or use it in a `with` statement.

    Stopping it lets the calls under way come back and stores them. Raises `ElicitError` where the nudges of the engine
    go to a broker.
    """

    def __init__(self, engine: Engine, *, tick_s: float = TICK_S) -> None:
        if not isinstance(engine.dispatcher, LocalDispatcher):
            raise ElicitError("with a broker (ELICIT_BROKER_URL) runs are carried out by its workers")
        self._stopping = Event()
        self._dispatcher = engine.dispatcher
        self._engine = replace(engine, stopping=self._stopping.is_set)
        self._tick_s = tick_s
        self._lock: IO[str] | None = None
        self._threads = [
            Thread(target=self._work, args=("ask", ask_slice), name="elicit-ask"),
            Thread(target=self._work, args=("advance", advance_run), name="elicit-advance"),
            Thread(target=self._keep_time, name="elicit-tick"),
        ]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to work. Raises `ElicitError` where another process carries out the runs of the same SQLite file."""
        if file := self._engine.store.file:
            self._lock = locked(file)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Make no more calls, and return when those under way are stored."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self._lock is not None:
            self._lock.close()

    def _work(self, kind: str, job: Callable[[Engine, str], None]) -> None:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"elicit-{kind}") as pool:
            while not self._stopping.is_set():
                if run_id := self._dispatcher.take(kind, POLL_S):
                    error = pool.submit(job, self._engine, run_id).exception()
                    if error is not None:
                        broke(self._engine, run_id, error)

    def _keep_time(self) -> None:
        while True:
            with suppress(StoreError):  # tried again at the next tick
                tick(self._engine, self._engine.now())
            if self._stopping.wait(self._tick_s):
                return


def locked(file: Path) -> IO[str]:
    """A lock on a SQLite file that lasts until it is closed, or this process ends."""
    lock = file.with_name(f"{file.name}.runner").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ElicitError(
            f"{file}: another elicit server carries out the runs of this file: stop that one, or give "
            "ELICIT_DATABASE_URL another file; several processes need PostgreSQL and a broker"
        ) from None
    return lock
