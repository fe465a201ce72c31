"""Charts of runs: pure functions from plain data to Altair charts, for the dashboard, the report and notebooks.

One rule: what cannot be drawn is counted and said, and `caption(name)` says how to read the chart of that name.
"""

from elicit.charts.forest import forest
from elicit.charts.heat_map import heat_map
from elicit.charts.history import history
from elicit.charts.picture import as_png, as_svg

__all__ = ["as_png", "as_svg", "caption", "forest", "heat_map", "history"]

CAPTIONS = {
    "forest": "A dot is a score, the line its 95 % interval. A bar at the right joins agents that cannot be told "
    "apart; diamonds are clones. Where two lines overlap widely, do not read the order as a difference.",
    "heat_map": "The bluer a cell, the more the row's agent tells about the column's. A block of blue is a group that "
    "tells about itself: a family of models, or clones. A pale column is a peer nobody tells about.",
    "history": "A dot is the score in one run, the line its 95 % interval. Only triangles are moves beyond noise.",
}


def caption(chart: str) -> str:
    """How to read the chart of that name, in a sentence or two."""
    return CAPTIONS[chart]
