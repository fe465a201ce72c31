"""What is to be done every few seconds, by Celery's beat or by the in-process runner, and never does harm twice."""

from datetime import datetime

from elicit.running.engine import Engine
from elicit.running.sweep import sweep

TICK_S = 15.0


def tick(engine: Engine, now: datetime) -> None:
    """Set going what was lost."""
    sweep(engine, now)
