"""Calls to language models: bounded, retried, paid within the budget, and never twice.

One rule: what a call can cost is set aside before it leaves, and what came back is stored before the next one does.

One event loop in one thread makes the calls; the caller's thread hands out requests, keeps the books and takes answers.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Self, TypeAlias

from elicit.calls import Completion, Request
from elicit.errors import InvalidInput
from elicit.llm.answers import Answer, Trouble
from elicit.llm.calling import OURS, Caller
from elicit.llm.flight import Call, Flight
from elicit.llm.keys import Keys
from elicit.llm.lanes import COOL_DOWN_S, LONGEST_WAIT_S, Lane
from elicit.llm.pacing import LocalPace, Pace
from elicit.llm.prices import Tariff, bound_cost, bound_tokens_in, bound_tokens_out, tariff
from elicit.services.asking import Stop
from elicit.services.budget import Bill, Budget
from elicit.services.plan import Limits, Price

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
LOOK_AHEAD = 4  # requests at hand for each seat, so that several providers are busy at once
EXPECTED_BYTES_PER_TOKEN = 3  # for the tokens-per-minute limit, corrected when the answer tells
GATHER_S = 0.02  # for answers to be stored together, which in bursts saves a fifth of the processor's time
LOOK_UP_S = 0.2  # a call that waits for its turn notices so often that it is not wanted any more
OnDone: TypeAlias = Callable[[Sequence[tuple[Request, Completion]]], None]


@dataclass(frozen=True)
class Landing:
    """An attempt that is over, or was not made (`outcome` is `None`)."""

    outcome: Answer | Trouble | None
    latency_s: float = 0.0


Arrival: TypeAlias = tuple[Call, "Future[Landing]"]


class Gateway:
    """Calls models. Open one in a `with` statement; it works inside a running event loop too.

    `key_names` are the environment variables of keys by (model, api_base), where the plan names them; `pace_of` gives
    the pace of a provider by its name, by default one for this process. For each seat `look_ahead` requests are at
    hand. A provider that is down is waited for, or, unless it `waits`, given up at once. `troubles` counts what went
    wrong, in words free of keys, and `on_trouble` is told each time. One `complete` runs at a time.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        limits: Limits,
        prices: Mapping[str, Price],
        key_names: Mapping[tuple[str, str | None], str],
        pace_of: Callable[[str], Pace] | None = None,
        look_ahead: int = LOOK_AHEAD,
        waits: bool = True,
        first_backoff_s: float = FIRST_BACKOFF_S,
        cool_down_s: float = COOL_DOWN_S,
    ) -> None:
        self.troubles: Counter[str] = Counter()
        self.on_trouble: Callable[[str], None] = lambda why: None
        self._keys, self._limits, self._prices, self._key_names = keys, limits, prices, key_names
        self._pace_of = pace_of or (lambda name: LocalPace(limits))
        self._look_ahead, self._waits = look_ahead, waits
        self._first_backoff_s, self._cool_down_s = first_backoff_s, cool_down_s
        self._lanes: dict[str, Lane] = {}
        self._tariffs: dict[str, Tariff | None] = {}
        self._jitter = random.SystemRandom()
        self._interrupted = False
        self._arrived: SimpleQueue[Arrival | None] = SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._caller = Caller(self._loop)
        self._thread = Thread(target=self._loop.run_forever, name="elicit-llm", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the calls in flight and all connections."""
        asyncio.run_coroutine_threadsafe(self._shut_down(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def interrupt(self) -> None:
        """Ask for no more calls; `complete` returns when those in flight are answered. For signal handlers."""
        self._interrupted = True
        self._arrived.put(None)

    @property
    def interrupted(self) -> bool:
        """Whether it was asked for no more calls."""
        return self._interrupted

    def bound(self, request: Request) -> float | None:
        """The most one attempt at a request can cost in US dollars, `None` where that is unknown."""
        return bound_cost(request, self._tariff(request.model))

    def has_price(self, model: str) -> bool:
        """Whether the price of a model is known."""
        return self._tariff(model) is not None

    def given_up(self) -> dict[str, str]:
        """Why providers were given up, by provider."""
        return {name: lane.down for name, lane in self._lanes.items() if lane.down is not None}

    def complete(self, requests: Iterable[Request], *, budget: Budget, on_done: OnDone) -> Stop:
        """Ask all requests, each at most once, and hand answers on in small batches as they come.

        `requests` is read as far ahead as needed to keep the providers busy. Whatever `on_done` was not given was not
        answered: the reason is what is returned.
        """
        flight = Flight(map(self._call, requests), self._look_ahead * self._limits.concurrency)
        try:
            while self._launch(flight, budget):
                self._land(flight, on_done)
        except KeyboardInterrupt:
            flight.in_air = 0  # told twice: what is in flight is dropped
            raise
        finally:
            self._interrupted |= flight.in_air > 0  # something raised: no more is asked, what is paid for is kept
            while flight.in_air:
                self._land(flight, on_done)
            flight.settle_and_take(budget, [])
        return flight.stop

    def _launch(self, flight: Flight, budget: Budget) -> bool:
        """Send off the calls that have a seat and fit the budget; false when there is nothing to wait for."""
        if self._interrupted:
            flight.stop = "interrupted"
        ready = [] if self._interrupted else flight.ready()
        granted = flight.settle_and_take(budget, ready)
        for call in ready[:granted]:
            self._send(call)
        if granted < len(ready) and not flight.in_air:  # what is in the air may cost less than was set aside
            flight.stop = "budget"
        return flight.in_air > 0 or (flight.stop in ("done", "provider down") and not flight.over)

    def _send(self, call: Call) -> None:
        """Hand a call to the loop; it arrives also if it is cancelled before it began."""
        call.lane.leave()
        call.left_at = monotonic()
        landing = asyncio.run_coroutine_threadsafe(self._carry(call), self._loop)
        landing.add_done_callback(lambda landing: self._arrived.put((call, landing)))

    def _land(self, flight: Flight, on_done: OnDone) -> None:
        """Take what has come back, waiting for something to do, and hand answers on."""
        answers = []
        try:
            for call, future in self._arrivals(flight.wait_s(), alone=flight.in_air == 1):
                flight.in_air -= 1
                call.lane.back()
                landing = Landing(None) if future.cancelled() else future.result()
                flight.bills.append(self._bill(call, landing))
                if completion := self._completion(call, landing, flight):
                    answers.append((call.request, completion))
        finally:
            if answers:
                on_done(answers)

    def _arrivals(self, wait_s: float | None, *, alone: bool) -> Iterator[Arrival]:
        """Whatever has arrived; waits for at least one, or for so long, or until there is an interruption.

        One that does not come alone is given time for others to join it: they are stored, and followed, together.
        """
        try:
            arrival = self._arrived.get(timeout=wait_s)
            if not alone:
                sleep(GATHER_S)
            while True:
                if arrival is not None:
                    yield arrival
                arrival = self._arrived.get_nowait()
        except Empty:
            return

    def _bill(self, call: Call, landing: Landing) -> Bill:
        """What an attempt cost, added to its call; the most it can have cost where that is not told."""
        outcome, price = landing.outcome, self._tariff(call.request.model)
        if outcome is None:
            return Bill(call.bound, made=False)
        cost, call.price_source = priced(outcome, price, call.bound)
        call.attempts += 1
        call.latency_s = landing.latency_s
        call.pay(cost)
        return Bill(call.bound, cost)

    def _completion(self, call: Call, landing: Landing, flight: Flight) -> Completion | None:
        """What came of a call; `None` where it is asked again, or not answered."""
        outcome = landing.outcome
        if isinstance(outcome, Answer):
            call.lane.succeeded()
            return call.answered(outcome)
        if outcome is not None:
            self._note(call, outcome)
            call.tries += outcome.busy or not call.lane.away(call.left_at, unreached=outcome.unreached)
            if call.lane.down is None and (not outcome.again or call.tries > self._limits.retries):
                return call.failed(outcome.failure)
            call.not_before = monotonic() + self._backoff_s(call.tries, outcome)
        flight.again(call)
        return None

    def _note(self, call: Call, trouble: Trouble) -> None:
        """Count what went wrong, and let the lane know."""
        why = self._keys.scrub(f"{call.request.model}: {trouble.detail}")
        self.troubles[why] += 1
        self.on_trouble(why)
        if trouble.fatal or (trouble.wait_s or 0) > LONGEST_WAIT_S:
            call.lane.give_up(why)
        elif trouble.busy:
            call.lane.crowded(call.left_at)
        elif trouble.again:
            call.lane.failed(why)
        else:
            call.lane.succeeded()  # the provider answered, if not as hoped

    def _backoff_s(self, tries: int, trouble: Trouble) -> float:
        """Longer after each attempt, with jitter; a provider's own word is obeyed by its pace."""
        if trouble.wait_s is not None:
            return self._jitter.uniform(0, self._first_backoff_s)
        longest: float = min(LONGEST_BACKOFF_S, self._first_backoff_s * 2.0 ** max(0, tries - 1))
        return self._jitter.uniform(longest / 2, longest)

    def _call(self, request: Request) -> Call:
        """A request, checked, with its lane and its bound; raises `InvalidInput` where it cannot be asked."""
        if taken := OURS & dict(request.params).keys():
            raise InvalidInput(f"params of model {request.model!r} must not set {', '.join(sorted(taken))}")
        self._key(request)
        return Call(request, self._lane(request), self.bound(request))

    def _key(self, request: Request) -> str:
        endpoint = request.model, request.api_base
        return self._keys.of(*endpoint, self._key_names.get(endpoint))

    def _tariff(self, model: str) -> Tariff | None:
        if model not in self._tariffs:
            self._tariffs[model] = tariff(model, self._prices, self._caller.llm.model_cost)
        return self._tariffs[model]

    def _lane(self, request: Request) -> Lane:
        name = request.api_base or (request.model.partition("/")[0] if "/" in request.model else "openai")
        if name not in self._lanes:
            self._lanes[name] = Lane(
                self._pace_of(name), self._limits.concurrency, self._cool_down_s, waits=self._waits
            )
        return self._lanes[name]

    # From here on everything runs in the loop's thread.

    async def _carry(self, call: Call) -> Landing:
        """One attempt, when its turn has come."""
        request, pace = call.request, call.lane.pace
        tokens = bound_tokens_in(request) / EXPECTED_BYTES_PER_TOKEN + (bound_tokens_out(request, 0) or 0)
        if not await self._turn(call, tokens):
            return Landing(None)
        started = monotonic()
        outcome = await self._caller.call(request, self._key(request), self._limits.timeout_s)
        latency_s = monotonic() - started
        if isinstance(outcome, Answer):
            await pace.correct((outcome.tokens_in or 0) + (outcome.tokens_out or 0) - tokens)
        elif outcome.wait_s is not None and outcome.wait_s <= LONGEST_WAIT_S:
            await pace.pause(outcome.wait_s)
        return Landing(outcome, latency_s)

    async def _turn(self, call: Call, tokens: float) -> bool:
        """Wait for a turn; false where the call is not wanted any more."""
        while not self._interrupted and not call.lane.closed:
            wait_s = await call.lane.pace.take(tokens)
            if wait_s <= 0:
                return True
            await asyncio.sleep(min(LOOK_UP_S, wait_s))
        return False

    async def _shut_down(self) -> None:
        calls = asyncio.all_tasks() - {asyncio.current_task()}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await self._caller.close()


def priced(outcome: Answer | Trouble, price: Tariff | None, bound: float | None) -> tuple[float | None, str | None]:
    """What an attempt cost, and by whose price."""
    if price is None:
        return None, None
    if isinstance(outcome, Trouble):
        return (bound if outcome.billed else 0.0), price.source
    if outcome.tokens_in is None or outcome.tokens_out is None:
        return bound, f"{price.source}, upper bound"
    return price.cost(outcome.tokens_in, outcome.tokens_out), price.source
