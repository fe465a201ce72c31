"""Scores by category of task.

One rule: categories differ in what can be earned in them, so an agent is set beside the others of the same category.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import altair as alt

from elicit.charts.common import BLUE, GREY, data, framed, labels, missing, row_axis, row_height, tips, titled
from elicit.charts.forest import in_words
from elicit.charts.heat_map import cells
from elicit.digits import decimals, number


class Board(Protocol):
    """The standings within a category, as a server tells them."""

    @property
    def category(self) -> str: ...
    @property
    def n_tasks(self) -> int: ...
    @property
    def agents(self) -> Sequence[Any]: ...


def category_bars(boards: Sequence[Board], agent: str, unit: str = "") -> alt.LayerChart:
    """An agent's score in each category with its 95 % interval, best category first, beside the mean of the others.

    `boards` come as `Client.categories` returns them. Categories without a score of the agent are left out and counted.
    """
    rows = sorted(filter(None, (row_of(board, agent) for board in boards)), key=lambda row: -row["score"])
    names = labels([row["category"] for row in rows])
    base = alt.Chart(data(row | {"label": name} for row, name in zip(rows, names, strict=True)))
    base = base.encode(y=row_axis(names))
    x = alt.X("low:Q", title=titled("score", unit), axis=alt.Axis(tickCount=5, titleAnchor="end"))
    layers = (
        base.mark_tick(color=GREY, thickness=2, size=14).encode(x="others:Q", tooltip=TIPS),
        base.mark_rule(color=BLUE, strokeWidth=2).encode(x=x, x2="high:Q", tooltip=TIPS),
        base.mark_point(color=BLUE, filled=True, size=70, opacity=1).encode(x="score:Q", tooltip=TIPS),
    )
    note = missing(len(boards) - len(rows), "category", "a score of this agent", "categories")
    return framed(alt.layer(*layers), note, height=row_height(len(rows)))


TIPS = tips(
    category="category", tasks="tasks", place="rank", value="score", interval="95 %", beside="mean of the others"
)


def row_of(board: Board, agent: str) -> dict[str, Any] | None:
    """What is drawn and told of a category; `None` where the agent has no score in it."""
    mine = next((standing for standing in board.agents if standing.agent == agent), None)
    if mine is None or mine.score is None:
        return None
    digits = decimals([vars(standing) for standing in board.agents])
    others = [standing.score for standing in board.agents if standing.agent != agent and standing.score is not None]
    beside = sum(others) / len(others) if others else None
    return {
        "category": board.category,
        "tasks": f"{board.n_tasks:,}",
        "score": mine.score,
        "low": mine.low,
        "high": mine.high,
        "others": beside,
        "place": in_words(vars(mine)),
        "value": number(mine.score, digits),
        "interval": f"{number(mine.low, digits)} … {number(mine.high, digits)}",
        "beside": number(beside, digits),
    }


def category_map(boards: Sequence[Board], agents: Sequence[str], unit: str = "") -> alt.Chart:
    """The score of each agent (row, in the order given) in each category (column): blue above 0, vermillion below."""
    score = {(board.category, standing.agent): standing.score for board in boards for standing in board.agents}
    matrix = [[score.get((board.category, agent)) for board in boards] for agent in agents]
    gaps = sum(value is None for row in matrix for value in row)
    note = f"{gaps:,} of {len(boards) * len(agents):,} have no score and no cell" if gaps else ""
    names = labels(agents), labels([board.category for board in boards])
    return cells(*names, matrix, ("agent", "category"), titled("score", unit), note)
