"""Celery's workers and beat as processes beside the server, for `elicit up --workers N`."""

import logging
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

AGAIN_S = 2.0  # until one that failed is started anew: slow enough for one that fails at once, quick enough for runs
GRACE_S = 90  # for the calls that a worker waits for when it is told to stop
CELERY = (sys.executable, "-m", "celery", "--app", "workers.app")
log = logging.getLogger(__name__)


@contextmanager
def workers_beside(n_workers: int) -> Iterator[None]:
    """Workers and a beat that live as long as the block; they finish the calls under way when it ends."""
    commands: list[tuple[str, ...]] = [(*CELERY, "beat", "--scheduler", "celery.beat:Scheduler")]
    commands += [
        (*CELERY, "worker", "--queues", "llm,cpu", "--concurrency", "1", "--hostname", f"elicit-{number}@%h")
        for number in range(1, n_workers + 1)
    ]
    with kept_alive(commands):
        yield


@contextmanager
def kept_alive(commands: list[tuple[str, ...]]) -> Iterator[None]:
    """These commands as processes; one that fails is started anew until the block ends."""
    processes, over = [subprocess.Popen(command) for command in commands], Event()  # noqa: S603 (all words are ours)
    keeper = Thread(target=keep_alive, args=(commands, processes, over))
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        for process in processes:
            process.terminate()
        for process in processes:
            gone(process)


def keep_alive(commands: list[tuple[str, ...]], processes: "list[subprocess.Popen[bytes]]", over: Event) -> None:
    """Put a new process in the place of each that failed, until it is over; one that was told to stop did not fail."""
    while not over.wait(AGAIN_S):
        for place, process in enumerate(processes):
            if process.poll():
                log.warning("failed with %s and is started anew: %s", process.returncode, shlex.join(commands[place]))
                processes[place] = subprocess.Popen(commands[place])  # noqa: S603 (all words are ours)


def gone(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process that was told to stop; what it does not finish in time is asked again by others."""
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
