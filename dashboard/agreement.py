"""Whether other runs on the same tasks rank alike."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.connection import client
from dashboard.look import go, link, moment
from elicit.schemas import Agreement

ALIKE, SOMEWHAT = 0.8, 0.5


def show_agreement(run_id: str) -> None:
    """The other runs, and how far they agree."""
    others = client().agreement(run_id)
    if not others:
        st.markdown("No other run on these tasks. Two scorers that rank alike are a better reason to trust than one.")
        link("evaluate", "Rank the same tasks with another scorer", icon=":material/add_chart:")
        return
    st.markdown(in_words(others))
    picked = st.dataframe(
        table_of(others),
        hide_index=True,
        column_config={"95 %": st.column_config.TextColumn(alignment="right")},
        on_select="rerun",
        selection_mode="single-row",
        key="agreement",
        placeholder="–",
        alt="Other runs on the same tasks, newest first",
    )
    st.caption("1 is the same order, 0 none in common, -1 the reverse. Mark a row to compare the two runs.")
    for row in picked["selection"]["rows"]:
        go("compare", before=others[row].run_id, after=run_id)


def in_words(others: Sequence[Agreement]) -> str:
    """What the other runs come to, in a sentence."""
    known = [other.spearman for other in others if other.spearman is not None]
    if not known:
        return "Too few agents are in both this run and others to say whether they rank alike."
    least = min(known)
    told = "rank much alike" if least >= ALIKE else "rank somewhat alike" if least >= SOMEWHAT else "do not rank alike"
    runs = "1 other run on these tasks" if len(known) == 1 else f"{len(known)} other runs on these tasks"
    return f"**{runs} and this one {told}**: the least Spearman correlation of scores is {least:.2f}."


def table_of(others: Sequence[Agreement]) -> pd.DataFrame:
    """A row a run."""
    return pd.DataFrame(
        {
            "evaluation": [other.evaluation for other in others],
            "scorer": [other.scorer for other in others],
            "mechanism": [other.mechanism for other in others],
            "finished": [moment(other.at) for other in others],
            "agents in both": [other.n_agents for other in others],
            "Spearman": [None if other.spearman is None else round(other.spearman, 2) for other in others],
            "95 %": ["–" if other.low is None else f"{other.low:.2f} … {other.high:.2f}" for other in others],
        }
    )
