"""Whom an agent tells most about, and who tells about it."""

from typing import Any

import streamlit as st

from dashboard.connection import client
from dashboard.look import escaped, go
from dashboard.tables import fixed, named, rows_that_open
from elicit.schemas import PairMatrix, Run

READ = (
    "What the agent earned from each peer on average, largest first, and what the peer earned from it. A peer that it "
    "tells far more about than others may be a relative: the same model, or the same source. Click the box before a "
    "row to compare the two."
)


def show_peers(run: Run, agent: str, digits: int, unit: str) -> None:
    """The agent's row and column of who tells about whom."""
    st.subheader("Whom it tells most about")
    rows = pairs_of(client().pairs(run), agent)
    if not rows:
        st.markdown("It was compared with nobody.")
        return
    columns = {
        "peer": named("peer"),
        "earned": fixed("earned from the peer", digits),
        "earns": fixed("the peer earned", digits),
    }
    st.caption(f"{READ} Unit: {escaped(unit)}.")
    rows_that_open(rows, columns, lambda row: compare(run, agent, row["peer"]), alt="Peers", key="peer_rows")


def compare(run: Run, agent: str, peer: str) -> None:
    """Open the two side by side."""
    go("compare", run=run.id, agent=agent, baseline=peer)


def pairs_of(pairs: PairMatrix, agent: str) -> list[dict[str, Any]]:
    """The peers that it has a score with, those it earned most from first.

    >>> matrix = PairMatrix(agents=["a", "b", "c"], score=[[None, 1.0, 2.0], [0.5, None, 0.0], [None, 0.0, None]])
    >>> pairs_of(matrix, "a")
    [{'peer': 'c', 'earned': 2.0, 'earns': None}, {'peer': 'b', 'earned': 1.0, 'earns': 0.5}]
    """
    at = pairs.agents.index(agent)
    rows = [
        {"peer": peer, "earned": pairs.score[at][other], "earns": pairs.score[other][at]}
        for other, peer in enumerate(pairs.agents)
        if pairs.score[at][other] is not None
    ]
    return sorted(rows, key=lambda row: -row["earned"])
