"""Who moved between two runs.

One rule: a move within noise is drawn as noise, thin and grey, however far it goes.
"""

from typing import TYPE_CHECKING, Any

import altair as alt

from elicit.charts.common import BLUE, GREY, MANY, data, framed, labels, row_axis, row_height, tips

if TYPE_CHECKING:
    from elicit.schemas import Comparison, Move


def moves(comparison: "Comparison") -> alt.LayerChart:
    """Each agent's rank in the earlier run (hollow) and in the later one (filled), best of the later on top.

    Ranks are among the agents that both runs have. A triangle on a thick line is a move beyond noise.
    """
    sorted_moves = sorted(comparison.moves, key=lambda move: (move.rank_after, move.agent))
    names = labels([move.agent for move in sorted_moves])
    rows = [row_of(move, label) for move, label in zip(sorted_moves, names, strict=True)]
    x = alt.X(
        "rank_after:Q",
        title="rank (1 is best)",
        scale=alt.Scale(zero=False, nice=False, padding=12),
        axis=x_axis(len(rows)),
    )
    base = alt.Chart(data(rows)).encode(y=row_axis(names), color=COLOUR, tooltip=TIPS)
    layers = (
        base.mark_rule().encode(
            x=x, x2="rank_before:Q", strokeWidth=alt.StrokeWidth("moved:N", scale=THICK, legend=None)
        ),
        base.mark_point(size=50).encode(x="rank_before:Q"),
        base.mark_point(filled=True, opacity=1, size=80).encode(x="rank_after:Q", shape=SHAPE),
    )
    return framed(alt.layer(*layers), height=row_height(len(rows)))


KINDS = ["within noise", "beyond noise"]
COLOUR = alt.Color("moved:N", scale=alt.Scale(domain=KINDS, range=[GREY, BLUE]), legend=None)
SHAPE = alt.Shape("moved:N", scale=alt.Scale(domain=KINDS, range=["circle", "triangle"]), legend=None)
THICK = alt.Scale(domain=KINDS, range=[1, 3])
TIPS = tips(name="agent", was="rank before", now="rank after", change="change", moved="move")


def x_axis(n: int) -> alt.Axis:
    """The axis of ranks, on top of a chart that is higher than a screen."""
    return alt.Axis(tickMinStep=1, format="d", tickCount=6, orient="top" if n > MANY else "bottom")


def change_in_words(move: "Move") -> str:
    """By how many ranks, with its interval where that is known."""
    if move.rank_change_low is None:
        return f"{move.rank_change:+d}"
    return f"{move.rank_change:+d} (95 %: {move.rank_change_low:+d} … {move.rank_change_high:+d})"


def row_of(move: "Move", label: str) -> dict[str, Any]:
    """What is drawn and told of an agent."""
    return {
        "label": label,
        "name": move.agent,
        "rank_before": move.rank_before,
        "rank_after": move.rank_after,
        "was": str(move.rank_before),
        "now": str(move.rank_after),
        "change": change_in_words(move),
        "moved": KINDS[move.beyond_noise],
    }
