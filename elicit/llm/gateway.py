"""Calls to language models through litellm: bounded, retried, paid within the budget, and never twice.

One rule: litellm is told everything and left to decide nothing: key, address, timeout, no retries of its own, no cache,
no dropped parameters. It is imported at the first call, because that takes seconds.

One event loop in one thread makes the calls; the caller's thread hands out requests and takes answers.
"""

import asyncio
import logging
import os
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import cached_property, partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from elicit.calls import Completion, Request
from elicit.errors import ElicitError, InvalidInput
from elicit.llm.answers import Answer, Trouble, answer_of_chat, answer_of_text, trouble_of
from elicit.llm.keys import Keys
from elicit.llm.lanes import COOL_DOWN_S, Lane
from elicit.llm.prices import Tariff, bound_cost, bound_tokens_in, bound_tokens_out, tariff
from elicit.services.asking import Stop
from elicit.services.budget import Budget
from elicit.services.plan import Limits, Price

OURS = {"api_key", "api_base", "base_url", "model", "messages", "prompt", "stream", "n", "timeout", "max_retries"} | {
    "num_retries",
    "drop_params",
    "caching",
    "mock_response",
    "fallbacks",
}
LONGEST_CALL_S = 3600.0  # of the session; each call has its own, shorter limit
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 60.0
LOOK_AHEAD = 4  # requests handed to the loop for each seat, so that several providers are busy at once
EXPECTED_BYTES_PER_TOKEN = 3  # for the tokens-per-minute limit, corrected when the answer tells
Unanswered: TypeAlias = Literal["budget", "provider down", "interrupted"]
Arrival: TypeAlias = tuple[Request, "Future[Completion | Unanswered]"]


