"""The pictures of the families' pages, drawn from the example files; one short function for each.

Run `python docs/mechanisms/make_pictures.py` after a change.
"""

from pathlib import Path

import altair as alt

from elicit.charts import as_svg
from elicit.charts.common import BLUE, GREY
from elicit.io import read
from elicit.mechanisms.forecasting import mean_forecasts, shares, votes

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"


def forecasts() -> alt.LayerChart:
    """How common the answer "no" is to each question, against how common it was expected to be."""
    evidence = read([EXAMPLES / "forecasts.csv"]).evidence
    no = evidence.classes.index("no")
    given, foreseen = shares(evidence)[:, no], mean_forecasts(evidence.forecast, votes(evidence))[:, no]
    dots = [{"given": float(y), "foreseen": float(x)} for x, y in zip(foreseen, given, strict=True)]
    sides = alt.Scale(domain=[0, 1])
    points = (
        alt.Chart(alt.Data(values=dots))
        .mark_circle(size=80, color=BLUE, opacity=0.6)
        .encode(
            x=alt.X("foreseen:Q", title='mean forecast of "no"', scale=sides),
            y=alt.Y("given:Q", title='share of "no" among the answers', scale=sides),
        )
    )
    line = (
        alt.Chart(alt.Data(values=[{"at": 0}, {"at": 1}]))
        .mark_line(color=GREY, strokeDash=[4, 4])
        .encode(x="at:Q", y="at:Q")
    )
    return alt.layer(line, points).properties(height=320)


PICTURES = {"forecasts": forecasts}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (HERE / f"{name}.svg").write_text(as_svg(draw(), width=480))
