"""Runs: what is under way, what each costs, and what to do where one stands still."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard import first_visit
from dashboard.connection import client
from dashboard.evaluation_start import forget_start
from dashboard.look import heading
from dashboard.run_facts import state_in_words, table
from dashboard.run_view import show
from dashboard.states import empty, polled
from elicit.schemas import ENDED, RUN_STATES, Run

LISTED = 200
ROWS_SHOWN = 8
LIST_EVERY_S = 5
COLUMNS = {
    "state": st.column_config.TextColumn("State", width=100),
    "evaluation": st.column_config.TextColumn("Evaluation", width=180),
    "scorer": st.column_config.TextColumn("Scorer", width=80),
    "progress": st.column_config.ProgressColumn("Progress", format="%.0f %%", min_value=0, max_value=100, width=110),
    "cost": st.column_config.TextColumn("Cost", alignment="right", width=75),
    "started": st.column_config.TextColumn("Started", width=150),
    "took": st.column_config.TextColumn("Took", alignment="right", width=90),
}


def main() -> None:
    """The page."""
    heading("Runs", "What is under way, what it costs, and what to do where it stopped.")
    forget_start()
    runs = client().runs(limit=LISTED)
    if not runs:
        first_visit.show()
        return
    at_first = first_shown(runs)
    wanted = of_states(runs)
    if any(run.state not in ENDED for run in runs):
        live_list(wanted)
    else:
        listing(runs, wanted)
    show(client().run(st.query_params.get("run", at_first)))


def first_shown(runs: Sequence[Run]) -> str:
    """The run that the address names, else one that is under way, else the newest; named in the address from now on."""
    asked = st.query_params.get("run")
    if not asked:
        asked = st.query_params["run"] = next((run.id for run in runs if run.state not in ENDED), runs[0].id)
    return asked


def of_states(runs: Sequence[Run]) -> list[str]:
    """The states that are asked for."""
    number = {state: sum(run.state == state for run in runs) for state in RUN_STATES}
    return st.pills(
        "State",
        [state for state in RUN_STATES if number[state]],
        selection_mode="multi",
        format_func=lambda state: f"{state_in_words(state)} {number[state]}",
        label_visibility="collapsed",
        key="runs_of_state",
    )


@polled(LIST_EVERY_S)
def live_list(wanted: Sequence[str]) -> None:
    """The list while a run is under way."""
    runs = client().runs(limit=LISTED)
    if all(run.state in ENDED for run in runs):
        st.rerun(scope="app")
    listing(runs, wanted)


def listing(runs: Sequence[Run], wanted: Sequence[str]) -> None:
    """The runs in these states, one a row; a row that is chosen is shown below."""
    there = [run for run in runs if not wanted or run.state in wanted]
    if not there:
        empty("No run is in such a state. Take the filter away to see all.")
        return
    ids = [run.id for run in there]
    shown = st.query_params.get("run")
    rows = [ids.index(shown)] if shown in ids else []
    picked = st.dataframe(
        table(there, datetime.now(UTC)),
        key=f"runs_{hash(tuple(ids))}",  # a run that comes in between must not move the choice to another row
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
        hide_index=True,
        height="auto" if len(there) <= ROWS_SHOWN else 35 * (ROWS_SHOWN + 1) + 2,
        column_config=COLUMNS,
    ).selection.rows
    if picked and ids[picked[0]] != shown:
        st.query_params["run"] = ids[picked[0]]
        st.rerun(scope="app")


main()
