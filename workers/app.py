"""The Celery app that `celery -A workers.app` finds, and what a worker process holds while it lives.

One rule: nothing is opened before the pool has forked; each process opens its own connections at its first job.

Told to stop, a worker makes no more calls, waits for those under way, stores them, and gives back the rest.
"""

import os
from contextlib import ExitStack
from functools import cache
from mmap import mmap
from typing import Any

from celery.signals import worker_process_shutdown, worker_shutting_down

from elicit.broker import celery_app
from elicit.errors import ElicitError
from elicit.running.engine import Engine
from elicit.settings import ServerSettings
from elicit.wiring import opened, opened_engine
from workers.redis_transport import use_for_redis

settings = ServerSettings.from_environment(os.environ)
if settings.broker_url is None:
    raise ElicitError("workers need a broker: set ELICIT_BROKER_URL, such as redis://localhost:6379/0")

use_for_redis()
app = celery_app(settings.broker_url)
app.conf.imports = ("workers.jobs",)
stop = mmap(-1, 1)  # shared with the pool's processes, which are forked from this one
held = ExitStack()


@worker_shutting_down.connect
def ask_no_more(**_: Any) -> None:
    """Told to stop: the processes of the pool are not told by Celery before they are done."""
    stop[0] = 1


@cache
def engine() -> Engine:
    """What carries out runs in this process, opened at the first job."""
    parts = held.enter_context(opened(settings))
    return held.enter_context(opened_engine(parts, os.environ, stopping=lambda: stop[0] == 1))


@worker_process_shutdown.connect
def close(**_: Any) -> None:
    """Close what this process has opened."""
    held.close()
