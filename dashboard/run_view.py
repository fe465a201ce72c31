"""One run, as far as it is: state and reason, pace, cost against budget, what failed, what can be done.

One rule: while it is under way it is drawn anew every two seconds; once it is over, nothing asks any more.
"""

import time
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard.connection import client
from dashboard.look import duration, escaped, link, moment
from dashboard.run_actions import buttons
from dashboard.run_facts import (
    Seen,
    calls,
    headline,
    how_far,
    money,
    pace,
    pace_in_words,
    seen_lately,
    share_done,
    state_in_words,
    took_s,
)
from dashboard.states import polled
from elicit.schemas import ENDED, Run

EVERY_S = 2
PARKED_SHOWN = 100
PACES = "run_paces"  # by run: what the pace is taken from
LOUD = {"failed": st.error, "stopped": st.warning, "waiting": st.warning, "cancelled": st.info, "done": st.success}


def show(run: Run) -> None:
    """A run: live while it is under way."""
    st.subheader(escaped(run.evaluation), anchor=False)
    if run.state in ENDED:
        details(run)
    else:
        live(run.id)


@polled(EVERY_S)
def live(run_id: str) -> None:
    """A run under way, until it is over."""
    run = client().run(run_id)
    if run.state in ENDED:
        st.rerun(scope="app")
    details(run)


def details(run: Run) -> None:
    """Everything there is to say of a run."""
    st.caption(f"{state_in_words(run.state)} · {run.scorer} · made {moment(run.created_at)} · run {run.id}")
    say(run)
    numbers(run)
    if run.state in ("done", "stopped"):
        link("leaderboard", "Open the leaderboard", icon=":material/leaderboard:", run=run.id)
    buttons(run)
    if run.progress.parked:
        parked(run)


def say(run: Run) -> None:
    """The run in a sentence, and how far it is."""
    if run.state in LOUD:
        LOUD[run.state](escaped(headline(run)))
    if run.state in ("running", "queued", "waiting"):
        speed = pace_in_words(pace(remembered(run)), run.progress.total - run.progress.done)
        told = how_far(run) if run.state == "waiting" else headline(run)
        st.progress(share_done(run) or 0.0, text=escaped(" · ".join(filter(None, (told, speed)))))


def remembered(run: Run) -> list[Seen]:
    """What the pace of a run is taken from, with what it is now."""
    paces = st.session_state.setdefault(PACES, {})
    now = Seen(time.monotonic(), run.progress.stage, run.progress.done)
    paces[run.id] = seen_lately(paces.get(run.id, []), now)
    return paces[run.id]


def numbers(run: Run) -> None:
    """Cost, calls, failures, time."""
    told = run.progress
    with st.container(horizontal=True, gap="large"):
        st.metric("Cost", money(run), width="content")
        st.metric("Calls", calls(run), width="content")
        st.metric(
            "Failed", f"{told.failed:,}", width="content", help="Requests whose model gave no answer; counted, not 0."
        )
        st.metric(
            "Given up", f"{told.parked:,}", width="content", help="Requests that several tries ended in an error of."
        )
        st.metric("Took", duration(took_s(run, datetime.now(UTC))), width="content")


def parked(run: Run) -> None:
    """Requests that were given up, with the last error of each."""
    found = client().parked(run, limit=PARKED_SHOWN)
    st.markdown(f"**Given up after several tries** ({len(found):,} of {run.progress.parked:,})")
    rows = [{"request": item.key, "tries": item.tries, "last error": item.error} for item in found]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
