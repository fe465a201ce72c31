"""Asking models: what a run needs of the world, who is asked what, and what that took.

One rule: what is used is read back from the store. So a run that was broken off goes on where it stopped, and its
scores are a function of the stored answers alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, Protocol, TypeAlias

from elicit.calls import Completion, Request
from elicit.services.budget import Budget
from elicit.services.progress import Progress, silent

Stop: TypeAlias = Literal["done", "budget", "interrupted", "provider down", "not asked"]
Ask: TypeAlias = tuple[str, Request]  # who it is for, and what is asked

MAY_PASS = ("timed out", "failed")  # failures that a later run asks again
KEYS_AT_ONCE = 200
SCORER, REWRITER = "scorer", "rewriter"


class Gateway(Protocol):
    """What calls models."""

    def complete(
        self,
        requests: Iterable[Request],
        *,
        budget: Budget,
        on_done: Callable[[Sequence[tuple[Request, Completion]]], None],
    ) -> Stop:
        """Ask all requests and hand each answer to `on_done`; the reason where some were not answered."""


class Completions(Protocol):
    """Where answers are kept."""

    def get(self, keys: Sequence[str]) -> Mapping[str, Completion]:
        """The stored answers among these keys."""

    def put(self, answers: Sequence[tuple[Request, Completion]]) -> None:
        """Store answers; they are safe when this returns."""


@dataclass(frozen=True)
class Ports:
    """What a run needs of the world. Without a gateway nothing is asked: what is stored is scored."""

    gateway: Gateway | None
    completions: Completions
    budget: Budget
    progress: Progress = silent


@dataclass
class Spend:
    """What was asked for one agent or for the scorer, and what it took; `cost` is `None` if any price is unknown."""

    calls: int = 0
    asked_now: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    latency_s: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, completion: Completion, *, now: bool) -> None:
        """Count one answer."""
        self.calls += 1
        self.asked_now += now
        self.tokens_in += completion.tokens_in
        self.tokens_out += completion.tokens_out
        self.cost = None if self.cost is None or completion.cost is None else self.cost + completion.cost
        self.latency_s += completion.latency_s
        if completion.failure is not None:
            self.failures[completion.failure] += 1

    def document(self) -> dict[str, Any]:
        """The same as JSON values; `mean_latency_s` of the answers that came."""
        return {
            "calls": self.calls,
            "asked_now": self.asked_now,
            "from_store": self.calls - self.asked_now,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": self.cost,
            "mean_latency_s": self.latency_s / self.calls if self.calls else None,
            "failures": dict(sorted(self.failures.items())),
        }


@dataclass
class Asker:
    """Asks what is not stored yet, reads everything from the store, and counts by whom."""

    ports: Ports
    spend: dict[str, Spend] = field(default_factory=dict)
    stop: Stop = "done"
    _handed_out: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _counted: set[str] = field(default_factory=set)
    _unparsable: set[str] = field(default_factory=set)

    def ask(self, asks: Callable[[], Iterable[Ask]], stage: str, total: int) -> Iterator[Completion | None]:
        """The answers to all asks in order, `None` for one that could not be asked any more.

        `asks` is called twice, so that no more than a few requests are held at a time.
        """
        if self.ports.gateway is not None and self.stop == "done":
            missing = self._missing(asks(), stage, total)
            self.stop = self.ports.gateway.complete(missing, budget=self.ports.budget, on_done=self._keep)
            self.ports.progress(stage, total, total)
        return self._stored(asks())

    def count_unparsable(self, who: str, completion: Completion) -> None:
        """Count an answer that came and could not be read: once, like its call, however many have the same."""
        if completion.key not in self._unparsable:
            self._unparsable.add(completion.key)
            self.spend[who].failures["unparsable"] += 1

    def _keep(self, answers: Sequence[tuple[Request, Completion]]) -> None:
        """Store answers, before anything else is made of them."""
        self.ports.completions.put(answers)
        self._answered.update(request.key for request, _ in answers)

    def _missing(self, asks: Iterable[Ask], stage: str, total: int) -> Iterator[Request]:
        """The requests that have no lasting answer yet, each once."""
        done = 0
        for some in portions(asks):
            stored = self.ports.completions.get([request.key for _, request in some])
            for _, request in some:
                self.ports.progress(stage, done, total)
                done += 1
                known = stored.get(request.key)
                if request.key not in self._handed_out and (known is None or known.failure in MAY_PASS):
                    self._handed_out.add(request.key)
                    yield request

    def _stored(self, asks: Iterable[Ask]) -> Iterator[Completion | None]:
        for some in portions(asks):
            stored = self.ports.completions.get([request.key for _, request in some])
            for who, request in some:
                found = stored.get(request.key)
                if found is not None and request.key not in self._counted:  # equal requests are one call
                    self._counted.add(request.key)
                    self.spend.setdefault(who, Spend()).add(found, now=request.key in self._answered)
                if found is None and self.stop == "done":
                    self.stop = "not asked"
                yield found


def portions(asks: Iterable[Ask]) -> Iterator[list[Ask]]:
    """The asks in lists of `KEYS_AT_ONCE`."""
    rest = iter(asks)
    while some := list(islice(rest, KEYS_AT_ONCE)):
        yield some
