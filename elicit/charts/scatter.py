"""What a score goes with: the length of answers, and what they cost.

One rule: a dot carries its agent's rank where there is room, so that a printed chart can be read beside its table.
"""

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt

from elicit.charts.common import BLUE, GREY, Document, Rows, data, framed, missing, score_title, tips
from elicit.charts.forest import SHAPE, copies, in_words
from elicit.digits import decimals, dollars, number

Value = Callable[[Mapping[str, Any]], float | None]
CROWD = 30  # more dots than this leave no room for numbers
WIDE = 8  # how many times the least the most must be for an axis of ratios


def length_scatter(document: Document) -> alt.LayerChart:
    """Score against the mean length of an agent's answers, with the score's 95 % interval.

    `document` is a leaderboard's JSON form. Agents without a score or without texts are left out and counted.
    """
    rows = rows_of(document, lambda agent: agent["mean_words"], lambda words: f"{words:,.0f} words")
    return scatter(document, rows, "mean length of an answer (words)", "a score or a length")


def cost_scatter(document: Document) -> alt.LayerChart:
    """Score against what an agent's answers took in US dollars, stored ones included.

    `document` is that of a plan's run. Agents of unknown price, and those outside that nobody asked, are left out and
    counted.
    """
    return scatter(
        document, rows_of(document, cost, dollars), "cost of its answers (US dollars)", "a score or a known cost"
    )


def cost(agent: Mapping[str, Any]) -> float | None:
    """What an agent's answers took; `None` where that is not known, or nothing was asked."""
    spend = agent.get("spend") or {"calls": 0}
    return spend["cost"] if spend["calls"] else None


def rows_of(document: Document, value: Value, told: Callable[[float], str]) -> Rows:
    """What is drawn and told of each agent of which both are known."""
    digits, copy_of = decimals(document["agents"]), copies(document)
    known = [
        (agent, x) for agent in document["agents"] if agent["score"] is not None and (x := value(agent)) is not None
    ]
    return [
        {
            "name": agent["agent"],
            "x": x,
            "told": told(x),
            "score": agent["score"],
            "low": agent["low"],
            "high": agent["high"],
            "rank": str(agent["rank"]),
            "place": in_words(agent),
            "value": number(agent["score"], digits),
            "kind": "clone" if agent["agent"] in copy_of else "agent",
        }
        for agent, x in known
    ]


def scatter(document: Document, rows: Rows, title: str, what: str) -> alt.LayerChart:
    """Dots with the interval of the score, each with its rank beside it."""
    tooltip = tips(name="agent", place="rank", value="score", told=title.partition(" (")[0])
    scale = x_scale([row["x"] for row in rows])
    x = alt.X("x:Q", title=title, scale=scale, axis=alt.Axis(tickCount=5, grid=scale.type != "log"))
    base = alt.Chart(data(rows)).encode(x=x)
    y = alt.Y("low:Q", title=score_title(document), scale=alt.Scale(zero=False, nice=True))
    crowded = len(rows) > CROWD
    layers = [
        base.mark_rule(color=BLUE, strokeWidth=1, opacity=0.3 if crowded else 1).encode(y=y, y2="high:Q"),
        base.mark_point(filled=True, size=60, color=BLUE, opacity=1).encode(y="score:Q", shape=SHAPE, tooltip=tooltip),
    ]
    if not crowded:
        numbers = base.mark_text(align="left", dx=7, dy=-4, fontSize=10, color=GREY)
        layers.append(numbers.encode(y="score:Q", text="rank:N"))
    return framed(alt.layer(*layers), missing(document["n_agents"] - len(rows), "agent", what), height=280)


def x_scale(values: list[float]) -> alt.Scale:
    """An axis of ratios where values are many times each other, else one of differences."""
    if values and min(values) > 0 and max(values) > WIDE * min(values):
        return alt.Scale(type="log", padding=16, nice=False)
    return alt.Scale(type="linear", zero=False, padding=16, nice=False)
