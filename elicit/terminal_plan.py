"""What a plan will take, and what its run took, as tables for the terminal.

One rule: an unknown price is shown as unknown. Names come from the user's file, and are made harmless.
"""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from elicit.digits import dollars
from elicit.services.estimate import Estimate, Share
from elicit.services.judging import DesignFacts
from elicit.untrusted import printable

COLUMNS = ("who", "model", "calls", "stored", "tokens in", "tokens out", "cost")


def estimate_table(estimate: Estimate) -> Group:
    """The dry run: who asks what and what it costs, the sums, and what to know before the run."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in ("who", "model") else "right", overflow="fold")
    for share in estimate.shares:
        table.add_row(*share_cells(share))
    table.add_section()
    table.add_row(*sum_cells(estimate), style="bold")
    return Group(
        heading(estimate), table, Text(""), *(Text(printable(note), style="yellow") for note in estimate.notes)
    )


def heading(estimate: Estimate) -> Text:
    """How much there is to do, and how long it takes."""
    return Text(
        f"{printable(estimate.name)}: {estimate.n_agents:,} agents, {estimate.n_tasks:,} tasks"
        f"{in_words(estimate.design) if estimate.design else ''}; about {duration(estimate.seconds)}. "
        "Calls are counted, tokens, cost and time are estimates. Nothing was asked.",
        style="dim",
    )


def in_words(design: DesignFacts) -> str:
    """What is compared.

    >>> in_words(DesignFacts(pairs=1200, joint=1000, coverage=0.1, peers=2.9, groups=()))
    ', 1,200 pairs (10% of all on one task, 2.9 peers for each answer)'
    """
    return (
        f", {design.pairs:,} pairs ({design.coverage:.0%} of all on one task, {design.peers:.1f} peers for each answer)"
    )


def share_cells(share: Share) -> list[RenderableType]:
    """One agent's row, or the scorer's."""
    counts = (f"{share.calls:,}", f"{share.stored:,}", f"{share.tokens_in:,}", f"{share.tokens_out:,}")
    model = "answers given" if share.model is None else printable(share.model)
    return [Text(printable(share.who)), Text(model), *counts, dollars(share.cost)]


def sum_cells(estimate: Estimate) -> list[RenderableType]:
    """The last row."""
    counts = [
        f"{sum(getattr(share, name) for share in estimate.shares):,}"
        for name in ("calls", "stored", "tokens_in", "tokens_out")
    ]
    return ["all", "", *counts, dollars(estimate.cost)]


def run_table(document: Mapping[str, Any]) -> Table:
    """What the run asked of each agent and to score them, what failed, and what it took, from the run's document.

    Where a critic scored, the last column has each agent's mean score with answers to other tasks: near 0 for all,
    unless an agent talks the critic into its verdict.
    """
    run, agents = document["diagnostics"]["run"], document["agents"]
    crossed = any(agent["cross_task_mean"] is not None for agent in agents)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("asked", overflow="fold", max_width=40)
    for name in SPEND_COLUMNS + (("other tasks",) if crossed else ()):
        table.add_column(name, justify="left" if name == "failed" else "right", overflow="fold")
    for agent in agents:
        table.add_row(*spend_cells(agent["agent"], agent["spend"]), *([share(agent["cross_task_mean"])] * crossed))
    for who in ("scorer", "rewriter"):
        if run["spend"].get(who) is not None:
            table.add_row(*spend_cells(who, run["spend"][who]))
    return table


SPEND_COLUMNS = ("calls", "stored", "failed", "tokens in", "tokens out", "cost", "s a call")


def spend_cells(who: str, spend: Mapping[str, Any]) -> list[RenderableType]:
    """One agent's calls, or the scorer's; dashes where nothing was asked."""
    if not spend["calls"]:
        return [Text(printable(who)), *["–"] * len(SPEND_COLUMNS)]
    failed = ", ".join(f"{count:,} {failure}" for failure, count in spend["failures"].items())
    counts = (f"{spend['tokens_in']:,}", f"{spend['tokens_out']:,}")
    calls = (f"{spend['calls']:,}", f"{spend['from_store']:,}")
    return [
        Text(printable(who)),
        *calls,
        failed or "–",
        *counts,
        dollars(spend["cost"]),
        f"{spend['mean_latency_s']:.2g}",
    ]


def share(value: float | None) -> str:
    """A mean score, a dash where there is none.

    >>> share(0.125), share(None)
    ('0.12', '–')
    """
    return "–" if value is None else f"{value:.2f}"


def duration(seconds: float) -> str:
    """A time in words.

    >>> duration(0.4), duration(89), duration(5000)
    ('1 second', '89 seconds', '83 minutes')
    """
    for size, name in ((3 * 86400, "day"), (3 * 3600, "hour"), (3 * 60, "minute")):
        if seconds >= size:
            number = round(seconds / (size / 3))
            return f"{number} {name}s"
    number = max(1, round(seconds))
    return f"{number} second{'' if number == 1 else 's'}"
