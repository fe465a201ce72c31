"""What is to be done every few seconds, by Celery's beat or by the in-process runner, and never does harm twice."""

from datetime import datetime, timedelta

from elicit.running.engine import Engine
from elicit.running.sweep import sweep
from elicit.store.service import idempotency

TICK_S = 15.0
ANSWERS_KEPT = timedelta(days=2)  # a program that sends a request again does so within hours


def tick(engine: Engine, now: datetime) -> None:
    """Set going what was lost, and forget what nobody asks for any more."""
    sweep(engine, now)
    with engine.store.writing() as session:
        idempotency.forget(session, now - ANSWERS_KEPT)
