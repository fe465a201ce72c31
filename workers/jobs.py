"""The jobs: an id in, one bounded slice of work done. Each may be delivered twice, or to two at once."""

from typing import Any

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded

from elicit.broker import ADVANCE, ASK, TICK
from elicit.running import advance, slices, ticks
from elicit.running.broken import broke
from workers.app import app, engine


class RunJob(Task):
    """A job for one run, which fails if the code breaks on it. One that took too long is taken up again."""

    def on_failure(self, exc: Exception, task_id: str, args: list[str], kwargs: dict[str, Any], einfo: object) -> None:
        """The job ended in an error."""
        if not isinstance(exc, SoftTimeLimitExceeded):
            broke(engine(), args[0], exc)


@app.task(name=ASK, base=RunJob)
def ask_slice(run_id: str) -> None:
    """Ask some requests of a run."""
    slices.ask_slice(engine(), run_id)


@app.task(name=ADVANCE, base=RunJob)
def advance_run(run_id: str) -> None:
    """Take a run as far as its stored answers go."""
    advance.advance_run(engine(), run_id)


@app.task(name=TICK)
def tick() -> None:
    """Set going what was lost, and what is due."""
    ticks.tick(engine(), engine().now())
