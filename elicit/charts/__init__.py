"""Charts of runs: pure functions from plain data to Altair charts, for the dashboard, the report and notebooks.

One rule: what cannot be drawn is counted and said, and `caption(name)` says how to read the chart of that name.
"""

from elicit.charts.attacks import attack_map
from elicit.charts.categories import category_bars, category_map
from elicit.charts.forest import forest
from elicit.charts.heat_map import heat_map
from elicit.charts.history import history
from elicit.charts.moves import moves
from elicit.charts.picture import as_png, as_svg
from elicit.charts.scatter import cost_scatter, length_scatter
from elicit.charts.tasks import task_strip

__all__ = [
    "as_png",
    "as_svg",
    "attack_map",
    "caption",
    "category_bars",
    "category_map",
    "cost_scatter",
    "forest",
    "heat_map",
    "history",
    "length_scatter",
    "moves",
    "task_strip",
]

CAPTIONS = {
    "forest": "A dot is a score, the line its 95 % interval. A bar at the right joins agents that cannot be told "
    "apart; diamonds are clones. Where two lines overlap widely, do not read the order as a difference.",
    "heat_map": "The bluer a cell, the more the row's agent tells about the column's. A block of blue is a group that "
    "tells about itself: a family of models, or clones. A pale column is a peer nobody tells about.",
    "length_scatter": "A dot is an agent, a number its rank. Dots that rise to the right say that longer answers "
    "score higher, which need not be better: see the length-controlled score.",
    "cost_scatter": "A dot is an agent, a number its rank. The best bargains are at the top left.",
    "category_bars": "A dot is the score in the category, the line its 95 % interval, the tick the mean of the others. "
    "A line that crosses the tick does not tell the agent from the others.",
    "category_map": "The bluer a cell, the higher the row's agent scores in the column's category. Compare within a "
    "column: categories differ in what can be earned in them.",
    "attack_map": "A blue cell is a trick that raised somebody under the column's mechanism, the bluer the more "
    "places. A pale cell raised nobody.",
    "moves": "Hollow is the earlier run, filled the later one. Only triangles on thick lines are moves beyond noise.",
    "task_strip": "A tick is a task: right of 0 the agent scored above the mean of the others on it, left of 0 below.",
    "history": "A dot is the score in one run, the line its 95 % interval. Only triangles are moves beyond noise.",
}


def caption(chart: str) -> str:
    """How to read the chart of that name, in a sentence or two."""
    return CAPTIONS[chart]