class Gateway:
    """Calls models. Open one in a `with` statement; it works inside a running event loop too.

    `key_names` are the environment variables of keys by (model, api_base), where the plan names them. `troubles` counts
    what went wrong, in words free of keys.
    """

    def __init__(
        self,
        *,
        keys: Keys,
        limits: Limits,
        prices: Mapping[str, Price],
        key_names: Mapping[tuple[str, str | None], str],
        first_backoff_s: float = FIRST_BACKOFF_S,
        cool_down_s: float = COOL_DOWN_S,
    ) -> None:
        self.troubles: Counter[str] = Counter()
        self._keys, self._limits, self._prices, self._key_names = keys, limits, prices, key_names
        self._first_backoff_s, self._cool_down_s = first_backoff_s, cool_down_s
        self._lanes: dict[str, Lane] = {}
        self._tariffs: dict[str, Tariff | None] = {}
        self._budget_lock = Lock()
        self._jitter = random.SystemRandom()
        self._interrupted = False
        self._arrived: SimpleQueue[Arrival | None] = SimpleQueue()
        self._loop = asyncio.new_event_loop()
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

    def given_up(self) -> dict[str, str]:
        """Why providers were given up, by provider."""
        return {name: why for name, lane in self._lanes.items() if (why := lane.down())}

    def bound(self, request: Request) -> float | None:
        """The most one attempt at a request can cost in US dollars, `None` where that is unknown."""
        return bound_cost(request, self._tariff(request.model))

    def has_price(self, model: str) -> bool:
        """Whether the price of a model is known."""
        return self._tariff(model) is not None

    def complete(
        self,
        requests: Iterable[Request],
        *,
        budget: Budget,
        on_done: Callable[[Sequence[tuple[Request, Completion]]], None],
    ) -> Stop:
        """Ask all requests, each at most once, and hand answers on in small batches as they come.

        `requests` is read as far ahead as needed to keep the providers busy. Whatever `on_done` was not given was not
        answered: the reason is what is returned.
        """
        flight = Flight(iter(requests), LOOK_AHEAD * self._limits.concurrency)
        try:
            while self._launch(flight, budget) or flight.in_air:
                self._land(flight, on_done)
        finally:
            self._interrupted |= flight.in_air > 0  # something raised: no more is asked, what is paid for is kept
            while flight.in_air:
                self._land(flight, on_done)
        return flight.stop

    def _launch(self, flight: "Flight", budget: Budget) -> bool:
        """Send off as many requests as have room and budget; false when none could go."""
        launched = False
        while flight.has_room and (request := flight.next_request()):
            if self._interrupted:
                flight.stop = "interrupted"
                break
            self._check(request)
            lane = self._lane(request)
            if lane.down():
                flight.stop = "provider down"
                continue
            bound = self.bound(request)
            with self._budget_lock:
                granted = budget.take(bound)
            if not granted:
                flight.put_back(request)
                break
            flight.in_air += 1
            launched = True
            call = asyncio.run_coroutine_threadsafe(self._carry(request, lane, bound, budget), self._loop)
            call.add_done_callback(partial(self._arrive, request))
        if flight.waiting and not flight.in_air and flight.stop in ("done", "provider down"):
            flight.stop = "budget"
        return launched

    def _arrive(self, request: Request, call: "Future[Completion | Unanswered]") -> None:
        """A call is over, also one that was cancelled before it began."""
        self._arrived.put((request, call))

    def _land(self, flight: "Flight", on_done: Callable[[Sequence[tuple[Request, Completion]]], None]) -> None:
        """Wait for an answer, take all that have come, and hand them on."""
        answers = []
        for landed in self._arrivals():
            if landed is None:
                flight.stop = "interrupted"
                continue
            flight.in_air -= 1
            request, call = landed
            outcome = "interrupted" if call.cancelled() else call.result()
            if isinstance(outcome, Completion):
                answers.append((request, outcome))
            else:
                flight.stop = outcome if flight.stop in ("done", "provider down") else flight.stop
        if answers:
            on_done(answers)

    def _arrivals(self) -> Iterator[Arrival | None]:
        """Whatever has arrived, at least one."""
        yield self._arrived.get()
        try:
            while True:
                yield self._arrived.get_nowait()
        except Empty:
            return

    @cached_property
    def _llm(self) -> Any:
        """Imported at the first call that is not stored: a run that finds everything does not wait for it."""
        llm = imported_litellm()
        llm.aclient_session = asyncio.run_coroutine_threadsafe(new_session(), self._loop).result()
        return llm

    def _check(self, request: Request) -> None:
        """Raise `InvalidInput` where a request sets what only the gateway may set, or has no key."""
        if taken := OURS & dict(request.params).keys():
            raise InvalidInput(f"params of model {request.model!r} must not set {', '.join(sorted(taken))}")
        self._key(request)

    def _key(self, request: Request) -> str:
        endpoint = request.model, request.api_base
        return self._keys.of(*endpoint, self._key_names.get(endpoint))

    def _tariff(self, model: str) -> Tariff | None:
        if model not in self._tariffs:
            self._tariffs[model] = tariff(model, self._prices, self._llm.model_cost)
        return self._tariffs[model]

    def _lane(self, request: Request) -> Lane:
        name = request.api_base or (request.model.partition("/")[0] if "/" in request.model else "openai")
        if name not in self._lanes:
            self._lanes[name] = Lane(self._limits, self._cool_down_s)
        return self._lanes[name]

    # From here on everything runs in the loop's thread.

    async def _carry(
        self, request: Request, lane: Lane, bound: float | None, budget: Budget
    ) -> Completion | Unanswered:
        """One request from seat to answer."""
        async with lane.seats:
            return await self._attempts(request, lane, bound, budget)

    async def _attempts(
        self, request: Request, lane: Lane, bound: float | None, budget: Budget
    ) -> Completion | Unanswered:
        """Attempts until there is an answer, or none to be had; the first was set aside for by the caller."""
        spent, attempt = 0.0, 0
        estimate = bound_tokens_in(request) / EXPECTED_BYTES_PER_TOKEN + (bound_tokens_out(request, 0) or 0)
        while True:
            await lane.turn(estimate)
            if lane.down() or self._interrupted:
                with self._budget_lock:
                    budget.give_back(bound)
                return "provider down" if lane.down() else "interrupted"
            attempt += 1
            started = monotonic()
            outcome = await self._attempt(request)
            latency_s = monotonic() - started
            cost, source = self._price(request, outcome, bound)
            with self._budget_lock:
                budget.settle(bound, cost)
            spent += cost or 0.0
            if isinstance(outcome, Answer):
                lane.succeeded()
                lane.used(estimate, (outcome.tokens_in or 0) + (outcome.tokens_out or 0))
                return completion(request, outcome, None if cost is None else spent, source, latency_s, attempt)
            self._note(request, outcome, lane)
            if lane.down():
                return "provider down"
            if not outcome.again or attempt > self._limits.retries:
                paid = None if cost is None else spent
                return Completion(request.key, None, outcome.failure, 0, 0, paid, source, latency_s, attempts=attempt)
            await asyncio.sleep(self._backoff_s(attempt, outcome))
            with self._budget_lock:
                if not budget.take(bound):
                    return "budget"

    async def _attempt(self, request: Request) -> Answer | Trouble:
        """One call, with a hard limit on its time."""
        timeout_s = self._limits.timeout_s
        call: dict[str, Any] = {
            **dict(request.params),
            "model": request.model,
            "api_base": request.api_base,
            "api_key": self._key(request),
            "timeout": timeout_s,
            "max_retries": 0,
            "num_retries": 0,
        }
        try:
            async with asyncio.timeout(timeout_s):
                if request.prompt is not None:
                    return answer_of_text(await self._llm.atext_completion(prompt=request.prompt, **call))
                turns = [{"role": turn.role, "content": content_of(turn.content)} for turn in request.messages]
                return answer_of_chat(await self._llm.acompletion(messages=turns, **call))
        except (self._llm.exceptions.openai.OpenAIError, *ODD_ERRORS) as error:
            return trouble_of(error, timeout_s)

    def _price(
        self, request: Request, outcome: Answer | Trouble, bound: float | None
    ) -> tuple[float | None, str | None]:
        """What an attempt cost, and by whose price; the most it can have cost where that is not told."""
        price = self._tariff(request.model)
        if price is None:
            return None, None
        if isinstance(outcome, Trouble):
            return (bound if outcome.billed else 0.0), price.source
        if outcome.tokens_in is None or outcome.tokens_out is None:
            return bound, f"{price.source}, upper bound"
        return price.cost(outcome.tokens_in, outcome.tokens_out), price.source

    def _note(self, request: Request, trouble: Trouble, lane: Lane) -> None:
        """Count what went wrong, and let the lane know."""
        why = self._keys.scrub(f"{request.model}: {trouble.detail}")
        self.troubles[why] += 1
        if trouble.fatal:
            lane.give_up(why)
        elif trouble.wait_s is not None:
            lane.pause(trouble.wait_s)
        elif trouble.again and not trouble.busy:
            lane.failed(why)

    def _backoff_s(self, attempt: int, trouble: Trouble) -> float:
        """Longer after each attempt, with jitter; a provider's own word is obeyed by the lane."""
        if trouble.wait_s is not None:
            return self._jitter.uniform(0, self._first_backoff_s)
        longest: float = min(LONGEST_BACKOFF_S, self._first_backoff_s * 2.0 ** (attempt - 1))
        return self._jitter.uniform(longest / 2, longest)

    async def _cancel_calls(self) -> None:
        calls = asyncio.all_tasks() - {asyncio.current_task()}
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _shut_down(self) -> None:
        await self._cancel_calls()
        if "_llm" in self.__dict__:
            await self._llm.close_litellm_async_clients()
            self._llm.in_memory_llm_clients_cache.flush_cache()
            await self._llm.aclient_session.aclose()
            self._llm.aclient_session = None


