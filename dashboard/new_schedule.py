"""The form that makes a schedule."""

from collections.abc import Sequence
from datetime import time
from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from dashboard.connection import client, may
from dashboard.look import escaped, link
from dashboard.rhythms import RHYTHMS, WEEKDAYS, Rhythm, daily, hourly, weekly
from elicit.schemas import Evaluation

MORNING = time(6, 0)
MISSED = {"once": "make up for them once", "skip": "leave them out", "all": "make up for each"}
BUSY = {"skip": "leave it out", "queue": "begin it afterwards", "allow": "let both run"}


def show_form(evaluations: Sequence[Evaluation]) -> None:
    """Ask for a schedule, and make it."""
    if not evaluations:
        st.markdown("A schedule repeats an evaluation, and there is none yet.")
        link("evaluate", "New evaluation", icon=":material/add_chart:")
        return
    names = [evaluation.name for evaluation in evaluations]
    evaluation = st.selectbox("Evaluation", names)
    name = st.text_input("Name", value=f"{evaluation} again", max_chars=120)
    rhythm = st.segmented_control("How often", RHYTHMS, default=RHYTHMS[0], required=True)
    fields = asked(rhythm) | rules()
    if st.button("Create schedule", type="primary", disabled=not (may("evaluate") and name.strip())):
        made = client().create_schedule(name, evaluation, **fields)
        st.query_params["schedule"] = made.id
        st.toast(f"{escaped(made.name)} is made.", icon=":material/check:")
        st.rerun()


def asked(rhythm: Rhythm) -> dict[str, Any]:
    """The fields that say how often."""
    if rhythm == "every few hours":
        return hourly(int(st.number_input("Hours between runs", min_value=1, max_value=24 * 90, value=24)))
    left, middle, right = st.columns(3)
    zones = sorted(available_timezones())
    zone = {"time_zone": right.selectbox("Time zone", zones, index=zones.index("UTC"))}
    if rhythm == "cron line":
        return zone | {"cron": left.text_input("Cron line", "0 6 * * 1-5", help="minute hour day month weekday")}
    at = left.time_input("At", MORNING)
    if rhythm == "every day":
        return zone | daily(at)
    return zone | weekly(middle.selectbox("On", WEEKDAYS), at)


def rules() -> dict[str, Any]:
    """The fields that say what happens at the edges, and what it may cost."""
    left, right = st.columns(2)
    missed = left.selectbox("Runs missed while nothing ran", list(MISSED), format_func=MISSED.__getitem__)
    busy = right.selectbox("A run that is due while the last still runs", list(BUSY), format_func=BUSY.__getitem__)
    return {"catch_up": missed, "overlap": busy, "budget": budget()}


def budget() -> dict[str, Any] | None:
    """What all runs of a period may take; `None` without a limit."""
    period, cost, calls = st.columns(3)
    each = period.selectbox("Budget for each", ["day", "week", "month"], index=2)
    limits = {
        "max_cost": cost.number_input("US dollars at most", min_value=0.0, value=None, placeholder="no limit"),
        "max_calls": calls.number_input("Calls at most", min_value=0, value=None, placeholder="no limit"),
    }
    given = {name: value for name, value in limits.items() if value is not None}
    return {"period": each, **given} if given else None
