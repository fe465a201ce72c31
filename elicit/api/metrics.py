"""What Prometheus reads: how fast answers are, and what runs and waits.

One rule: what the database knows is read from it when it is asked for, so that the numbers are of the whole service and
not of this process.
"""

from collections.abc import Iterator
from time import monotonic

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from elicit.schemas import RUN_STATES
from elicit.store.service import totals
from elicit.wiring import Parts

ITEM_STATES = ("ready", "leased", "failed", "parked")
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PAID_LASTS_S = 30  # to add up all answers takes a while when there are millions


class Metrics:
    """The metrics of one server."""

    def __init__(self, parts: Parts) -> None:
        self._registry = CollectorRegistry()
        self.latency = Histogram(
            "elicit_http_request_seconds",
            "Seconds until the answer begins.",
            ["method", "route", "status"],
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(Stored(parts))

    def text(self) -> bytes:
        """All metrics as Prometheus reads them. Raises `StoreError` where the database does not answer."""
        return generate_latest(self._registry)


class Stored(Collector):
    """What the database knows of the service."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._paid = totals.Paid(0, 0.0)
        self._paid_until = 0.0

    def describe(self) -> list[Metric]:
        """Nothing beforehand: to register needs no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        with self._parts.store.reading() as session:
            waiting = totals.waiting(session)
            if monotonic() >= self._paid_until:
                self._paid, self._paid_until = totals.paid(session), monotonic() + PAID_LASTS_S
        yield by_state("elicit_runs", "Runs by state.", RUN_STATES, waiting.runs)
        yield by_state("elicit_work_items", "Requests to models that runs wait for.", ITEM_STATES, waiting.items)
        now = self._parts.now()
        oldest = (now - waiting.oldest).total_seconds() if waiting.oldest else 0.0
        yield GaugeMetricFamily(
            "elicit_oldest_runnable_item_seconds",
            "Age of the oldest run with requests that wait for a worker, 0 for none.",
            value=oldest,
        )
        yield CounterMetricFamily("elicit_llm_calls", "Calls to models that were paid for.", value=self._paid.calls)
        yield CounterMetricFamily("elicit_llm_cost_usd", "What they cost, where it is known.", value=self._paid.cost)


def by_state(name: str, what: str, states: tuple[str, ...], counts: dict[str, int]) -> Metric:
    """A gauge with a number for each state, 0 where there is none."""
    family = GaugeMetricFamily(name, what, labels=["state"])
    for state in states:
        family.add_metric([state], counts.get(state, 0))
    return family
