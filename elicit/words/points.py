"""How far to trust a leaderboard, point by point.

One rule: what was not measured is said to be unknown, and is no praise.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Literal

import numpy as np

from elicit.digits import decimals, interval_widths, percent
from elicit.estimators.ranks import spearman
from elicit.evidence import Labels
from elicit.mechanisms import MECHANISMS
from elicit.untrusted import printable
from elicit.words.design import design_points
from elicit.words.point import Document, Level, Point, listed
from elicit.words.runs import run_points

SURE_ENOUGH = 0.05
FEW_AGENTS, FEW_TASKS = 5, 30
WEIGHTINGS = {
    "softmax": "each peer weighted by its own standing",
    "uniform": "all peers alike",
    "additive": "all peers alike, with what generous ones pay more taken off",
}
STEADY = 0.8  # rank correlation from which two rankings are called much the same


def trust_points(document: Document) -> list[Point]:
    """How far to trust a leaderboard (its JSON form), point by point, with what applies to its kind of run."""
    return list(points_of(document))


def points_of(document: Document) -> Iterator[Point]:
    """Each point in turn."""
    facts = document["diagnostics"]
    yield Point(
        "signal", signal_level(facts["signal"]["p_value"]), signal_in_words(facts["signal"], zero_is_chance(document))
    )
    yield Point("repeats", halves_level(facts["split_half"]), halves_in_words(facts["split_half"]))
    if facts["length"] is not None:
        yield Point("length", length_level(facts["length"]), length_in_words(facts["length"]))
    yield peers(document)
    yield effective_agents(document)
    if facts["clones"] == "on":
        yield Point("clones", "good", clones_in_words(facts))
    yield number_of_tasks(document)
    yield coverage(document["agents"])
    yield spread(document)
    yield from design_points(document)
    yield from run_points(document)


def signal_level(p: float | None) -> Level:
    """What the test against chance came to."""
    return "unknown" if p is None else "good" if p <= SURE_ENOUGH else "bad"


def zero_is_chance(document: Document) -> Literal["exactly", "nearly", ""]:
    """Whether 0 is what chance earns: of labels nearly, of other evidence exactly; "" where that is unknown."""
    if document["diagnostics"]["signal"]["p_value"] is None:
        return ""
    return "nearly" if MECHANISMS[document["mechanism"]].evidence is Labels else "exactly"


def signal_in_words(signal: Mapping[str, Any], zero_is_chance: str) -> str:
    """Whether the scores could be chance."""
    p = signal["p_value"]
    if p is None:
        return "not tested: nothing was compared across tasks"
    told = "the scores are not chance" if p <= SURE_ENOUGH else "the scores could be chance"
    exact = zero_is_chance == "exactly"
    zero = "0 is what answers to other tasks earn" if exact else "shuffled labels earn little more than 0"
    return f"{told} (p = {p:.2g} against responses shuffled over tasks); {zero}"


def halves_level(half: Mapping[str, Any]) -> Level:
    """What the comparison of two halves came to."""
    if half["spearman"] is None:
        return "unknown"
    return "good" if half["full_length"] is not None and half["full_length"] >= STEADY else "caution"


def halves_in_words(half: Mapping[str, Any]) -> str:
    """How far one half of the tasks repeats the other."""
    if half["spearman"] is None:
        return "too few agents or tasks to compare halves"
    full = "" if half["full_length"] is None else f" ({half['full_length']:.2f} for the full set)"
    return f"two random halves of the tasks rank the agents with Spearman {half['spearman']:.2f}{full}"


def length_level(length: Mapping[str, Any]) -> Level:
    """Whether the ranking survives that length is taken out."""
    kept = length["spearman_raw_with_adjusted"]
    return "unknown" if kept is None else "good" if kept >= STEADY else "caution"


def length_in_words(length: Mapping[str, Any]) -> str:
    """How far the ranking follows length."""
    with_score, kept = length["spearman_with_score"], length["spearman_raw_with_adjusted"]
    if with_score is None or kept is None:
        return "too few agents to say whether the score follows length"
    return (
        f"the score follows length with Spearman {with_score:.2f}; "
        f"with length regressed out (a control) the ranking stays at {kept:.2f}"
    )


def peers(document: Document) -> Point:
    """Which peers have how much say, and whether the ranking hangs on it."""
    facts, kept = document["diagnostics"], kept_with_other_peers(document["agents"])
    level: Level = "unknown" if kept is None else "good" if kept >= STEADY else "caution"
    return Point("peers", level, peers_in_words(facts, kept))


def kept_with_other_peers(agents: Sequence[Mapping[str, Any]]) -> float | None:
    """Rank correlation of the score with that under the other weighting of peers; `None` where it is not known."""
    known = [(agent["score"], agent["score_other"]) for agent in agents if agent["score"] is not None]
    found = spearman(*np.array(known, dtype=float).T) if known else np.nan
    return None if np.isnan(found) else float(found)


def peers_in_words(facts: Mapping[str, Any], kept: float | None) -> str:
    """The same in words."""
    used, other = facts["peers"]["used"], facts["peers"]["score_other"]
    words = f"{used}, {WEIGHTINGS[used]}; {facts['effective_peers']:.1f} effective peers"
    return words if kept is None else f"{words}; with {other} weights (score_other) the ranking stays at {kept:.2f}"


def effective_agents(document: Document) -> Point:
    """How many independent voices the ranking rests on."""
    votes, n = document["diagnostics"]["effective_agents"], document["n_agents"]
    if n < 3:
        return Point("agents", "bad", "with only two agents each is judged by the other alone")
    words = f"{votes:.0f} effective agents of {n}"
    if votes < FEW_AGENTS:
        return Point("agents", "caution", f"only {words}: the ranking rests on who resembles whom")
    return Point("agents", "good", words)


def clones_in_words(facts: Mapping[str, Any]) -> str:
    """Which agents are copies of which."""
    if not facts["clusters"]:
        return "none found"
    names = "; ".join(" ≈ ".join(map(printable, names)) for names in facts["clusters"])
    return f"these share one vote and do not pay each other: {names}"


def number_of_tasks(document: Document) -> Point:
    """Whether the tasks are enough for intervals."""
    m = document["n_tasks"]
    if m == 1:
        return Point("tasks", "bad", "from only one task nothing can be said of chance")
    if m < FEW_TASKS:
        return Point("tasks", "caution", f"only {m} tasks: intervals from so few are rough")
    return Point("tasks", "good", f"{m:,} tasks")


def coverage(agents: Sequence[Mapping[str, Any]]) -> Point:
    """Who has no rank, and who left tasks out."""
    unranked = [agent["agent"] for agent in agents if agent["rank"] is None]
    if len(unranked) == len(agents):
        return Point("coverage", "bad", "no agent could be ranked")
    if unranked:
        return Point("coverage", "caution", f"{len(unranked)} of {len(agents)} have no rank: {listed(unranked)}")
    least = min(agents, key=lambda agent: agent["coverage"])
    words = f"the least answered {percent(least['coverage'])} of the tasks ({printable(least['agent'])})"
    if least["coverage"] == 1:
        return Point("coverage", "good", "every agent has something to score on every task")
    return Point("coverage", "good" if least["coverage"] >= 0.9 else "caution", words)


def spread(document: Document) -> Point:
    """How far apart the agents are, beside the width of an interval."""
    scores = [agent["score"] for agent in document["agents"] if agent["score"] is not None]
    widths = interval_widths(document["agents"])
    if not widths:
        return Point("spread", "unknown", "no interval is known to compare the scores with")
    digits = decimals(document["agents"])
    apart = f"from best to last {max(scores) - min(scores):.{digits}f}"
    words = f"{apart}; a typical interval is {median(widths):.{digits}f} wide"
    alike = len(document["diagnostics"]["tie_groups"]) == 1
    return Point("spread", "caution" if alike else "good", words)
