"""How many requests and tokens a minute a provider takes, and until when it wants to be left alone.

One rule: a turn is booked before it is waited for, so that nobody else gets it. `LocalPace` is for one process; workers
of several share a pace when what stands behind the protocol does.
"""

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from elicit.services.plan import Limits


class Pace(Protocol):
    """The pace of calls to one provider. All waiting is in seconds."""

    async def book(self, tokens: float) -> float:
        """Book a turn for a call of about so many tokens; how long to wait for it."""

    async def rest_s(self) -> float:
        """How long the provider still wants to be left alone; 0 if it does not."""

    async def pause(self, seconds: float) -> None:
        """The provider asks to be left alone for so long."""

    async def correct(self, tokens: float) -> None:
        """A call took so many tokens more (or, below 0, less) than were booked."""


class LocalPace:
    """A pace kept in this process.

    >>> import asyncio
    >>> pace = LocalPace(Limits(requests_per_minute=60), now=lambda: 100.0)
    >>> [asyncio.run(pace.book(10)) for _ in range(3)]
    [0.0, 1.0, 2.0]
    """

    def __init__(self, limits: Limits, now: Callable[[], float] = monotonic) -> None:
        self._s_per_request = 60 / limits.requests_per_minute if limits.requests_per_minute else 0.0
        self._s_per_token = 60 / limits.tokens_per_minute if limits.tokens_per_minute else 0.0
        self._now = now
        self._next_request = self._next_tokens = self._paused_until = 0.0

    async def book(self, tokens: float) -> float:
        """The next free turn, after a pause the provider asked for."""
        now = self._now()
        turn = max(now, self._next_request, self._next_tokens, self._paused_until)
        self._next_request = max(now, self._next_request) + self._s_per_request
        self._next_tokens = max(now, self._next_tokens) + self._s_per_token * tokens
        return turn - now

    async def rest_s(self) -> float:
        """Until the pause is over."""
        return max(0.0, self._paused_until - self._now())

    async def pause(self, seconds: float) -> None:
        """The longest pause that was asked for counts."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    async def correct(self, tokens: float) -> None:
        """Later calls wait for the difference."""
        self._next_tokens += self._s_per_token * tokens
