"""Schedules: evaluations that are run again and again, when they are due next, and what came of them."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard.connection import client, may
from dashboard.history import show_history
from dashboard.look import escaped, heading, link, moment
from dashboard.new_schedule import show_form
from dashboard.rhythms import in_words
from dashboard.states import empty
from elicit.schemas import Evaluation, Run, Schedule

RUNS_SHOWN = 20
READ_ONLY = "Your key may read only; to change schedules it needs the scope evaluate."


def main() -> None:
    """The page."""
    heading("Schedules", "Evaluations that are run again and again, so that a change of an agent does not go unseen.")
    schedules = client().schedules()
    evaluations = {evaluation.id: evaluation for evaluation in client().evaluations()}
    if not schedules:
        empty("No schedule yet. Choose an evaluation below and say how often it is to be run.")
    if not may("evaluate"):
        st.caption(READ_ONLY)
    if schedules:
        show(chosen(schedules, evaluations))
    with st.expander("New schedule", expanded=not schedules, icon=":material/add:"):
        show_form(list(evaluations.values()))


def chosen(schedules: list[Schedule], evaluations: Mapping[str, Evaluation]) -> Schedule:
    """The schedule of the row that is selected, else the one that the address names, else the newest."""
    ids = [schedule.id for schedule in schedules]
    asked = st.query_params.get("schedule")
    first = ids.index(asked) if asked in ids else 0
    picked = st.dataframe(
        table_of(schedules, evaluations),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [first]}},
        alt="The schedules, and when each is due next",
    )
    rows = picked.selection.rows
    schedule = schedules[rows[0] if rows and rows[0] < len(schedules) else first]
    st.query_params["schedule"] = schedule.id
    return schedule


def table_of(schedules: list[Schedule], evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """What the table shows of each schedule."""
    return pd.DataFrame(
        {
            "schedule": [schedule.name for schedule in schedules],
            "evaluation": [evaluations[schedule.evaluation_id].name for schedule in schedules],
            "runs": [in_words(schedule) for schedule in schedules],
            "next": ["paused" if one.paused else moment(one.next_run_at) for one in schedules],
            "last": [moment(schedule.last_run_at) for schedule in schedules],
            "budget": [budget_of(schedule) for schedule in schedules],
        }
    )


def budget_of(schedule: Schedule) -> str:
    """What all runs of a period may take, in words."""
    budget = schedule.budget
    if budget is None:
        return "none"
    limits = [f"${budget.max_cost:g}"] * (budget.max_cost is not None)
    limits += [f"{budget.max_calls:,} calls"] * (budget.max_calls is not None)
    return f"{' and '.join(limits)} a {budget.period}"


def show(schedule: Schedule) -> None:
    """One schedule: what may be done with it, when it is due, its runs, and its agents over time."""
    st.subheader(escaped(schedule.name), divider="gray")
    actions(schedule)
    due, past = st.columns(2, gap="large")
    with due:
        show_due(schedule)
    with past:
        show_runs(client().schedule_runs(schedule, limit=RUNS_SHOWN))
    show_history(schedule)


def actions(schedule: Schedule) -> None:
    """Buttons, for keys that may."""
    allowed = may("evaluate")
    with st.container(horizontal=True):
        if schedule.paused:
            if st.button("Go on", icon=":material/play_arrow:", disabled=not allowed):
                done(client().resume_schedule(schedule), "goes on")
        elif st.button("Pause", icon=":material/pause:", disabled=not allowed):
            done(client().pause_schedule(schedule), "is paused: no run begins until it goes on")
        if st.button("Run now", icon=":material/bolt:", disabled=not allowed):
            client().run_now(schedule)
            done(schedule, "has begun a run")
        with st.popover("Delete", icon=":material/delete:", disabled=not allowed):
            st.markdown("It begins no more runs. The runs it has made stay.")
            if st.button("Delete it", type="primary", disabled=not allowed):
                client().delete_schedule(schedule)
                st.query_params.pop("schedule", None)
                done(schedule, "is deleted; its runs stay")


def done(schedule: Schedule, words: str) -> None:
    """Say what was done, and draw the page anew."""
    st.toast(f"{escaped(schedule.name)} {words}.", icon=":material/check:")
    st.rerun()


def show_due(schedule: Schedule) -> None:
    """When the next runs begin."""
    st.markdown("**Next runs**")
    if schedule.paused:
        st.caption("Paused: no run begins until it goes on.")
        return
    for at in client().preview(schedule, count=5).times:
        st.markdown(f"- {moment(at)}")
    st.caption(f"If one is missed: {schedule.catch_up}. If the last still runs: {schedule.overlap}.")


def show_runs(runs: list[Run]) -> None:
    """What the schedule has begun."""
    st.markdown("**Last runs**")
    if not runs:
        st.caption("None yet.")
    for run in runs[:5]:
        reason = f": {run.reason}" if run.reason else ""
        link("runs", f"{moment(run.created_at)} · {run.state}{reason}", run=run.id)
    if len(runs) > 5:
        st.caption("Older ones are on the page Runs.")


main()
