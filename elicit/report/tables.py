"""The tables of a report, as rows of texts.

One rule: unknown is a dash or a word, never a number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elicit.charts.categories import Board
from elicit.digits import NONE, decimals, dollars, number, percent, span

Agent = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """An agent's row of the leaderboard, in words."""

    rank: str
    ranks: str
    agent: str
    remarks: list[str]
    score: str
    interval: str
    tie: str
    answered: str
    without_length: str
    cost: str
    latency: str


def standings(document: Mapping[str, Any]) -> list[Standing]:
    """The leaderboard, best agent first."""
    digits = decimals(document["agents"])
    tied = {name: number for number, names in tie_numbers(document) for name in names}
    copies = {name: names for names in document["diagnostics"]["clusters"] for name in names}
    return [standing(agent, digits, tied, copies.get(agent["agent"], ())) for agent in document["agents"]]


def tie_numbers(document: Mapping[str, Any]) -> Iterator[tuple[int, Sequence[str]]]:
    """The groups of tied agents, numbered from the best."""
    return enumerate((names for names in document["diagnostics"]["tie_groups"] if len(names) > 1), start=1)


def standing(agent: Agent, digits: int, tied: Mapping[str, int], copies: Sequence[str]) -> Standing:
    """One agent's row."""
    spend = agent.get("spend") or {"calls": 0}
    return Standing(
        rank=NONE if agent["rank"] is None else str(agent["rank"]),
        ranks=span(agent["rank_low"], agent["rank_high"]) or NONE,
        agent=agent["agent"],
        remarks=list(remarks(agent, copies)),
        score=number(agent["score"], digits),
        interval=NONE if agent["low"] is None else f"{agent['low']:.{digits}f} … {agent['high']:.{digits}f}",
        tie=f"tie {tied[agent['agent']]}" if agent["agent"] in tied else "",
        answered=percent(agent["coverage"]),
        without_length=number(agent["score_length_adjusted"], digits),
        cost=dollars(spend["cost"]) if spend["calls"] else NONE,
        latency=f"{spend['mean_latency_s']:.2g} s" if spend["calls"] else NONE,
    )


def remarks(agent: Agent, copies: Sequence[str]) -> Iterator[str]:
    """What stands below a name."""
    others = [name for name in copies if name != agent["agent"]]
    if others:
        yield f"clone of {', '.join(others)}"
    if agent["rank"] is None:
        yield f"not ranked: {agent.get('reason') or 'nobody to compare it with'}"


@dataclass(frozen=True)
class Spent:
    """What the answers of one agent, or of a scoring model, took, in words."""

    who: str
    calls: str
    from_store: str
    failed: str
    tokens: str
    cost: str
    latency: str


def spending(document: Mapping[str, Any]) -> list[Spent]:
    """What a plan's run took, agents first; those that nobody asked are left out."""
    run = document["diagnostics"]["run"]
    asked = [(agent["agent"], agent["spend"]) for agent in document["agents"]]
    asked += [(f"({who})", run["spend"][who]) for who in ("scorer", "rewriter") if run["spend"].get(who)]
    return [spent(who, spend) for who, spend in asked if spend["calls"]]


def spent(who: str, spend: Mapping[str, Any]) -> Spent:
    """One row."""
    return Spent(
        who=who,
        calls=f"{spend['calls']:,}",
        from_store=f"{spend['from_store']:,}",
        failed=", ".join(f"{count:,} {failure}" for failure, count in spend["failures"].items()) or "none",
        tokens=f"{spend['tokens_in']:,} / {spend['tokens_out']:,}",
        cost=dollars(spend["cost"]),
        latency=f"{spend['mean_latency_s']:.2g} s",
    )


def spent_in_all(document: Mapping[str, Any]) -> str:
    """What a plan's run took in all, beside what it was allowed, in a sentence."""
    spend = document["diagnostics"]["run"]["spend"]
    most = [
        *([dollars(spend["budget"]["max_cost"])] if spend["budget"]["max_cost"] is not None else []),
        *([f"{spend['budget']['max_calls']:,} calls"] if spend["budget"]["max_calls"] is not None else []),
    ]
    cost = "at an unknown price" if spend["cost"] is None else f"worth {dollars(spend['cost'])}"
    allowed = f"The budget was {' and '.join(most)}." if most else "There was no budget."
    paid = spend["paid_by_this_run"]
    return (
        f"{spend['calls']:,} answers {cost}, {spend['from_store']:,} of them found in the store. "
        f"This run itself paid {dollars(paid['cost'])} for {paid['attempts']:,} attempts. {allowed}"
    )


def category_rows(boards: Sequence[Board], agents: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Each agent's score in each category, with the digits that the category's intervals support."""
    cells = [
        {one.agent: number(one.score, digits) for one in board.agents}
        for board in boards
        for digits in [decimals([vars(one) for one in board.agents])]
    ]
    return [(agent, [column.get(agent, NONE) for column in cells]) for agent in agents]
