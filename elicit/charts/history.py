"""An agent's score over time.

One rule: runs of different schedules are different lines, for they may not measure the same.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from elicit.charts.common import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    Rows,
    data,
    framed,
    labels,
    missing,
    tips,
    titled,
)
from elicit.digits import decimals

if TYPE_CHECKING:
    from elicit.schemas import ScorePoint

COLOURS = [BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY]


def history(points: "Sequence[ScorePoint]", unit: str = "") -> alt.LayerChart:
    """Scores with their 95 % intervals over the times of runs; a triangle is a move beyond noise.

    `points` come as `Client.history` returns them, of one agent or of several. Runs without a score are left out and
    counted.
    """
    rows = rows_of(points)
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "at:T",
            title="time of the run (UTC)",
            scale=alt.Scale(type="utc", padding=12),
            axis=alt.Axis(tickCount=5, format=DAY),
        )
    )
    if len({row["label"] for row in rows}) > 1:
        base = base.encode(color=alt.Color("label:N", title=None, scale=alt.Scale(range=COLOURS), legend=LEGEND))
    y = alt.Y("low:Q", title=titled("score", unit), scale=alt.Scale(zero=False))
    layers = (
        base.mark_line(strokeWidth=1, color=BLUE).encode(y="score:Q", detail=["schedule:N", "label:N"]),
        base.mark_rule(strokeWidth=2, color=BLUE).encode(y=y, y2="high:Q", tooltip=TIPS),
        base.mark_point(filled=True, opacity=1, color=BLUE).encode(y="score:Q", shape=SHAPE, size=SIZE, tooltip=TIPS),
    )
    return framed(alt.layer(*layers), missing(len(points) - len(rows), "run", "a score"), height=220)


DAY = "%d %b %Y"
KINDS = ["within noise", "moved beyond noise"]
LEGEND = alt.Legend(orient="top", labelLimit=220, columns=2)
SHAPE = alt.Shape("moved:N", title=None, scale=alt.Scale(domain=KINDS, range=["circle", "triangle-up"]), legend=None)
SIZE = alt.Size("moved:N", scale=alt.Scale(domain=KINDS, range=[50, 160]), legend=None)
TIPS = tips(agent="agent", when="run at", place="rank", value="score", interval="95 %", moved="since the run before")


def rows_of(points: "Sequence[ScorePoint]") -> Rows:
    """What is drawn of each run with a score."""
    known = [point for point in points if point.score is not None]
    digits = decimals([vars(point) for point in known])
    names = list(dict.fromkeys(point.agent for point in known))
    label = dict(zip(names, labels(names), strict=True))
    return [row(point, digits) | {"label": label[point.agent]} for point in known]


def row(point: "ScorePoint", digits: int) -> dict[str, Any]:
    """One run."""
    interval = "unknown" if point.low is None else f"{point.low:.{digits}f} … {point.high:.{digits}f}"
    return {
        "agent": point.agent,
        "schedule": point.schedule_id,
        "at": point.at.isoformat(),
        "when": f"{point.at:%Y-%m-%d %H:%M} UTC",
        "score": point.score,
        "low": point.low,
        "high": point.high,
        "value": f"{point.score:.{digits}f}",
        "interval": interval,
        "place": "none" if point.rank is None else str(point.rank),
        "moved": KINDS[bool(point.moved)],
    }
