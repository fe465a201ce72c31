"""The leaderboard of a run: who ranks where, how sure that is, and what to know before quoting it."""

import pandas as pd
import streamlit as st

from dashboard.connection import client
from elicit.errors import ElicitError
from elicit.schemas import Run

FINAL = ("done", "stopped", "cancelled", "failed")
HELP = "No run yet. Submit outputs and start a run from Python: docs/howto/submit-from-python.md shows how."


def main() -> None:
    """The page."""
    st.title("Leaderboard")
    try:
        runs = client().runs(limit=50)
        if not runs:
            st.info(HELP)
            return
        names = {evaluation.id: evaluation.name for evaluation in client().evaluations()}
        run = st.selectbox("Run", runs, format_func=lambda run: label(run, names), key="run")
        if run.state in FINAL:
            show(run)
        else:
            follow(run.id)
    except ElicitError as error:
        st.error(str(error))


def label(run: Run, names: dict[str, str]) -> str:
    """A run in a list."""
    return f"{names.get(run.evaluation_id, run.evaluation_id)} · {run.created_at:%Y-%m-%d %H:%M} UTC · {run.state}"


@st.fragment(run_every=2)
def follow(run_id: str) -> None:
    """The progress of a run under way, until it is over."""
    run = client().run(run_id)
    if run.state in FINAL:
        st.rerun()
    told = run.progress
    share = told.done / told.total if told.total else 0.0
    st.progress(share, text=f"{run.state}: {told.stage or 'about to begin'} {told.done:,} of {told.total:,}")
    if run.reason:
        st.warning(run.reason)


def show(run: Run) -> None:
    """A run that is over."""
    if run.state != "done":
        st.warning(f"This run was {run.state}: {run.reason or 'no reason was given'}")
    if run.state in ("cancelled", "failed"):
        return
    board = client().leaderboard(run)
    frame = board.to_frame()
    st.caption(board.title)
    table, chart = st.columns([3, 2])
    table.dataframe(columns_of(frame), hide_index=True, width="stretch")
    chart.altair_chart(board.plot(), width="stretch")
    st.subheader("Before you quote a rank")
    for heading, text in board.trust:
        st.markdown(f"**{heading}** {escaped(text)}")
    for note in board.diagnostics["notes"]:
        st.markdown(f"- {escaped(note)}")
    st.download_button("Download CSV", board.to_csv(), file_name=f"{run.id}.csv", mime="text/csv")


def columns_of(frame: pd.DataFrame) -> pd.DataFrame:
    """What the table shows of each agent."""
    return pd.DataFrame(
        {
            "rank": frame["rank"],
            "95 %": [span(low, high) for low, high in zip(frame["rank_low"], frame["rank_high"], strict=True)],
            "agent": frame["agent"],
            "score": frame["score"].round(3),
            "low": frame["low"].round(3),
            "high": frame["high"].round(3),
            "answered": (100 * frame["coverage"]).round().astype("Int64").astype(str) + " %",
            "length out": frame["score_length_adjusted"].astype(float).round(3),
            "tied": frame["tie_group"],
        }
    )


def span(low: int | None, high: int | None) -> str:
    """An interval of ranks in words."""
    if pd.isna(low) or pd.isna(high):
        return "–"
    return str(low) if low == high else f"{low}–{high}"


def escaped(text: str) -> str:
    """Text of others as Markdown that shows it and does nothing else."""
    for mark in "\\`*_{}[]()#+-.!|<>$:~":
        text = text.replace(mark, f"\\{mark}")
    return text


main()
