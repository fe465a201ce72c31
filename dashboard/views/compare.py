"""The page that compares: two runs, or two agents of one run."""

import streamlit as st

from dashboard.look import heading
from dashboard.two_agents import show_two_agents
from dashboard.two_runs import show_two_runs

RUNS, AGENTS = "Two runs", "Two agents of one run"
KEY = "compared"


def main() -> None:
    """The page."""
    heading("Compare", "Who moved, or who is better, and is it more than noise?")
    if KEY not in st.session_state:
        st.session_state[KEY] = AGENTS if asks_for_agents() else RUNS
    what = st.segmented_control("Compare", [RUNS, AGENTS], required=True, key=KEY, label_visibility="collapsed")
    if what == AGENTS:
        forget("before", "after")
        show_two_agents()
    else:
        forget("run", "baseline")
        show_two_runs()


def asks_for_agents() -> bool:
    """Whether the address names two agents."""
    return "baseline" in st.query_params and "before" not in st.query_params


def forget(*parameters: str) -> None:
    """Take out of the address what is not looked at."""
    for parameter in parameters:
        st.query_params.pop(parameter, None)


main()
