"""The broker: where nudges between machines go, and how Celery is set up on both of its ends.

One rule: a message is a nudge with an id. It may be lost, late or delivered twice; the database decides what is done.
"""

import logging
from dataclasses import dataclass

from celery import Celery
from kombu.exceptions import OperationalError

from elicit.running.engine import SLICE_S
from elicit.running.ticks import TICK_S
from elicit.settings import is_redis

LLM, CPU = "llm", "cpu"  # queues: waiting for models, and arithmetic
ASK, ADVANCE, TICK = "elicit.ask_slice", "elicit.advance_run", "elicit.tick"
LONGEST_CALL_S = 3600  # what a plan may allow for a call that a slice has under way when its time is over
LONGEST_JOB_S = int(SLICE_S) + LONGEST_CALL_S
NUDGE_LASTS_S = 600  # the tick nudges anew: where workers are few, old nudges must not pile up
PUBLISH = {"max_retries": 2, "interval_start": 0.0, "interval_step": 0.2, "interval_max": 0.5}
log = logging.getLogger(__name__)


def celery_app(broker_url: str) -> Celery:
    """Celery for a broker at a `redis://...` or `amqp://...` address."""
    app = Celery("elicit", broker=broker_url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        result_backend=None,
        task_ignore_result=True,
        # A job that is delivered again does what is left to do, which is mostly nothing.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=1000,  # whatever leaks is given back
        worker_send_task_events=False,
        task_soft_time_limit=LONGEST_JOB_S,
        task_time_limit=LONGEST_JOB_S + 60,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=transport_options(broker_url),
        task_publish_retry_policy=PUBLISH,
        task_routes={ASK: {"queue": LLM}, ADVANCE: {"queue": CPU}, TICK: {"queue": CPU}},
        task_default_queue=CPU,
        beat_scheduler="celery.beat:Scheduler",  # what is due stands in the database; beat needs no file
        beat_schedule={"tick": {"task": TICK, "schedule": TICK_S, "options": {"expires": TICK_S}}},
    )
    return app


def transport_options(broker_url: str) -> dict[str, object]:
    """What Redis is told: a job is delivered again after longer than any may take, and a dead connection is noticed."""
    if not is_redis(broker_url):
        return {}
    return {"visibility_timeout": LONGEST_JOB_S + 120, "socket_keepalive": True, "health_check_interval": 25}


@dataclass(frozen=True)
class CeleryDispatcher:
    """Nudges for workers anywhere. A broker that is away costs seconds: the tick nudges again."""

    app: Celery

    def nudge_ask(self, run_id: str) -> None:
        """Requests of this run wait to be asked."""
        self._send(ASK, run_id)

    def nudge_advance(self, run_id: str) -> None:
        """This run may have all the answers it waited for."""
        self._send(ADVANCE, run_id)

    def _send(self, job: str, run_id: str) -> None:
        try:
            self.app.send_task(job, args=[run_id], expires=NUDGE_LASTS_S)
        except OperationalError as error:
            log.warning("run %s: no nudge could be sent (%s)", run_id, type(error).__name__)
