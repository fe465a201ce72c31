"""What to make of a leaderboard, for readers who know no statistics.

One rule: the gravest doubt comes first, and an order is only told where it is beyond noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from elicit.untrusted import printable
from elicit.words.point import Document, listed
from elicit.words.points import trust_points


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

    >>> tied = {"n_tasks": 50, "diagnostics": {"tie_groups": [["a", "b"]]}}
    >>> standing_in_words(tied | {"diagnostics": tied["diagnostics"] | {"separation": [
    ...     {"agent": "a", "next": "b", "more_tasks": 214}]}})
    'All 2 are tied: a and b cannot be told apart. About 210 more tasks like these would separate the first two.'
    """
    groups = document["diagnostics"]["tie_groups"]
    first = groups[0]
    if len(first) == 1:
        return f"{printable(first[0])} leads, beyond noise."
    who = f"All {len(first)} are tied" if len(groups) == 1 else f"{len(first)} are tied for the lead"
    return f"{who}: {listed(first)} cannot be told apart.{more_tasks_in_words(document, first)}"


def more_tasks_in_words(document: Document, tied: Sequence[str]) -> str:
    """How many more tasks would separate the first two of a tie; nothing where that is not known."""
    for pair in document["diagnostics"].get("separation", ()):
        if pair["agent"] == tied[0] and pair["next"] == tied[1] and pair["more_tasks"]:
            return f" About {rounded(pair['more_tasks']):,} more tasks like these would separate the first two."
    return ""


def rounded(count: int) -> int:
    """A count with two digits, for it is an estimate.

    >>> rounded(7), rounded(214), rounded(12_345)
    (7, 210, 12000)
    """
    return round(count, 2 - len(str(count))) if count >= 100 else count
