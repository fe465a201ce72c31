"""What can be done with a run: cancel, resume, retry what failed, run again.

One rule: whatever may cost money says so and is confirmed, and a second press does nothing twice.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import streamlit as st

from dashboard.connection import client, may
from dashboard.look import escaped, go
from dashboard.run_facts import calls, money
from dashboard.states import told
from elicit.schemas import ENDED, Run

STANDS_STILL = ("stopped", "cancelled", "failed", "waiting")
NO_SCOPE = "Your key lacks the scope evaluate."
AGAIN = "run_again_once"  # what makes two presses of one dialog one run


def buttons(run: Run) -> None:
    """The ways on from here."""
    barred = not may("evaluate")
    hint = NO_SCOPE if barred else None
    with st.container(horizontal=True):
        if run.state not in ENDED and st.button("Cancel", icon=":material/cancel:", disabled=barred, help=hint):
            client().cancel_run(run)
            st.rerun(scope="app")
        if run.state in STANDS_STILL and st.button("Resume", icon=":material/play_arrow:", disabled=barred, help=hint):
            confirm_resume(run)
        if can_retry(run) and st.button("Retry failed", icon=":material/replay:", disabled=barred, help=hint):
            confirm_retry(run)
        if run.state in ENDED and st.button("Run again", icon=":material/add_circle:", disabled=barred, help=hint):
            st.session_state[AGAIN] = uuid4().hex
            confirm_again(run)


def can_retry(run: Run) -> bool:
    """Whether there is anything to ask again."""
    return run.state != "done" and run.progress.failed + run.progress.parked > 0


@st.dialog("Resume this run?")
def confirm_resume(run: Run) -> None:
    """Ask before paid work follows."""
    st.write("Only what is missing is asked. Models that are asked cost what they cost, within the run's budget.")
    budget = larger_budget(run) if run.reason == "budget" else None
    if st.button("Resume it", type="primary", disabled=budget == {}):
        done(lambda: client().resume_run(run, budget=budget))


def larger_budget(run: Run) -> dict[str, float]:
    """The limits that are raised, as the user wants them."""
    st.warning(f"Its budget is used up (calls: {calls(run)}; cost: {money(run)}). Say what it may take in all.")
    cost, made = st.columns(2)
    limits = {
        "max_cost": cost.number_input("US dollars in all", run.progress.cost, value=None, placeholder="as it is"),
        "max_calls": made.number_input("Calls in all", run.progress.calls + 1, value=None, placeholder="as it is"),
    }
    return {name: limit for name, limit in limits.items() if limit is not None}


@st.dialog("Retry what failed?")
def confirm_retry(run: Run) -> None:
    """Ask before paid work follows."""
    told_of = run.progress
    st.write(f"{told_of.failed:,} failed and {told_of.parked:,} given-up requests are asked again, within the budget.")
    if st.button("Ask them again", type="primary"):
        done(lambda: client().retry_failed(run))


@st.dialog("Run this evaluation again?")
def confirm_again(run: Run) -> None:
    """Ask before a run is made that may cost money."""
    st.write(f"Makes a new run of **{escaped(run.evaluation)}**, with the agents' newest outputs.")
    afresh = st.radio(
        "Answers of models that are stored",
        [False, True],
        format_func=lambda afresh: "Ask all models afresh" if afresh else "Use them; ask only what failed or is new",
        captions=["Costs what is asked.", "Costs about as much as the whole run. Shows how far answers vary."],
    )
    epoch = f"{datetime.now(UTC):%Y-%m-%d}-{st.session_state[AGAIN][:6]}" if afresh else ""
    if st.button("Start the run", type="primary"):
        with told():
            made = client().create_run(run.evaluation_id, epoch=epoch, once=st.session_state[AGAIN])
            go("runs", run=made.id)


def done(act: Callable[[], object]) -> None:
    """Do it, and draw the page anew."""
    with told():
        act()
        st.rerun(scope="app")
