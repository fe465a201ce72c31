"""What a page says of a run: its state, its pace, why it stands still. Plain functions of what the server told.

One rule: a time that is left is a guess, and is called so; where the pace is not known there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from dashboard.look import duration, moment, roughly
from elicit.digits import dollars
from elicit.schemas import ENDED, Run, RunState

ICONS: dict[RunState, str] = {
    "queued": "○",
    "running": "▸",
    "waiting": "◌",
    "stopped": "◐",
    "cancelled": "⊘",
    "failed": "✕",
    "done": "●",
}
WINDOW_S = 60.0  # of polls that the pace is taken from
SHORTEST_S = 3.0  # between polls, before there is a pace
REASONS = {"budget": "its budget is used up"}


@dataclass(frozen=True)
class Seen:
    """How far a run was when it was asked: the clock in seconds, its stage, requests done."""

    at: float
    stage: str | None
    done: int


def seen_lately(seen: Sequence[Seen], now: Seen) -> list[Seen]:
    """The polls that tell the pace: those of this stage in the last minute, the newest last.

    >>> seen_lately([Seen(0, "answers", 9), Seen(1, "verdicts", 0)], Seen(3, "verdicts", 4))
    [Seen(at=1, stage='verdicts', done=0), Seen(at=3, stage='verdicts', done=4)]
    """
    lately = [one for one in seen if one.stage == now.stage and one.done <= now.done and now.at - one.at <= WINDOW_S]
    return [*lately, now]


def pace(seen: Sequence[Seen]) -> float | None:
    """Requests a second; `None` before it is known.

    >>> pace([Seen(0, "answers", 0), Seen(10, "answers", 25)]), pace([Seen(0, "answers", 0)])
    (2.5, None)
    """
    if not seen or seen[-1].at - seen[0].at < SHORTEST_S or seen[-1].done == seen[0].done:
        return None
    return (seen[-1].done - seen[0].done) / (seen[-1].at - seen[0].at)


def pace_in_words(per_s: float | None, left: int) -> str:
    """The pace, and about how long the stage takes at it; "" before it is known.

    >>> pace_in_words(2.5, 300), pace_in_words(0.05, 2), pace_in_words(None, 300)
    ('2.5 a second, about 2 min left in this stage', '3 a minute, about 40 s left in this stage', '')
    """
    if per_s is None:
        return ""
    speed = f"{per_s:.2g} a second" if per_s >= 1 else f"{per_s * 60:.2g} a minute"
    return f"{speed}, about {roughly(left / per_s)} left in this stage"


def why(reason: str | None) -> str:
    """The reason of a state, as a clause.

    >>> why("budget"), why(None)
    ('its budget is used up', 'no reason was given')
    """
    return REASONS.get(reason or "", (reason or "no reason was given").rstrip("."))


def state_in_words(state: RunState) -> str:
    """A state with its sign.

    >>> state_in_words("done")
    '● done'
    """
    return f"{ICONS[state]} {state}"


def took_s(run: Run, now: datetime) -> float | None:
    """Seconds from its begin to its end, or to now; `None` before it has begun."""
    if run.started_at is None:
        return None
    return max(0.0, ((run.finished_at or now) - run.started_at).total_seconds())


def share_done(run: Run) -> float | None:
    """How much of its stage is done, 0 to 1; `None` where nothing is asked."""
    if run.state == "done":
        return 1.0
    return run.progress.done / run.progress.total if run.progress.total else None


def table(runs: Sequence[Run], now: datetime) -> pd.DataFrame:
    """Runs in a table, in their order."""
    return pd.DataFrame(
        {
            "state": [state_in_words(run.state) for run in runs],
            "evaluation": [run.evaluation for run in runs],
            "scorer": [run.scorer for run in runs],
            "progress": pd.Series([share_done(run) for run in runs], dtype=float) * 100,
            "cost": [dollars(run.progress.cost) for run in runs],
            "started": [moment(run.started_at) for run in runs],
            "took": [duration(took_s(run, now)) for run in runs],
        }
    )


def spent_of(spent: str, limit: str | None) -> str:
    """What is spent, of a budget where there is one.

    >>> spent_of("$1.20", "$5.00"), spent_of("120", None)
    ('$1.20 of $5.00', '120')
    """
    return spent if limit is None else f"{spent} of {limit}"


def money(run: Run) -> str:
    """What a run has cost, of what it may."""
    limit = run.budget and run.budget.max_cost
    return spent_of(dollars(run.progress.cost), None if limit is None else dollars(limit))


def calls(run: Run) -> str:
    """How many calls a run has made, of those it may make."""
    limit = run.budget and run.budget.max_calls
    return spent_of(f"{run.progress.calls:,}", None if limit is None else f"{limit:,}")


def headline(run: Run) -> str:
    """What is to be said of a run, in a sentence."""
    if run.state == "queued":
        return "Waits for its turn."
    if run.state in ENDED:
        return {
            "done": "Done: the leaderboard is there.",
            "stopped": f"Stopped before its end: {why(run.reason)}. What was paid for is kept and scored.",
            "cancelled": "Cancelled. What was asked is kept; resuming asks only what is missing.",
            "failed": f"Failed: {why(run.reason)}. What was paid for is kept.",
        }[run.state]
    if run.state == "waiting":
        return f"Waits: {why(run.reason)}. It goes on by itself."
    if run.reason:
        return f"Comes to its end: {why(run.reason)}. What is there is being scored."
    return how_far(run)


def how_far(run: Run) -> str:
    """The stage of a run, and what of it is done."""
    told = run.progress
    return f"{told.stage}: {told.done:,} of {told.total:,} requests" if told.stage else "About to begin"
