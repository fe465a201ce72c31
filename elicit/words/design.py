"""What to make of the pairs that were compared, in words.

One rule: a full design raises no question; older documents tell of designs only what their plan knew.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from elicit.digits import percent
from elicit.words.point import Document, Point, listed

BENT = 0.6  # on the scale of critics' scores, from -1 to 1: beyond what was seen on any published set
MANY = 1 / 3  # of all pairs: with fewer, the noise of few peers alone bends task scores beyond that
NEVER_COMPARED = "some agents were never compared with the others, not even by way of third ones"


def design_points(document: Document) -> Iterator[Point]:
    """Whether the choice of pairs bends the ranking, where not all were compared."""
    facts = document["diagnostics"].get("design")
    if facts is None:
        yield from planned_points(document["diagnostics"].get("run") or {})
        return
    sparse = facts["compared"] is not None and facts["compared"] < 1
    if len(facts["groups"]) > 1:
        yield Point("design", "bad", apart_in_words(facts["groups"]))
    elif sparse:
        yield pairs_point(facts, document["diagnostics"]["peers"]["used"])
    bent = facts["curl"]["p95"]
    if document["mechanism"] == "tvd_mi" and bent is not None and facts["compared"] >= MANY and (sparse or bent > BENT):
        yield Point("additive", "caution" if bent > BENT else "good", curl_in_words(facts["curl"]))


def planned_points(run: Mapping[str, Any]) -> Iterator[Point]:
    """What the plan of a run knew of its design."""
    if run.get("design", {}).get("groups", 1) > 1:
        yield Point("design", "bad", NEVER_COMPARED)


def apart_in_words(groups: list[list[str]]) -> str:
    """Which agents nothing connects."""
    named = "; ".join(listed(group) for group in groups)
    return f"{NEVER_COMPARED}: ranks across these groups mean nothing ({named})"


def pairs_point(facts: Mapping[str, Any], used: str) -> Point:
    """Whether it matters which few pairs were compared."""
    few = facts["agent_pairs"] < 1
    fit = next(fit for fit in facts["fits"] if fit["average"] == "pairs")
    if few and fit["beyond_interval"] and used != "additive":
        words = (
            f"only {percent(facts['agent_pairs'])} of all pairs of agents were ever compared; if all peers paid alike, "
            f"{fit['beyond_interval']} would leave the interval of their rank: rank with additive peers"
        )
        return Point("design", "caution", words)
    kept = (
        "" if fit["spearman"] is None else f"; with all peers paying alike the ranking stays at {fit['spearman']:.2f}"
    )
    which = f", {percent(facts['agent_pairs'])} of all pairs of agents" if few else ""
    return Point("design", "good", f"{percent(facts['compared'])} of all pairs of answers were compared{which}{kept}")


def curl_in_words(curl: Mapping[str, Any]) -> str:
    """How far task scores are from a sum of agent and task."""
    numbers = f"curl {curl['median']:.2f} in the middle, {curl['p95']:.2f} at the 95th percentile"
    if curl["p95"] > BENT:
        return f"which agent is better changes much from task to task ({numbers}): a few tell little of the others"
    return f"an agent's lead is much the same from task to task ({numbers})"
