"""One lane for each provider: how many calls at once, and whether it answers at all.

One rule: a lane decides and never waits. All of it is used from the thread that hands out calls; only `closed` is read
elsewhere.

Seats follow the provider: one that says "too many requests" gets half as many calls at once, and one more again after
each round of answers. A lane that only fails is closed for a while (a circuit breaker): then one call probes it, and
closes it for longer or opens it. A provider that stays away is given up for this run, which can be resumed.
"""

from collections.abc import Callable
from time import monotonic

from elicit.llm.pacing import Pace

COOL_DOWN_S = 20.0
LONGEST_COOL_DOWN = 3  # times the first: a provider that is back is noticed within a minute
GIVE_UP_AFTER = 30  # times the first: a provider that stays away for ten minutes is given up,
GIVE_UP_EARLY = 3  # and one that never answered after one
FEWEST_FAILURES = 10  # in a row, before a lane is closed
LONGEST_WAIT_S = 600.0  # a provider that asks for more has a daily quota: the run stops and can be resumed


class Lane:
    """The way to one provider, at the `pace` it wants; unless it `waits`, one that is down is given up at once."""

    def __init__(
        self,
        pace: Pace,
        concurrency: int,
        cool_down_s: float = COOL_DOWN_S,
        now: Callable[[], float] = monotonic,
        *,
        waits: bool = True,
    ) -> None:
        self.pace = pace
        self.down: str | None = None
        self._now, self._waits = now, waits
        self._most_seats = self._seats = concurrency
        self._in_flight = 0
        self._in_a_row = 0  # answers since the seats changed last
        self._cut_at = -1.0
        self._failures = 0  # since the last answer
        self._answered_at = -1.0
        self._give_up_after_s = GIVE_UP_EARLY * cool_down_s
        self._first_cool_down_s = self._cool_down_s = cool_down_s
        self._closed_at: float | None = None
        self._probe_at = 0.0
        self._probing = False

    @property
    def closed(self) -> bool:
        """Whether no call may be made but the one that probes."""
        return self.down is not None or (self._closed_at is not None and not self._probing)

    def room(self) -> int:
        """How many more calls may go now: in a closed lane one, when its time has come and nothing is under way."""
        if self.down is not None:
            return 0
        if self._closed_at is not None:
            return int(self._in_flight == 0 and self._now() >= self._probe_at)
        return max(0, self._seats - self._in_flight)

    def wait_s(self) -> float:
        """How long until a closed lane may be probed; 0 if it is open."""
        return 0.0 if self._closed_at is None else max(0.0, self._probe_at - self._now())

    def away(self, left_at: float, *, unreached: bool) -> bool:
        """Whether it was the provider's fault that a call, which left then, failed: nobody else got through either."""
        return self.closed or (unreached and self._answered_at < left_at)

    def leave(self) -> None:
        """A call goes."""
        self._in_flight += 1
        self._probing = self._closed_at is not None

    def back(self) -> None:
        """A call is back, or was not made."""
        self._in_flight -= 1

    def succeeded(self) -> None:
        """An answer: the lane is open, and after a round of them has one more seat."""
        self._failures, self._answered_at = 0, self._now()
        self._give_up_after_s = GIVE_UP_AFTER * self._first_cool_down_s
        self._closed_at, self._cool_down_s, self._probing = None, self._first_cool_down_s, False
        self._in_a_row += 1
        if self._in_a_row >= self._seats:
            self._in_a_row = 0
            self._seats = min(self._seats + 1, self._most_seats)

    def crowded(self, left_at: float) -> None:
        """Too many requests, says the answer to a call that left then: half the seats, once for all under way."""
        self._probing = False
        if left_at > self._cut_at:
            self._seats = max(1, self._seats // 2)
            self._cut_at, self._in_a_row = self._now(), 0

    def failed(self, why: str) -> None:
        """A call failed for a reason that may pass."""
        self._failures += 1
        if self._probing:
            self._close(min(2 * self._cool_down_s, LONGEST_COOL_DOWN * self._first_cool_down_s), why)
        elif self._closed_at is None and self._failures >= max(FEWEST_FAILURES, 2 * self._most_seats):
            self._close(self._first_cool_down_s, why)

    def give_up(self, why: str) -> None:
        """No call to this provider will do better in this run."""
        self.down = why

    def _close(self, cool_down_s: float, why: str) -> None:
        now = self._now()
        self._closed_at = now if self._closed_at is None else self._closed_at
        self._probing, self._cool_down_s, self._probe_at = False, cool_down_s, now + cool_down_s
        if not self._waits or now - self._closed_at >= self._give_up_after_s:
            self.give_up(why)
