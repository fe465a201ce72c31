"""The sweeper: finds what was lost (a worker, a nudge, a moment to wake) and sets it going again.

One rule: sweeping twice, or by two at once, changes nothing more.
"""

from datetime import datetime

from elicit.running.engine import Engine
from elicit.store.service import items, runs


def sweep(engine: Engine, now: datetime) -> None:
    """Free the requests of lost workers, wake runs whose time has come, nudge runs that nobody works on."""
    with engine.store.writing() as session:
        items.reclaim(session, now)
        runs.wake(session, now)
    with engine.store.writing() as session:
        idle = runs.idle(session, now)
    for run_id in idle.to_ask:
        engine.dispatcher.nudge_ask(run_id)
    for run_id in idle.to_advance:
        engine.dispatcher.nudge_advance(run_id)
