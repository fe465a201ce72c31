"""Calls on their way: read ahead, waiting for a seat, in the air."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic

from elicit.calls import Completion, Failure, Request
from elicit.llm.answers import Answer
from elicit.llm.lanes import Lane
from elicit.services.asking import Stop
from elicit.services.budget import Bill, Budget


@dataclass
class Call:
    """A request on its way to an answer. `bound` is the most an attempt can cost; `cost` what all did so far.

    `tries` are the attempts that count against the retries: not those that found the provider itself away.
    """

    request: Request
    lane: Lane
    bound: float | None
    attempts: int = 0
    tries: int = 0
    cost: float | None = 0.0
    price_source: str | None = None
    latency_s: float = 0.0
    not_before: float = 0.0
    left_at: float = 0.0

    def pay(self, cost: float | None) -> None:
        """Add what an attempt cost."""
        self.cost = None if self.cost is None or cost is None else self.cost + cost

    def answered(self, answer: Answer) -> Completion:
        """Its completion."""
        return Completion(
            key=self.request.key,
            text=answer.text,
            failure=answer.failure,
            tokens_in=answer.tokens_in or 0,
            tokens_out=answer.tokens_out or 0,
            cost=self.cost,
            price_source=self.price_source,
            latency_s=self.latency_s,
            logprobs=answer.logprobs,
            model_version=answer.version,
            attempts=self.attempts,
        )

    def failed(self, failure: Failure) -> Completion:
        """Its completion without an answer."""
        source, latency_s = self.price_source, self.latency_s
        return Completion(self.request.key, None, failure, 0, 0, self.cost, source, latency_s, attempts=self.attempts)


class Flight:
    """The calls of one `complete`, at most `room` at a time."""

    def __init__(self, calls: Iterator[Call], room: int) -> None:
        self.in_air = 0
        self.stop: Stop = "done"
        self.bills: list[Bill] = []  # of calls that are over, not yet entered
        self._calls = calls
        self._room = room
        self._waiting: list[Call] = []
        self._wake_at: float | None = None

    @property
    def over(self) -> bool:
        """Whether nothing is left to go or to come back."""
        return not self._waiting and not self.in_air

    def ready(self) -> list[Call]:
        """The calls that may go now, taken from those that wait; calls to a provider that is down are given up."""
        self._waiting = list(self._wanted(self._waiting))
        self._waiting += islice(self._wanted(self._calls), max(0, self._room - len(self._waiting) - self.in_air))
        room: dict[Lane, int] = {}
        now, go, stay, wake_at = monotonic(), [], [], []
        for call in self._waiting:
            if room.setdefault(call.lane, call.lane.room()) > 0 and call.not_before <= now:
                room[call.lane] -= 1
                go.append(call)
            else:
                stay.append(call)
                wake_at.append(max(call.not_before, now + call.lane.wait_s()))
        self._waiting = stay
        self._wake_at = min((at for at in wake_at if at > now), default=None)
        return go

    def settle_and_take(self, budget: Budget, ready: Sequence[Call]) -> int:
        """Enter what came back, and take off as many of the calls that are ready as fit; the others wait again."""
        if not self.bills and not ready:
            return 0
        granted = budget.settle_and_take(self.bills, [call.bound for call in ready])
        self.bills = []
        self.in_air += granted
        self._waiting[:0] = ready[granted:]
        return granted

    def again(self, call: Call) -> None:
        """A call waits for another attempt, behind the others: it may be the one that its provider fails at."""
        self._waiting.append(call)

    def wait_s(self) -> float | None:
        """How long until a call that waits may go, `None` where only one that lands makes room."""
        return None if self._wake_at is None else max(0.0, self._wake_at - monotonic())

    def _wanted(self, calls: Iterable[Call]) -> Iterator[Call]:
        """The calls whose provider was not given up."""
        for call in calls:
            if call.lane.down is None:
                yield call
            else:
                self.stop = "provider down"
