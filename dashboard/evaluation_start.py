"""Step 4 of a new evaluation: its name, and the button that begins the run.

One rule: pressing Start twice begins one run.
"""

from typing import Any
from uuid import uuid4

import streamlit as st

from dashboard.connection import client, may
from dashboard.look import go
from elicit.schemas import LONGEST_NAME

START = "new_start"  # what is begun, and the words that make two presses one run
SUGGESTED = "new_suggested"


def start(name: str, wanted: dict[str, Any]) -> None:
    """The button; once it was pressed, the run's page."""
    barred = None if may("evaluate") else "Your key lacks the scope evaluate, which runs need."
    pressed = st.button(
        "Start the run", type="primary", icon=":material/play_arrow:", disabled=bool(barred) or not name, help=barred
    )
    if barred:
        st.caption(barred)
    if pressed:
        once = words_for((name, repr(wanted)))
        evaluation = client().create_evaluation(name, **wanted)
        run = client().create_run(evaluation, once=once)
        go("runs", run=run.id)


def words_for(what: tuple[str, str]) -> str:
    """The words under which this is begun: the same until the run's page was seen."""
    kept = st.session_state.get(START)
    if kept is None or kept[0] != what:
        kept = st.session_state[START] = (what, uuid4().hex)
    return kept[1]


def forget_start() -> None:
    """The run was seen: the next press of Start is another."""
    st.session_state.pop(START, None)
    st.session_state.pop(SUGGESTED, None)


def named(suggestion: str) -> str:
    """What the evaluation is called."""
    return st.text_input(
        "Name of the evaluation",
        value=suggestion,
        max_chars=LONGEST_NAME,
        key=f"new_name_{suggestion}",
        help="A name stands for one evaluation: what is changed needs another name.",
    ).strip()


def suggested(wish: str) -> str:
    """A free name like this one; it stays until the run's page was seen, for a second press must not see the first."""
    kept = st.session_state.get(SUGGESTED)
    if kept is None or kept[0] != wish:
        taken = {one.name for one in client().evaluations()}
        kept = st.session_state[SUGGESTED] = (wish, free_name(wish, taken))
    return kept[1]


def free_name(wish: str, taken: set[str]) -> str:
    """A name nobody has.

    >>> free_name("demo", {"demo", "demo 2"})
    'demo 3'
    """
    wish = wish[: LONGEST_NAME - 5]
    return next(
        name for number in range(1, 10_000) if (name := wish if number == 1 else f"{wish} {number}") not in taken
    )
