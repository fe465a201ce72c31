"""Trust: how far a ranking can be relied on, and what to do next.

One rule: words first, charts second, and only what is looked at is fetched.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.agreement import show_agreement
from dashboard.chances import show_chances
from dashboard.connection import client
from dashboard.look import chart, escaped, heading, link
from dashboard.next_steps import next_steps
from dashboard.pair_map import show_pairs
from dashboard.picker import chosen_run
from dashboard.trust_numbers import numbers_of, separation_of
from dashboard.trust_points import show_points
from dashboard.verdict import show_verdict
from elicit.charts import caption, length_scatter
from elicit.words import trust_points, verdict

Document = Mapping[str, Any]


def main() -> None:
    """The page."""
    run = chosen_run()
    document = client().leaderboard(run).document
    heading("Trust", f"How far the ranking of {escaped(run.evaluation)} can be relied on, and what to do next.")
    show_verdict(verdict(document))
    st.subheader("What to do next")
    st.markdown("\n".join(f"- {escaped(step)}" for step in next_steps(document)))
    link("leaderboard", "Leaderboard", icon=":material/leaderboard:", run=run.id)
    st.subheader("Point by point")
    show_points(trust_points(document))
    st.subheader("Look closer")
    show_closer(run.id, document)


def show_closer(run_id: str, document: Document) -> None:
    """What there is to see; only the tab that is open is fetched and drawn."""
    parts = {
        "Who tells about whom": lambda: show_pairs(run_id, document),
        "Other runs": lambda: show_agreement(run_id),
        "Two agents": lambda: show_chances(run_id, document),
        **({"Length": lambda: show_length(document)} if document["diagnostics"]["length"] else {}),
        "Numbers": lambda: show_numbers(document),
    }
    for tab, show in zip(st.tabs(list(parts), key="closer", bind="query-params"), parts.values(), strict=True):
        if tab.open:
            with tab:
                show()


def show_length(document: Document) -> None:
    """Whether long answers earn more."""
    chart(length_scatter(document), caption("length_scatter"), alt_text="Score against mean length, a dot an agent")


def show_numbers(document: Document) -> None:
    """The numbers behind the words."""
    st.dataframe(numbers_of(document), hide_index=True, alt="The numbers behind the points of trust")
    neighbours = separation_of(document)
    if not neighbours.empty:
        st.markdown("**Neighbours in rank**: how far apart, and how many more tasks of the same kind would tell.")
        st.dataframe(neighbours, hide_index=True, alt="Neighbours in rank")


main()
