"""The heat map: who tells about whom.

One rule: 0 fades into the background, and a pair without a score has no cell.
"""

from collections.abc import Sequence
from typing import TypeAlias

import altair as alt

from elicit.charts.common import BLUE, VERMILLION, framed, labels, tips, titled

NOTHING = "rgba(127,127,127,0.1)"  # what earned 0: hardly there, on any background
NEXT_TO_NOTHING = 0.05  # of the largest value
ROOMY, TIGHT = 25, 60
Matrix: TypeAlias = Sequence[Sequence[float | None]]


def heat_map(agents: Sequence[str], matrix: Matrix, unit: str = "") -> alt.Chart:
    """What each agent (row) earns from each peer (column): blue above 0, vermillion below.

    `matrix[i][j]` is what agent i earns from peer j; `None` where that is not known.
    """
    told = labels(agents)
    return cells(told, told, matrix, ("agent that earns", "peer it earns from"), titled("earned", unit), note(matrix))


def cells(
    rows: Sequence[str], columns: Sequence[str], matrix: Matrix, titles: tuple[str, str], colour_title: str, note: str
) -> alt.Chart:
    """A matrix as coloured cells. It travels as a parameter: Streamlit hands lists within data over as no lists."""
    known = [value for line in matrix for value in line if value is not None]
    found = {"rows": list(rows), "columns": list(columns), "matrix": [list(map(short, line)) for line in matrix]}
    chart = (
        alt.Chart(alt.sequence(len(rows) * len(columns), as_="place"))
        .transform_calculate(i="floor(datum.place / length(columns))", j="datum.place % length(columns)")
        .transform_calculate(row="rows[datum.i]", column="columns[datum.j]", value="matrix[datum.i][datum.j]")
        .transform_filter("isValid(datum.value)")
        .add_params(*(alt.param(name=name, value=value) for name, value in found.items()))
        .mark_rect()
        .encode(
            y=alt.Y("row:N", title=titles[0], axis=axis(rows), scale=alt.Scale(domain=list(rows))),
            x=alt.X("column:N", title=titles[1], axis=axis(columns, -90), scale=alt.Scale(domain=list(columns))),
            color=colour(colour_title, known),
            tooltip=[*tips(row=titles[0], column=titles[1]), alt.Tooltip("value:Q", title=colour_title, format=".3~g")],
        )
    )
    framed_chart: alt.Chart = framed(chart, note, height=alt.Step(step(len(rows))))
    return framed_chart


def short(value: float | None) -> float | None:
    """A value with the digits that a colour can show."""
    return None if value is None else float(f"{value:.4g}")


def note(matrix: Matrix) -> str:
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
    """From vermillion by way of nothing to blue; where next to nothing is below 0, from nothing to blue."""
    largest = max(map(abs, known), default=0.0) or 1.0
    two_sided = min(known, default=0.0) < -NEXT_TO_NOTHING * largest
    domain = [-largest, 0, largest] if two_sided else [0, largest]
    colours = [VERMILLION, NOTHING, BLUE] if two_sided else [NOTHING, BLUE]
    legend = alt.Legend(orient="top", gradientLength=160, tickCount=3)
    return alt.Color("value:Q", title=title, scale=alt.Scale(domain=domain, range=colours, clamp=True), legend=legend)
