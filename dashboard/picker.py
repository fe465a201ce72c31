"""Which run a page shows: chosen in the sidebar, kept from page to page, and part of the address.

One rule: whoever opens a copied address sees the same run.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import first_visit
from dashboard.connection import client
from dashboard.look import escaped, link, moment
from dashboard.run_facts import ICONS
from dashboard.states import UNKNOWN, polled
from elicit.digits import dollars
from elicit.errors import ApiError
from elicit.schemas import ENDED, Run

LISTED = 200
PICKED, KEPT = "run_picked", "run_kept"  # the widget's value, and what survives a change of page


def chosen_run() -> Run:
    """The run to show, which has a leaderboard; until there is one, the page ends here with what there is to say."""
    runs = client().runs(limit=LISTED)
    if not runs:
        first_visit.show()
        st.stop()
    run = picked(runs)
    if run.state not in ENDED:
        follow(run.id)
        st.stop()
    if run.state != "done":
        say_why(run)
    if run.state in ("cancelled", "failed"):
        st.stop()
    return run


def picked(runs: Sequence[Run]) -> Run:
    """The run that is picked: an address that is new says, else the page before, else the newest that is done."""
    by_id = {run.id: run for run in runs}
    named, kept = st.query_params.get("run"), st.session_state.get(KEPT)
    asked = known(named or kept, by_id)
    if st.session_state.get(PICKED) not in by_id or (named and named != kept):
        st.session_state[PICKED] = asked or newest_done(runs).id
    with st.sidebar:
        run_id = st.selectbox("Run", shown(by_id), format_func=lambda one: label(by_id[one]), key=PICKED)
    st.query_params["run"] = st.session_state[KEPT] = run_id
    return by_id[run_id]


def known(asked: str | None, by_id: dict[str, Run]) -> str | None:
    """The run that is asked for, which `by_id` gains where it is an older one; `None`, and a word, if there is none."""
    if asked is None or asked in by_id:
        return asked
    try:
        by_id[asked] = client().run(asked)
    except ApiError as error:
        if error.status != UNKNOWN:
            raise
        st.warning(
            f"**There is no run {escaped(asked)}** in this project, so another one is shown: the link may be old."
        )
        return None
    return asked


def shown(by_id: dict[str, Run]) -> list[str]:
    """The runs on offer: those of the scorer and mechanism that were asked for, and always the one that is shown."""
    runs = list(by_id.values())
    scorer, mechanism = filtered("Scorer", runs, "scorer"), filtered("Mechanism", runs, "mechanism")
    kept = st.session_state[PICKED]
    fits = [run.id for run in runs if scorer in (None, run.scorer) and mechanism in (None, run.mechanism)]
    return fits if kept in fits else [kept, *fits]


def filtered(title: str, runs: Sequence[Run], field: str) -> str | None:
    """What to show only, where there is a choice."""
    values = sorted({getattr(run, field) for run in runs} - {None})
    if len(values) < 2:
        return None
    return st.selectbox(title, values, index=None, placeholder="all", key=f"run_{field}")


def newest_done(runs: Sequence[Run]) -> Run:
    """The newest run with a leaderboard, else the newest of all."""
    return next((run for run in runs if run.state == "done"), runs[0])


def label(run: Run) -> str:
    """A run in a list."""
    return f"{ICONS[run.state]} {run.evaluation} · {run.scorer} · {moment(run.created_at)}"


@polled(2)
def follow(run_id: str) -> None:
    """A run under way, until it is over."""
    run = client().run(run_id)
    if run.state in ENDED:
        st.rerun()
    told = run.progress
    share = told.done / told.total if told.total else 0.0
    st.progress(share, text=f"{run.state}: {told.stage or 'about to begin'} {told.done:,} of {told.total:,}")
    st.caption(f"{told.calls:,} calls, {dollars(told.cost)} so far. The leaderboard opens here when the run is over.")
    if run.reason:
        st.warning(escaped(run.reason))
    link("runs", "Watch, cancel or resume it", icon=":material/monitoring:", run=run_id)


def say_why(run: Run) -> None:
    """Why a run is not done, and the way on."""
    reason = escaped(run.reason or "no reason was given")
    if run.state == "stopped":
        st.warning(f"**This run was stopped before its end**: {reason}. What was paid for is kept and scored below.")
    else:
        st.error(f"**This run was {run.state}**: {reason}.")
    link("runs", "See what it did, or resume it", icon=":material/monitoring:", run=run.id)
