"""What is to be done every few seconds, by Celery's beat or by the in-process runner, and never does harm twice."""

from datetime import datetime, timedelta

from elicit.running.deliveries import deliver
from elicit.running.due import begin_due
from elicit.running.engine import Engine
from elicit.running.sweep import sweep
from elicit.store.service import idempotency, webhooks

TICK_S = 15.0
ANSWERS_KEPT = timedelta(days=2)  # a program that sends a request again does so within hours
LOG_KEPT = timedelta(days=30)  # of the messages of webhooks


def tick(engine: Engine, now: datetime) -> None:
    """Set going what was lost, begin what is due, send what webhooks are to hear, and forget what nobody asks for."""
    sweep(engine, now)
    begin_due(engine, now)
    with engine.store.writing() as session:
        idempotency.forget(session, now - ANSWERS_KEPT)
        webhooks.forget(session, now - LOG_KEPT)
    deliver(engine, now)
