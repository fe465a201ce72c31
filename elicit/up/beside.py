"""Celery's workers and beat as processes beside the server, for `elicit up --workers N`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

GRACE_S = 90  # for the calls that a worker waits for when it is told to stop
CELERY = (sys.executable, "-m", "celery", "--app", "workers.app")


@contextmanager
def workers_beside(n_workers: int) -> Iterator[None]:
    """Workers and a beat that live as long as the block; they finish the calls under way when it ends."""
    commands: list[tuple[str, ...]] = [(*CELERY, "beat", "--scheduler", "celery.beat:Scheduler")]
    commands += [
        (*CELERY, "worker", "--queues", "llm,cpu", "--concurrency", "1", "--hostname", f"elicit-{number}@%h")
        for number in range(1, n_workers + 1)
    ]
    processes = [subprocess.Popen(command) for command in commands]  # noqa: S603 (all words are ours)
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            gone(process)


def gone(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process that was told to stop; what it does not finish in time is asked again by others."""
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
