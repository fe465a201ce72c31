"""The heat map: who tells about whom.

One rule: 0 fades into the background, and a pair without a score has no cell.
"""

from collections.abc import Sequence

import altair as alt

from elicit.charts.common import BLUE, VERMILLION, data, framed, labels, tips

NOTHING = "rgba(127,127,127,0.1)"  # what earned 0: hardly there, on any background
ROOMY, TIGHT = 25, 60


def heat_map(agents: Sequence[str], matrix: Sequence[Sequence[float | None]], unit: str = "") -> alt.Chart:
    """What each agent (row) earns from each peer (column): blue above 0, vermillion below.

    `matrix[i][j]` is what agent i earns from peer j; `None` where that is not known. One row of data an agent keeps 200
    agents small.
    """
    told = labels(agents)
    rows = [{"agent": label, "earned": list(map(short, earned))} for label, earned in zip(told, matrix, strict=True)]
    known = [value for earned in matrix for value in earned if value is not None]
    chart = (
        alt.Chart(data(rows))
        .transform_flatten(["earned"])
        .transform_window(place="row_number()", groupby=["agent"])
        .transform_calculate(peer="labels[datum.place - 1]")
        .transform_filter("isValid(datum.earned)")
        .add_params(alt.param(name="labels", value=told))
        .mark_rect()
        .encode(
            y=alt.Y("agent:N", title="agent that earns", axis=axis(told), scale=alt.Scale(domain=told)),
            x=alt.X("peer:N", title="peer it earns from", axis=axis(told, -90), scale=alt.Scale(domain=told)),
            color=colour(f"earned ({unit})" if unit else "earned", known),
            tooltip=[*tips(agent="agent", peer="peer"), alt.Tooltip("earned:Q", format=".3~g")],
        )
    )
    framed_chart: alt.Chart = framed(chart, note(matrix), height=alt.Step(step(len(told))))
    return framed_chart


def short(value: float | None) -> float | None:
    """A value with the digits that a colour can show."""
    return None if value is None else float(f"{value:.4g}")


def note(matrix: Sequence[Sequence[float | None]]) -> str:
    """How many pairs have no score, agents with themselves apart."""
    gaps = sum(value is None for i, row in enumerate(matrix) for j, value in enumerate(row) if i != j)
    pairs = len(matrix) * (len(matrix) - 1)
    return f"{gaps:,} of {pairs:,} pairs have no score and no cell" if gaps else ""


def axis(names: Sequence[str], angle: int = 0) -> alt.Axis:
    """Labels of names, as many as there is room for."""
    return alt.Axis(
        labelAngle=angle,
        labelLimit=150,
        labelOverlap="greedy",
        ticks=False,
        labelFontSize=11 if len(names) <= ROOMY else 9,
    )


def step(n: int) -> int:
    """Pixels a row."""
    return 22 if n <= ROOMY else 12 if n <= TIGHT else 6


def colour(title: str, known: Sequence[float]) -> alt.Color:
    """From vermillion by way of nothing to blue; where nothing is below 0, from nothing to blue."""
    largest = max(map(abs, known), default=0.0) or 1.0
    two_sided = min(known, default=0.0) < 0
    domain = [-largest, 0, largest] if two_sided else [0, largest]
    colours = [VERMILLION, NOTHING, BLUE] if two_sided else [NOTHING, BLUE]
    legend = alt.Legend(orient="top", gradientLength=160, tickCount=3)
    return alt.Color("earned:Q", title=title, scale=alt.Scale(domain=domain, range=colours), legend=legend)
