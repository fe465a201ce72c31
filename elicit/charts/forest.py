"""The forest plot: each agent's score with its interval, best on top.

One rule: nothing is told by colour alone. A bracket joins the tied, clones are diamonds, the unranked say so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import altair as alt

from elicit.charts.common import (
    BLUE,
    GREY,
    MANY,
    Document,
    Rows,
    data,
    framed,
    labels,
    row_axis,
    row_height,
    score_title,
    tips,
    zero_line,
)
from elicit.digits import decimals, number, span
from elicit.words import zero_is_chance

FADED = 0.3


class Board(Protocol):
    """The standings within a category, as a server tells them."""

    @property
    def agents(self) -> Sequence[Any]: ...


def forest(
    document: Document, *, category_board: "Board | None" = None, highlight: str | None = None
) -> alt.LayerChart:
    """Scores with their 95 % intervals, a row an agent in rank order, those without a rank last.

    `document` is a leaderboard's JSON form. With `category_board` scores and ranks are those within its category, where
    ties are not known. `highlight` names an agent beside which the others fade.
    """
    agents = document["agents"] if category_board is None else [vars(standing) for standing in category_board.agents]
    rows = rows_of(agents, copies(document), highlight)
    names = [row["label"] for row in rows]
    known = [row for row in rows if row["score"] is not None]
    base = alt.Chart(data(known)).encode(y=row_axis(names), opacity=alt.Opacity("strength:Q", scale=None))
    x = alt.X(
        "low:Q",
        title=score_title(document),
        scale=alt.Scale(zero=bool(zero_is_chance(document))),
        axis=alt.Axis(orient="top" if len(rows) > MANY else "bottom", tickCount=5, titleAnchor="end"),
    )
    layers = [
        *([zero_line("x")] if zero_is_chance(document) else []),
        base.mark_rule(strokeWidth=2, color=BLUE).encode(x=x, x2="high:Q", tooltip=TIPS),
        base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(x="score:Q", shape=SHAPE, tooltip=TIPS),
        unranked(rows, names),
    ]
    if category_board is None:
        layers.append(brackets(document, rows, names))
    return framed(alt.layer(*layers), height=row_height(len(rows)))


TIPS = tips(name="agent", place="rank", value="score", interval="95 %", answered="answered", copies="copies")
SHAPE = alt.Shape("kind:N", legend=None, scale=alt.Scale(domain=["agent", "clone"], range=["circle", "diamond"]))


def rows_of(agents: Sequence[Mapping[str, Any]], copy_of: Mapping[str, str], highlight: str | None) -> Rows:
    """What is drawn and told of each agent."""
    digits = decimals(agents)
    told = labels([agent["agent"] for agent in agents])
    return [
        {
            "label": f"{agent['rank'] or '–'}  {label}",
            "name": agent["agent"],
            "score": agent["score"],
            "low": agent["low"],
            "high": agent["high"],
            "place": in_words(agent),
            "value": number(agent["score"], digits),
            "interval": f"{number(agent['low'], digits)} … {number(agent['high'], digits)}",
            "answered": f"{agent['n_tasks']:,} tasks",
            "kind": "clone" if agent["agent"] in copy_of else "agent",
            "copies": copy_of.get(agent["agent"], "none"),
            "strength": 1 if highlight in (None, agent["agent"]) else FADED,
        }
        for agent, label in zip(agents, told, strict=True)
    ]


def in_words(agent: Mapping[str, Any]) -> str:
    """A rank with its interval."""
    return "none" if agent["rank"] is None else f"{agent['rank']} (95 %: {span(agent['rank_low'], agent['rank_high'])})"


def copies(document: Document) -> dict[str, str]:
    """Of each clone what it is a copy of."""
    clusters = document["diagnostics"]["clusters"]
    return {name: ", ".join(other for other in names if other != name) for names in clusters for name in names}


def unranked(rows: Rows, names: Sequence[str]) -> alt.Chart:
    """The words in the place of a score that is not known."""
    chart = alt.Chart(data(row for row in rows if row["score"] is None))
    text = chart.mark_text(text="not ranked", align="left", fontStyle="italic", color=GREY)
    return text.encode(y=row_axis(names), x=alt.value(6), tooltip=TIPS)


def brackets(document: Document, rows: Rows, names: Sequence[str]) -> alt.Chart:
    """A line at the right that joins agents which cannot be told apart."""
    label = {row["name"]: row["label"] for row in rows}
    tied = [group for group in document["diagnostics"]["tie_groups"] if len(group) > 1]
    spans = [
        {"first": label[group[0]], "last": label[group[-1]], "tied": f"{len(group)} agents that cannot be told apart"}
        for group in tied
    ]
    line = alt.Chart(data(spans)).mark_rule(strokeWidth=3, strokeCap="round", color=GREY, xOffset=8)
    return line.encode(y=row_axis(names, "first:N"), y2="last:N", x=alt.value("width"), tooltip=tips(tied="tied"))
