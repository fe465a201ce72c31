"""Who tells about whom: a map of all pairs, and what is known of the pair that is chosen on it.

One rule: the map only shows; a choice is told in words below it, with the ways on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import streamlit as st

from dashboard.connection import client
from dashboard.likeness import side_by_side
from dashboard.look import chart, escaped, link
from elicit.charts import caption, heat_map
from elicit.charts.common import labels
from elicit.schemas import PairMatrix

ORDERS = ("by rank", "by likeness", "by name")
CELL = "cell"


def show_pairs(run_id: str, document: Mapping[str, Any]) -> None:
    """The map, in the order that is asked for."""
    pairs = client().pairs(run_id)
    order = st.segmented_control("Order", ORDERS, default=ORDERS[0], required=True, key="order", bind="query-params")
    names, score = arranged(pairs, [agent["agent"] for agent in document["agents"]], order)
    told = chart(
        clickable(heat_map(names, score, document["diagnostics"]["unit"])),
        f"{caption('heat_map')} Choose a cell to see what it is.",
        alt_text="What each agent earns from each peer",
        on_select="rerun",
        key=f"pairs {order}",
    )
    for cell in list(told["selection"].get(CELL) or ())[:1]:
        show_cell(run_id, cell, names, score)


def arranged(pairs: PairMatrix, ranked: Sequence[str], order: str) -> tuple[list[str], list[list[float | None]]]:
    """The names and the scores of the pairs, in the order asked for."""
    place = {name: number for number, name in enumerate(ranked)}
    indices = {
        "by rank": lambda: sorted(range(len(pairs.agents)), key=lambda i: place.get(pairs.agents[i], len(place))),
        "by likeness": lambda: side_by_side(pairs.score),
        "by name": lambda: sorted(range(len(pairs.agents)), key=lambda i: pairs.agents[i].casefold()),
    }[order]()
    return [pairs.agents[i] for i in indices], [[pairs.score[i][j] for j in indices] for i in indices]


def clickable(picture: alt.Chart) -> alt.Chart:
    """The map, on which a cell can be chosen."""
    return picture.add_params(alt.selection_point(name=CELL, fields=["row", "column"], empty=False))


def show_cell(
    run_id: str, cell: Mapping[str, str], names: Sequence[str], score: Sequence[Sequence[float | None]]
) -> None:
    """What is known of a chosen pair, and the ways on."""
    place = {label: number for number, label in enumerate(labels(names))}
    row, column = place[cell["row"]], place[cell["column"]]
    agent, peer = names[row], names[column]
    st.markdown(
        f"**{escaped(agent)}** earns {earned(score[row][column])} from **{escaped(peer)}**, "
        f"which earns {earned(score[column][row])} from it."
    )
    with st.container(horizontal=True):
        link("task", "See their answers", icon=":material/quiz:", run=run_id, agent=agent, peer=peer)


def earned(amount: float | None) -> str:
    """What was earned, in words.

    >>> earned(0.01234), earned(None)
    ('0.012', 'an unknown amount')
    """
    return "an unknown amount" if amount is None else f"{amount:.2g}"
