"""When a schedule is due, and what is then to be run. Pure: what time it is comes in as an argument.

One rule: a due time is a moment of the zone's clock. Of an hour that the clock skips or repeats, a cron line with fixed
hours is due once, and a line for every hour as often as the hour passes. All moments that go in and come out are UTC.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from re import IGNORECASE, search
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from croniter import croniter

from elicit.errors import InvalidInput
from elicit.services.plan import BudgetSpec

Reason: TypeAlias = Literal["missed", "overlap", "budget", "cannot start"]

MOST_CAUGHT_UP = 24  # runs that are made up for at a time, the newest of those missed
LATE = timedelta(minutes=5)  # a due time this old was not missed: the beat was only slow
CLOCK_WENT_BACK = timedelta(hours=1)  # a run that was due this far ahead of now tells of a clock that was wrong
LONGEST_LINE = 200
SHORTEST_S, LONGEST_S = 60, 366 * 24 * 3600
LONGEST_SHIFT = timedelta(hours=3)  # no zone turns its clock further back
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Timing:
    """A rhythm: by `cron` on the clock of `time_zone`, or every `every_s` seconds from `start`.

    Raises `InvalidInput` where a field is not what it should be, or the line never comes true.

    >>> berlin = Timing("30 2 * * *", None, "Europe/Berlin", datetime(2027, 1, 1, tzinfo=UTC))
    >>> [str(due) for due in berlin.first(2, after=datetime(2027, 3, 27, tzinfo=UTC))]  # on the 28th, 2:30 is skipped
    ['2027-03-27 01:30:00+00:00', '2027-03-28 01:00:00+00:00']
    """

    cron: str | None
    every_s: int | None
    time_zone: str
    start: datetime

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every_s is None):
            raise InvalidInput("a schedule must have either 'cron' or 'every_s'")
        zone_of(self.time_zone)
        if self.cron is not None:
            check_line(self.cron)
        elif self.every_s is not None and not SHORTEST_S <= self.every_s <= LONGEST_S:
            raise InvalidInput(f"every_s must be between {SHORTEST_S} and {LONGEST_S} seconds, got {self.every_s}")

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The due times after a moment, in order."""
        if self.cron is not None:
            return by_cron(self.cron, zone_of(self.time_zone), moment)
        every = timedelta(seconds=self.every_s or 0)
        passed = max((moment - self.start) // every, 0)
        return (self.start + every * number for number in count(passed + 1))

    def first(self, at_most: int, *, after: datetime) -> list[datetime]:
        """The next due times after a moment."""
        return [due for due, _ in zip(self.after(after), range(at_most), strict=False)]

    def newest(self, since: datetime, now: datetime) -> list[datetime]:
        """The last `MOST_CAUGHT_UP` due times from `since` up to and including `now`, oldest first."""
        for doubled in count():
            begin = max(since, now - timedelta(hours=1) * 2**doubled)
            due = list(takewhile(lambda moment: moment <= now, self.after(begin - timedelta.resolution)))
            if begin == since or len(due) >= MOST_CAUGHT_UP:
                return due[-MOST_CAUGHT_UP:]
        return []


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; raises `InvalidInput` where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ValueError: no path of a zone; OSError: a folder of zones
        raise InvalidInput(f"time_zone must be a name such as Europe/Berlin or UTC, got {name!r}") from None


def check_line(line: str) -> None:
    """Raise `InvalidInput` unless a cron line has five known fields and comes true some day."""
    fields = len(line.split())
    if fields != 5 or len(line) > LONGEST_LINE:
        raise InvalidInput(f"a cron line must have five fields (minute hour day month weekday), got {line[:80]!r}")
    if search(r"\b[hr]\b", line, IGNORECASE):  # croniter would draw a number
        raise InvalidInput(f"a cron line must not leave anything to chance, got {line!r}")
    try:
        croniter(line, datetime(2000, 1, 1)).get_next(datetime)
    except ValueError as error:
        raise InvalidInput(f"the cron line {line!r} cannot be read, or never comes true: {error}") from None


def by_cron(line: str, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """The due times of a cron line after a moment."""
    every_hour = line.split()[1].startswith("*")
    again: deque[datetime] = deque()  # due times in the second pass of a repeated hour, until it is their turn
    last = moment
    start = moment.astimezone(zone).replace(tzinfo=None) - LONGEST_SHIFT
    for wall in croniter(line, start).all_next(datetime):
        first, second = passes(wall, zone)
        if first > second and every_hour:
            continue  # the clock skips this hour, so it does not pass
        if first > second:
            first = second = end_of_skipped(second, first, zone)
        earlier = [again.popleft() for due in tuple(again) if due <= first]
        for due in (*earlier, first):
            if due > last:
                yield (last := due)
        if second > first and every_hour:
            again.append(second)


def passes(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the zone's clock shows this time, for the first and for the last time.

    Both are the same on most days. Of a time that is skipped, by the clock before and by the clock after: the former is
    then the later moment.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def end_of_skipped(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between these two, to the minute, at which the zone's clock is put forward."""
    shift = before.astimezone(zone).utcoffset()
    minutes = range((after - before) // MINUTE)
    return before + MINUTE * bisect_left(
        minutes, True, key=lambda minute: (before + MINUTE * minute).astimezone(zone).utcoffset() != shift
    )


# What is to be run


@dataclass(frozen=True)
class Skip:
    """Due times, from the first to the last, that get no run, and why."""

    reason: Reason
    first: datetime
    last: datetime
    detail: str = ""

    def document(self) -> dict[str, Any]:
        """The same as JSON values."""
        times = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return {"reason": self.reason, **times, "detail": self.detail}


@dataclass(frozen=True)
class Decision:
    """The due times to run, those to skip, and when to look again."""

    run: tuple[datetime, ...]
    skip: tuple[Skip, ...]
    next_run_at: datetime


@dataclass(frozen=True)
class Policy:
    """What becomes of due times that were missed (`catch_up`: "skip", "once" or "all"), and of those that come while a
    run is under way (`overlap`: "skip", "queue" or "allow").
    """

    catch_up: str
    overlap: str


def decide(
    timing: Timing, policy: Policy, planned: datetime, now: datetime, *, running: bool, free_since: datetime | None
) -> Decision:
    """What a schedule that was planned for a moment does now.

    1. Missed due times are dropped, run once, or each run, as `catch_up` says. 2. A due time that meets a run under way
    (`running`) is dropped, waits, or is run beside it, as `overlap` says. `free_since` is when the last run ended: a
    due time that waited for that was not missed.
    """
    if running and policy.overlap == "queue":
        return Decision((), (), planned)
    due = timing.newest(planned, now)
    following = timing.first(1, after=now)[0]
    wanted = caught_up(due, policy.catch_up, now - LATE, free_since)
    missed = skipped("missed", planned, due, wanted)
    if policy.overlap == "queue" and len(wanted) > 1:
        return Decision(tuple(wanted[:1]), missed, wanted[1])
    if policy.overlap == "skip":
        kept = [] if running else wanted[-1:]
        return Decision(tuple(kept), missed + skipped("overlap", planned, wanted, kept), following)
    return Decision(tuple(wanted), missed, following)


def caught_up(due: Sequence[datetime], catch_up: str, late: datetime, free_since: datetime | None) -> list[datetime]:
    """Those of the due times that are run; `late` is the latest moment that counts as missed."""
    if catch_up == "all":
        return list(due)
    if catch_up == "once":
        return list(due[-1:])
    return [moment for moment in due[-1:] if max(moment, free_since or moment) > late]


def skipped(reason: Reason, planned: datetime, due: Sequence[datetime], kept: Sequence[datetime]) -> tuple[Skip, ...]:
    """The due times that are not kept, as one entry; those before `due` begin with the planned one."""
    dropped = [moment for moment in due if moment not in kept]
    if reason == "missed" and due and due[0] > planned:
        dropped.insert(0, planned)
    return (Skip(reason, dropped[0], dropped[-1]),) if dropped else ()


# What it may cost


@dataclass(frozen=True)
class PeriodBudget:
    """What the runs of a schedule may spend in each day, week (from Monday) or month of its time zone.

    >>> PeriodBudget("day", BudgetSpec(max_calls=100)).left([(0.0, 40), (0.0, 50)])
    BudgetSpec(max_cost=None, max_calls=10)
    """

    period: Literal["day", "week", "month"]
    limit: BudgetSpec

    def start(self, now: datetime, time_zone: str) -> datetime:
        """When the period that now lies in began."""
        zone = zone_of(time_zone)
        day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
        back = {"day": 0, "week": day.weekday(), "month": day.day - 1}[self.period]
        return passes(day - timedelta(days=back), zone)[0]

    def left(self, spent: Iterable[tuple[float, int]]) -> BudgetSpec | None:
        """What is left after runs that took so many US dollars and calls; `None` where nothing is."""
        taken = list(spent)
        cost, calls = self.limit.max_cost, self.limit.max_calls
        left = BudgetSpec(
            None if cost is None else cost - sum(dollars for dollars, _ in taken),
            None if calls is None else calls - sum(number for _, number in taken),
        )
        return None if any(part is not None and part <= 0 for part in (left.max_cost, left.max_calls)) else left


def period_budget(budget: Mapping[str, Any] | None) -> PeriodBudget | None:
    """A schedule's budget out of the fields it is stored with."""
    if budget is None:
        return None
    return PeriodBudget(budget["period"], BudgetSpec(budget["max_cost"], budget["max_calls"]))


def tighter(one: BudgetSpec, other: BudgetSpec | None) -> BudgetSpec:
    """The lower of two limits, in money and in calls.

    >>> tighter(BudgetSpec(max_cost=2.0, max_calls=5), BudgetSpec(max_cost=1.0))
    BudgetSpec(max_cost=1.0, max_calls=5)
    """
    if other is None:
        return one

    def lower(a: Any, b: Any) -> Any:
        return min((value for value in (a, b) if value is not None), default=None)

    return replace(one, max_cost=lower(one.max_cost, other.max_cost), max_calls=lower(one.max_calls, other.max_calls))
