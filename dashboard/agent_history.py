"""An agent over the runs of schedules: where it moved by more than noise."""

from typing import Any

import streamlit as st

from dashboard.connection import client
from dashboard.look import chart, moment
from dashboard.tables import fixed, rows_that_open
from elicit.charts import caption, history
from elicit.digits import decimals
from elicit.schemas import ScorePoint

POINTS = 100


def show_agent_history(agent: str, unit: str) -> None:
    """Its scores over time, newest first in the table."""
    points = client().history(agent, limit=POINTS)
    st.subheader("Over the runs of schedules")
    if not points:
        st.markdown("No schedule has run with this agent yet.")
        return
    for point in points:
        if point.moved:
            st.markdown(f":material/notifications: Moved by more than noise on {moment(point.at)}.")
    chart(history(points, unit), caption("history"), alt_text=f"Scores of the agent in {len(points)} runs")
    show_points(points)


def show_points(points: list[ScorePoint]) -> None:
    """The same as a table; a row opens its run."""
    digits = decimals([point.model_dump() for point in points])
    columns = {
        "when": "run at",
        "rank": st.column_config.NumberColumn("rank", format="%d"),
        "score": fixed("score", digits),
        "low": fixed("low", digits),
        "high": fixed("high", digits),
        "move": "since the run before",
    }
    with st.expander("The same as a table", icon=":material/table:"):
        rows_that_open(list(map(row_of, points)), columns, opened, alt="Scores by run", key="history_rows")


def row_of(point: ScorePoint) -> dict[str, Any]:
    """What the table shows of a run."""
    moved = {True: "▲▼ moved beyond noise", False: "within noise", None: "–"}[point.moved]
    return {**point.model_dump(), "when": moment(point.at), "move": moved}


def opened(row: dict[str, Any]) -> None:
    """Show the agent in that run."""
    st.query_params["run"] = row["run_id"]
    st.rerun()
