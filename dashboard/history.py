"""Agents over the runs of schedules: a chart, and who moved by more than noise.

One rule: scores compare within one schedule only, for only there everything but the agents stays the same.
"""

import streamlit as st

from dashboard.connection import client
from dashboard.look import chart, escaped, moment
from elicit.charts import caption, history
from elicit.schemas import Schedule, ScorePoint

POINTS, AGENTS = 60, 5


def show_history(schedule: Schedule) -> None:
    """The agents of a schedule over its runs."""
    st.markdown("**Scores over time**")
    agents = client().evaluation(schedule.evaluation_id).plan["agents"]
    shown = st.multiselect("Agents", agents, default=agents[:AGENTS], max_selections=AGENTS)
    points = [point for agent in shown for point in client().history(agent, schedule=schedule.id, limit=POINTS)]
    if not points:
        st.caption("No finished run yet.")
        return
    chart(history(points), caption("history"), alt_text="Scores of agents over the runs of a schedule")
    for point in points:
        if point.moved:
            st.markdown(f"- {alert(point)}")


def alert(point: ScorePoint) -> str:
    """An agent that moved, in words."""
    return f":material/notifications: **{escaped(point.agent)}** moved by more than noise on {moment(point.at)}."
