"""The chance that one agent stands above another."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.look import escaped

SURE, LIKELY = 0.975, 0.8


def show_chances(run_id: str, document: Mapping[str, Any]) -> None:
    """Choose two agents, and read who stands above whom."""
    names = [agent["agent"] for agent in document["agents"]]
    left, right = st.columns(2)
    first = left.selectbox("Agent", range(len(names)), format_func=names.__getitem__, key="chance_first")
    second = right.selectbox("Beside", range(len(names)), index=1, format_func=names.__getitem__, key="chance_second")
    st.markdown(chance_in_words(names[first], names[second], document["diagnostics"]["win_probability"][first][second]))
    st.caption(
        "How often the first scores above the second when the tasks are drawn anew, from the same kind of tasks."
    )


def chance_in_words(first: str, second: str, chance: float | None) -> str:
    """Who stands above whom, and how sure that is."""
    if first == second:
        return "Choose two different agents."
    if chance is None:
        return "Not known: at least one of the two has no rank."
    names = (first, second) if chance >= 0.5 else (second, first)
    above, below = (escaped(name) for name in names)
    share = max(chance, 1 - chance)
    sure = "surely" if share >= SURE else "probably" if share >= LIKELY else "perhaps"
    return f"**{above}** {sure} stands above **{below}**: the chance is {percent_of(share)}."


def percent_of(share: float) -> str:
    """A chance in percent, which is never called certain.

    >>> percent_of(0.934), percent_of(1.0)
    ('93 %', 'over 99 %')
    """
    return "over 99 %" if share > 0.99 else f"{share:.0%}".replace("%", " %")
