"""The leaderboard as a table: what is told of each agent, found by name, in the order asked for.

One rule: a filter chooses rows, a sort their order; neither changes a number.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import floor
from string import ascii_uppercase
from typing import Any, TypeAlias

import pandas as pd

from dashboard.look import span
from elicit.digits import decimals
from elicit.schemas import CategoryBoard

Document: TypeAlias = Mapping[str, Any]
Agent: TypeAlias = Mapping[str, Any]

# What can be sorted by, as columns of the table, and whether the smallest comes first.
SORTS = {
    "rank": True,
    "agent": True,
    "score": False,
    "answered": True,
    "length out": False,
    "cost": True,
    "latency": True,
}
WHOLE = ("rank", "failed", "tasks")


def table_of(document: Document) -> pd.DataFrame:
    """A row an agent in the order of the document; columns in which nothing is known are left out."""
    tied, cloned = (lettered(document["diagnostics"][key]) for key in ("tie_groups", "clusters"))
    digits = decimals(document["agents"])
    rows = [
        standing(agent, digits)
        | {
            "length out": rounded(agent["score_length_adjusted"], digits),
            "answered": percent_of(agent["coverage"]),
            "tied": tied.get(agent["agent"]),
            "clones": cloned.get(agent["agent"]),
            "failed": failed(agent) or None,
            "cost": cost(agent),
            "latency": agent.get("spend", {}).get("mean_latency_s"),
        }
        for agent in document["agents"]
    ]
    return framed(rows)


def more_of(document: Document) -> pd.DataFrame:
    """What experts ask for of each agent, in the order of the document."""
    digits = decimals(document["agents"])
    return framed(
        [
            {
                "agent": agent["agent"],
                "other peers": rounded(agent["score_other"], digits),
                "chance": rounded(agent["chance"], digits),
                "p": agent["p_value"],
                "say": 100 * agent["say"],
                "words": agent["mean_words"],
            }
            for agent in document["agents"]
        ]
    )


def category_table(board: CategoryBoard) -> pd.DataFrame:
    """A row an agent, ranked within one category of tasks."""
    agents = [standing.model_dump() for standing in board.agents]
    digits = decimals(agents)
    return framed([standing(agent, digits) | {"tasks": agent["n_tasks"]} for agent in agents])


def standing(agent: Agent, digits: int) -> dict[str, Any]:
    """Where an agent stands, and how sure that is."""
    interval = "–" if agent["low"] is None else f"{agent['low']:.{digits}f} … {agent['high']:.{digits}f}"
    return {
        "rank": agent["rank"],
        "rank 95 %": span(agent["rank_low"], agent["rank_high"]),
        "agent": agent["agent"],
        "score": rounded(agent["score"], digits),
        "score 95 %": interval,
    }


def rounded(score: float | None, digits: int) -> float | None:
    """A score with the digits that mean something: whoever copies a cell gets no more."""
    return None if score is None else round(score, digits)


def framed(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a table without the columns in which nothing is known."""
    frame = pd.DataFrame(rows).dropna(axis="columns", how="all")
    return frame.astype({name: "Int64" for name in WHOLE if name in frame})


def lettered(groups: Iterable[Sequence[str]]) -> dict[str, str]:
    """Of each agent in a group of two or more the group's letter; those after Z are numbered.

    >>> lettered([["a"], ["b", "c"], ["d", "e"]])
    {'b': 'A', 'c': 'A', 'd': 'B', 'e': 'B'}
    """
    shared = [names for names in groups if len(names) > 1]
    letters = [*ascii_uppercase, *map(str, range(27, len(shared) + 1))]
    return {name: letter for letter, names in zip(letters, shared, strict=False) for name in names}


def percent_of(share: float) -> int:
    """A share in whole percent, which is 100 only of all and 0 only of none.

    >>> percent_of(0.999), percent_of(0.001), percent_of(1), percent_of(0)
    (99, 1, 100, 0)
    """
    return max(1, floor(100 * share)) if share else 0


def failed(agent: Agent) -> int:
    """How many answers of an agent failed, whatever the reason."""
    return sum(agent.get("spend", {}).get("failures", {}).values())


def cost(agent: Agent) -> float | None:
    """What an agent's answers cost in US dollars; `None` of one that was not called, or whose price is unknown."""
    spend = agent.get("spend") or {}
    return spend.get("cost") if spend.get("calls") else None


def found(frame: pd.DataFrame, search: str) -> pd.DataFrame:
    """The rows of agents whose name holds these letters, large or small."""
    wanted = search.strip().casefold()
    return frame[[wanted in name.casefold() for name in frame["agent"]]]


def in_order(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """The rows in another order; what is not known comes last, and equals stay as they were."""
    fold = (lambda names: names.str.casefold()) if by == "agent" else None
    return frame.sort_values(by, ascending=SORTS[by], kind="stable", na_position="last", key=fold)


def only(document: Document, names: Sequence[str]) -> Document:
    """The document with these agents alone, for a chart; ranks and scores are those among all."""
    kept = set(names)
    tied = ([name for name in group if name in kept] for group in document["diagnostics"]["tie_groups"])
    agents = [agent for agent in document["agents"] if agent["agent"] in kept]
    diagnostics = document["diagnostics"] | {"tie_groups": [group for group in tied if group]}
    return {**document, "agents": agents, "diagnostics": diagnostics}


def troubles(document: Document) -> list[tuple[str, str]]:
    """Agents that have no rank, with the reason, and those with failed answers, with how many failed in which way."""
    return [(agent["agent"], trouble(agent)) for agent in document["agents"] if agent["rank"] is None or failed(agent)]


def trouble(agent: Agent) -> str:
    """Why an agent has no rank, and how its answers failed.

    >>> trouble({"rank": None, "reason": "no usable answer", "spend": {"failures": {"timed out": 2, "empty": 1}}})
    'no rank: no usable answer. Failed answers: 2 timed out, 1 empty.'
    """
    failures = agent.get("spend", {}).get("failures", {})
    told = ", ".join(f"{count:,} {kind}" for kind, count in failures.items())
    reason = agent.get("reason") or "there is nobody to compare it with"
    parts = [f"no rank: {reason}."] if agent["rank"] is None else []
    return " ".join([*parts, *([f"Failed answers: {told}."] if told else [])])