class Flight:
    """The requests of one `complete`: those still to go, and how many are in the air."""

    def __init__(self, requests: Iterator[Request], room: int) -> None:
        self.in_air = 0
        self.stop: Stop = "done"
        self.waiting: Request | None = None
        self._requests = requests
        self._room = room

    @property
    def has_room(self) -> bool:
        """Whether one more may go: when one provider is down, others go on."""
        return self.stop in ("done", "provider down") and self.in_air < self._room

    def next_request(self) -> Request | None:
        """The next request, one that was put back before others."""
        request, self.waiting = self.waiting or next(self._requests, None), None
        return request

    def put_back(self, request: Request) -> None:
        """Keep a request that could not go."""
        self.waiting = request


# What litellm lets through where an answer has not the shape it expects.
ODD_ERRORS = (TimeoutError, OSError, ValueError, TypeError, LookupError, AttributeError)


def content_of(content: str | tuple[dict[str, Any], ...]) -> str | list[dict[str, Any]]:
    """A message's content as the wire wants it."""
    return content if isinstance(content, str) else list(content)


def completion(
    request: Request, answer: Answer, cost: float | None, source: str | None, latency_s: float, attempts: int
) -> Completion:
    """An answer under its request's key."""
    return Completion(
        key=request.key,
        text=answer.text,
        failure=answer.failure,
        tokens_in=answer.tokens_in or 0,
        tokens_out=answer.tokens_out or 0,
        cost=cost,
        price_source=source,
        latency_s=latency_s,
        logprobs=answer.logprobs,
        model_version=answer.version,
        attempts=attempts,
    )


async def new_session() -> Any:
    """One session for all calls: litellm's own open a connection for each text completion, and never close it."""
    import httpx

    return httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=LONGEST_CALL_S)


def imported_litellm() -> Any:
    """litellm, kept from the network at its import and from talking."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import litellm

            litellm.Message(content="")  # its first message warns, and where warnings are errors the call would fail
    except ImportError as error:
        raise ElicitError("calling models needs the package litellm: pip install 'elicit[llm]'") from error
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = False
    litellm.cache = None
    litellm.disable_aiohttp_transport = True  # its sessions outlive the loop they were made in
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    return litellm
