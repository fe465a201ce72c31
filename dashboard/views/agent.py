"""The page of an agent: where it stands in a run, on which tasks it does well, and how it did before."""

import streamlit as st

from dashboard.agent_history import show_agent_history
from dashboard.agent_peers import show_peers
from dashboard.agent_tasks import show_categories, show_tasks
from dashboard.choosing import chosen
from dashboard.connection import client
from dashboard.look import escaped, heading
from dashboard.picker import chosen_run
from dashboard.standing import failures, show_standing
from elicit.digits import decimals


def main() -> None:
    """The page."""
    heading("Agent", "Where one agent stands, and where it does well or badly.")
    run = chosen_run()
    document = client().leaderboard(run).document
    rows = {row["agent"]: row for row in document["agents"]}
    agent = chosen("Agent", list(rows), "agent")
    digits, unit = decimals(document["agents"]), document["diagnostics"]["unit"]
    show_standing(document, rows[agent])
    if told := failures(rows[agent]):
        st.markdown(escaped(told))
    show_categories(run, agent, unit)
    show_tasks(run, agent, unit, digits)
    show_peers(run, agent, digits, unit)
    show_agent_history(agent, unit)


main()
