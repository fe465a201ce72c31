"""What becomes of a run when the code that carries it out breaks: it must not be taken up for ever."""

import logging

from elicit.errors import StoreError
from elicit.running.advance import fail
from elicit.running.engine import Engine, patiently

log = logging.getLogger(__name__)


def broke(engine: Engine, run_id: str, error: BaseException) -> None:
    """A job ended in an error: a run whose database was away is taken up again at the next tick, any other fails."""
    log.error("run %s: a job ended in %s", run_id, type(error).__name__, exc_info=error)
    if not isinstance(error, StoreError):
        patiently(
            lambda: fail(engine, run_id, f"elicit broke on it ({type(error).__name__}): see the log of the worker")
        )
