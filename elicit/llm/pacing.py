"""How many requests and tokens a minute a provider takes, and until when it wants to be left alone.

One rule: a turn is taken when a call is about to be made, never ahead of it: a call that is given up while it waits
leaves no gap. `LocalPace` is for one process; `elicit.llm.redis_pace` is for all workers together.
"""

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from elicit.services.plan import Limits


class Pace(Protocol):
    """The pace of calls to one provider. All waiting is in seconds."""

    async def take(self, tokens: float) -> float:
        """0: a turn was taken for a call of about so many tokens; else how long until there may be one."""

    async def pause(self, seconds: float) -> None:
        """The provider asks to be left alone for so long."""

    async def correct(self, tokens: float) -> None:
        """A call took so many tokens more (or, below 0, less) than were taken."""


class LocalPace:
    """A pace kept in this process.

    >>> import asyncio
    >>> pace = LocalPace(Limits(requests_per_minute=60), now=lambda: 100.0)
    >>> [asyncio.run(pace.take(10)) for _ in range(3)]
    [0.0, 1.0, 1.0]
    """

    def __init__(self, limits: Limits, now: Callable[[], float] = monotonic) -> None:
        self._s_per_request, self._s_per_token = seconds_per(limits)
        self._now = now
        self._next_request = self._next_tokens = self._paused_until = 0.0

    async def take(self, tokens: float) -> float:
        """A turn, if there is one and the provider does not want to be left alone."""
        now = self._now()
        turn = max(self._next_request, self._next_tokens, self._paused_until)
        if turn > now:
            return turn - now
        self._next_request = now + self._s_per_request
        self._next_tokens = now + self._s_per_token * tokens
        return 0.0

    async def pause(self, seconds: float) -> None:
        """The longest pause that was asked for counts."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    async def correct(self, tokens: float) -> None:
        """Later calls wait for the difference."""
        self._next_tokens += self._s_per_token * tokens


def seconds_per(limits: Limits) -> tuple[float, float]:
    """How many seconds a request and a token take up; 0 where there is no limit."""
    return (
        60 / limits.requests_per_minute if limits.requests_per_minute else 0.0,
        60 / limits.tokens_per_minute if limits.tokens_per_minute else 0.0,
    )
