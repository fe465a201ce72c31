"""What to make of a leaderboard, for readers who know no statistics.

One rule: the gravest doubt comes first, and an order is only told where it is beyond noise.
"""

from dataclasses import dataclass
from typing import Literal

from elicit.untrusted import printable
from elicit.words.point import Document, listed
from elicit.words.points import trust_points
from elicit.words.ties import more_tasks_in_words


@dataclass(frozen=True)
class Verdict:
    """What to make of a leaderboard: one headline, and the sentences it rests on, gravest first."""

    level: Literal["good", "caution", "bad"]
    headline: str
    reasons: list[str]


def verdict(document: Document) -> Verdict:
    """What a reader who knows no statistics may take from a leaderboard (its JSON form).

    "bad": do not quote it. "caution": quote it with the reasons. "good": the headline holds, with the intervals.
    """
    points = trust_points(document)
    bad = [point for point in points if point.level == "bad"]
    doubts = [point.sentence for point in (*bad, *(point for point in points if point.level == "caution"))]
    if bad:
        return Verdict("bad", f"Do not quote this ranking: {bad[0].text}.", doubts[1:])
    held = [point.sentence for point in points if point.level == "good" and point.name in ("signal", "repeats")]
    return Verdict("caution" if doubts else "good", standing_in_words(document), doubts + held)


def standing_in_words(document: Document) -> str:
    """Who leads, or who is tied for it, and how many more tasks would tell.

    >>> standing_in_words({"diagnostics": {"tie_groups": [["a", "b"], ["c"]]}, "n_tasks": 40})
    '2 are tied for the lead: a and b cannot be told apart.'
    """
    groups = document["diagnostics"]["tie_groups"]
    first = groups[0]
    if len(first) == 1:
        return f"{printable(first[0])} leads, beyond noise."
    who = f"All {len(first)} are tied" if len(groups) == 1 else f"{len(first)} are tied for the lead"
    more = more_tasks_in_words(document)
    return f"{who}: {listed(first)} cannot be told apart." + (f" {more[0].upper()}{more[1:]}." if more else "")
