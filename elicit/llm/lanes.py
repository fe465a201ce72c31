"""One lane for each provider: how many calls at once, how many a minute, and when to leave it alone.

One rule: waiting happens here and nowhere else. All of a lane is used from the gateway's event loop only.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

from elicit.services.plan import Limits

COOL_DOWN_S = 20.0
FEWEST_FAILURES = 10  # in a row, before a provider is left alone for a while
TRIPS = 3  # in a row, before a provider is given up for this run
LONGEST_WAIT_S = 600.0  # a provider that asks for more has a daily quota: the run stops and can be resumed


class Lane:
    """The way to one provider."""

    def __init__(self, limits: Limits, cool_down_s: float = COOL_DOWN_S, now: Callable[[], float] = monotonic) -> None:
        self.seats = asyncio.Semaphore(limits.concurrency)
        self._down: str | None = None
        self._limits = limits
        self._cool_down_s = cool_down_s
        self._now = now
        self._next_call = 0.0
        self._next_tokens = 0.0
        self._closed_until = 0.0
        self._failures = 0
        self._trips = 0

    def down(self) -> str | None:
        """Why the provider was given up, `None` while it works."""
        return self._down

    def give_up(self, why: str) -> None:
        """No call to this provider will do better in this run."""
        self._down = why

    async def turn(self, tokens: float) -> None:
        """Wait until one more call of about so many tokens keeps within the limits and the provider may be asked."""
        now = self._now()
        start = max(now, self._next_call, self._next_tokens)
        if self._limits.requests_per_minute:
            self._next_call = max(now, self._next_call) + 60 / self._limits.requests_per_minute
        if self._limits.tokens_per_minute:
            self._next_tokens = max(now, self._next_tokens) + 60 * tokens / self._limits.tokens_per_minute
        await asyncio.sleep(max(0.0, start - now))
        while (rest := self._closed_until - self._now()) > 0 and self._down is None:
            await asyncio.sleep(rest)

    def used(self, estimated: float, actual: float) -> None:
        """A call took `actual` tokens where `estimated` were counted."""
        if self._limits.tokens_per_minute:
            self._next_tokens += 60 * (actual - estimated) / self._limits.tokens_per_minute

    def succeeded(self) -> None:
        """The provider works."""
        self._failures = self._trips = 0

    def pause(self, seconds: float) -> None:
        """The provider asks to be left alone for so long."""
        if seconds > LONGEST_WAIT_S:
            self._down = f"it asks to wait {seconds:.0f} s"
        self._closed_until = max(self._closed_until, self._now() + seconds)

    def failed(self, why: str) -> None:
        """The circuit breaker: many failures in a row close the lane for a while, then for good."""
        self._failures += 1
        if self._failures < max(FEWEST_FAILURES, 2 * self._limits.concurrency):
            return
        self._failures = 0
        self._trips += 1
        if self._trips >= TRIPS:
            self._down = why
        else:
            self.pause(self._cool_down_s)
