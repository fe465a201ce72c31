"""New evaluation: from data to a run, in four steps on one page."""

from typing import Any

import streamlit as st

from dashboard.evaluation_data import Chosen, data
from dashboard.evaluation_design import can_run, design, fields
from dashboard.evaluation_scoring import Scoring, scoring
from dashboard.evaluation_start import named, start, suggested
from dashboard.look import heading

STEPS = {
    1: ("Data", "Choose a task set and two agents or more."),
    2: ("Scorer and mechanism", "Opens when the data is chosen: advice depends on it."),
    3: ("Design and budget", "Opens when the scorer is chosen."),
    4: ("Name and start", "Opens when all of it can be run."),
}


def main() -> None:
    """The page."""
    heading(
        "New evaluation", "From a file to a leaderboard: choose data, a scorer and a budget. Nothing runs before Start."
    )
    with step(1):
        chosen = data()
    with step(2, opened=chosen is not None):
        scored = scoring(chosen) if chosen else None
    with step(3, opened=scored is not None):
        wanted = planned(chosen, scored) if chosen and scored else None
    with step(4, opened=wanted is not None):
        if chosen and scored and wanted:
            start(named(wish(chosen, scored)), wanted)


def step(number: int, *, opened: bool = True) -> st.delta_generator.DeltaGenerator:
    """A step's frame; one that is not open yet says when it will be."""
    title, closed = STEPS[number]
    frame = st.container(border=True, key=f"step_{number}")
    frame.subheader(f"{number} {title}", anchor=False)
    if not opened:
        frame.caption(closed)
    return frame


def planned(chosen: Chosen, scored: Scoring) -> dict[str, Any] | None:
    """Everything that is chosen, but for the name; `None` where the server would not take it."""
    wanted = fields(chosen, scored, design(chosen, scored))
    return wanted if can_run(wish(chosen, scored), wanted) else None


def wish(chosen: Chosen, scored: Scoring) -> str:
    """A name that says what it is, and that nothing has yet."""
    return suggested(f"{chosen.task_set.name} · {scored.scorer['kind']}")


main()
