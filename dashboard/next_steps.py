"""What to do next about a ranking, gravest doubt first.

One rule: a step is told only where something was measured that it mends.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from elicit.untrusted import printable
from elicit.words import Point, trust_points
from elicit.words.point import listed
from elicit.words.ties import OUT_OF_REACH, rounded

STEPS = {
    "signal": "Do not rank on this. Ask tasks on which the agents' answers differ more, or take another scorer.",
    "repeats": "Add tasks: half of these would have ranked the agents otherwise.",
    "length": "Quote the score with length out beside the score, and read whether long answers are better ones.",
    "peers": "Look at the score under the other weighting of peers: More columns, on the leaderboard.",
    "agents": "Add agents of other makers: a ranking by peers needs independent voices.",
    "tasks": "Add tasks: four times as many make intervals half as wide.",
    "coverage": "See on the leaderboard who lacks answers and why, and ask again what failed.",
    "spread": "Say that they are tied, and quote no ranks.",
    "complete": "Resume the run: what was paid for is kept, and only what is missing is asked.",
    "design": "Compare other pairs on every task, as the rotating design does; or rank with additive peers.",
    "additive": "Look at the agents by kind of task, and add tasks of each kind.",
    "checks": "Take another scoring model: this one fails pairs whose answer is known.",
    "order": "Take another scoring model, or one that is shown both orders: here the order decides too often.",
    "persuasion": "Read answers of the agents that are named: they may talk the scoring model into a yes.",
}
FINE = "Nothing needs mending. Quote ranks together with their intervals."
GRAVEST = ("bad", "caution")
MOST_PAIRS = 3


def next_steps(document: Mapping[str, Any]) -> list[str]:
    """What to do, in sentences; names in them are printable, and to be escaped."""
    points = trust_points(document)
    told = [STEPS[point.name] for level in GRAVEST for point in points if needs(point, level)]
    return list(dict.fromkeys([*told, *tied_lead(document), *separating(document)])) or [FINE]


def needs(point: Point, level: str) -> bool:
    """Whether a point is at this level and something can be done about it."""
    return point.level == level and point.name in STEPS


def tied_lead(document: Mapping[str, Any]) -> Iterator[str]:
    """How to quote a lead that several share, where others come behind them."""
    groups = document["diagnostics"]["tie_groups"]
    if len(groups) > 1 and len(groups[0]) > 1:
        yield f"Quote {listed(groups[0])} as tied for the lead, in no order."


def separating(document: Mapping[str, Any]) -> Iterator[str]:
    """How many more tasks would tell the best neighbours apart that are tied, where that is known and within reach."""
    most = OUT_OF_REACH * document["n_tasks"]
    pairs = document["diagnostics"].get("separation") or ()  # older documents have none
    near = [pair for pair in pairs if pair["more_tasks"] and pair["more_tasks"] <= most]
    for pair in near[:MOST_PAIRS]:
        names = f"{printable(pair['agent'])} and {printable(pair['next'])}"
        yield f"To tell {names} apart, add about {rounded(pair['more_tasks']):,} tasks of the same kind."
