"""What an agent earned from a peer on a task, taken apart: the words, verdicts or labels behind it.

One rule: the parts shown add up to the number they stand under, or are said to be all there is.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.calls import show_calls
from dashboard.choosing import chosen
from dashboard.connection import client
from dashboard.look import escaped
from dashboard.states import polled
from dashboard.tables import fixed, named, table
from dashboard.texts import text
from elicit.errors import ApiError
from elicit.schemas import Explanation, Mark, Run

ASKED = "The verdicts with their reasons, and what the scoring model was asked"
KINDS = {
    "word": "shared word",
    "floor": "words the agent did not use",
    "chance": "correction for chance",
    "alone": "taken off",
    "joint": "answers to this task",
    "contrast": "answers to different tasks",
}


@polled(None)
def show_made_of(run: Run, task: str, shown: Sequence[str], names: Sequence[str]) -> None:
    """The score of a pair, of agents that may be chosen among all."""
    st.subheader("What a score is made of")
    st.caption("An agent earns what its answer tells about a peer's answer to the same task, beyond chance.")
    first, second = st.columns(2)
    start = [*shown, *(name for name in names if name not in shown)]
    with first:
        agent = chosen("Agent", names, "agent", default=names.index(start[0]))
    with second:
        peers = [name for name in names if name != agent]
        peer = chosen("Peer", peers, "peer", default=peers.index(next(name for name in start if name != agent)))
    with st.spinner("Scoring this pair once more", show_time=True):
        found = explained(run.id, task, agent, peer)
    if found is not None:
        show_explanation(run, found)


def explained(run: str, task: str, agent: str, peer: str) -> Explanation | None:
    """Why the agent earned what it did; where the server cannot take a score apart, what it said is shown."""
    try:
        return client().explanation(run, task=task, agent=agent, peer=peer)
    except ApiError as error:
        if error.status != 422:
            raise
        st.info(escaped(error.detail))
        return None


def show_explanation(run: Run, found: Explanation) -> None:
    """The sum in words, both answers with what told in them, then the parts."""
    st.markdown(earned(found))
    show_both(found)
    show_parts(found)
    if run.scorer != "lexical":
        show_calls(
            "The verdicts with their reasons, and what the scoring model was asked",
            run.id,
            found.task,
            found.agent,
            found.peer,
        )


def earned(found: Explanation) -> str:
    """What the pair earned, in a sentence.

    >>> print(earned(Explanation(task="t", agent="a", peer="b", unit="nats per response", amount=1.25, pair_mean=2.0,
    ...     rows=[], response="", peer_response="", marks=[], peer_marks=[])))
    **a** earned **1.25** (nats per response) from **b** on this task; over all tasks **2.00**.
    """
    who = f"**{escaped(found.agent)}**", f"**{escaped(found.peer)}**"
    if found.amount is None:
        return f"{who[0]} and {who[1]} have no score together on this task: an answer is missing, or was not compared."
    mean = "" if found.pair_mean is None else f"; over all tasks **{found.pair_mean:.2f}**"
    return f"{who[0]} earned **{found.amount:.2f}** ({escaped(found.unit)}) from {who[1]} on this task{mean}."


def show_both(found: Explanation) -> None:
    """Both answers, the words that told marked in them."""
    strongest = max((mark.nats for mark in (*found.marks, *found.peer_marks)), default=0.0)
    mine, theirs = st.columns(2, border=True)
    for place, who, written, marks in (
        (mine, found.agent, found.response, found.marks),
        (theirs, found.peer, found.peer_response, found.peer_marks),
    ):
        with place:
            show_marked(who, written, marks, strongest)
    if strongest > 0:
        st.caption(
            "Marked words told about the peer's answer; the thicker the line, the more. Common words tell little."
        )


def show_marked(who: str, written: str | None, marks: Sequence[Mark], strongest: float) -> None:
    """One of the two answers."""
    st.markdown(f"**{escaped(who)}**")
    text(written, label=f"Answer of {who}, marked", marks=marks, strongest=strongest)


def show_parts(found: Explanation) -> None:
    """The parts of the score as a table."""
    if not found.rows:
        return
    value = next(name for name in ("nats", "score", "share") if name in found.rows[0])
    rows = [{**row, "reason": KINDS.get(row["reason"], row["reason"])} for row in found.rows]
    columns = {
        "reason": st.column_config.TextColumn("part"),
        "what": named("what"),
        value: fixed(value, 2, signed=value == "nats"),
    }
    table(rows, columns, alt="What the score is made of", key="parts")
    st.caption(READ[value])


READ = {
    "nats": "The parts add up to what was earned on this task. Shared words that are rare elsewhere tell most; each "
    "word of the peer that the agent did not use costs a little.",
    "score": "Each row is a verdict on this pair. Answers to different tasks are compared to learn what is said "
    "anyway, and what they earn is taken off.",
    "share": "How often each label was given, how often both were given together, and how often that would happen by "
    "chance. What is beyond chance is earned.",
}
