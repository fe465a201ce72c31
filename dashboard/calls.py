"""What models were asked, word for word, and what they answered.

One rule: it is shown as plain text in a grey box, so that nothing a model wrote can pass for a part of this page.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard.connection import client
from dashboard.look import duration, escaped
from dashboard.states import polled
from elicit.digits import dollars
from elicit.schemas import StoredCall

BOX_PX = 320
LONG = 1_200  # characters, beyond which a text scrolls in a box


@polled(None)
def show_calls(title: str, run: str, task: str, agent: str, peer: str | None = None) -> None:
    """One click away: the calls behind an agent's answer, or behind what a scorer said of it beside its peer's."""
    with st.expander(title, icon=":material/terminal:", on_change="rerun", key=f"calls {agent} {peer} {task}") as shown:
        if not shown.open:
            return
        found = client().calls(run, task, agent=agent, peer=peer)
        if not found:
            st.caption(nothing(peer))
        show_each(found)


def nothing(peer: str | None) -> str:
    """Why there is no call to show."""
    if peer is None:
        return "No model was asked by this run: the answer was handed in."
    return "No model was asked about this pair."


def show_each(calls: Sequence[StoredCall]) -> None:
    """Every call in turn, who said what above each text."""
    for call in calls:
        st.markdown(about(call))
        for message in call.messages:
            plain(message.role, message.content)
        if call.prompt is not None:
            plain("given text", call.prompt)
        plain("raw answer", call.text if call.text is not None else f"no answer: {call.failure}")


def plain(who: str, words: str) -> None:
    """A text as it is."""
    st.caption(escaped(who))
    st.code(words, language=None, wrap_lines=True, height=BOX_PX if len(words) > LONG else "content")


def about(call: StoredCall) -> str:
    """What the call was for, and what it took."""
    tokens = f"{call.tokens_in:,} tokens in, {call.tokens_out:,} out"
    took = escaped(f"{tokens}, cost {dollars(call.cost)}, {duration(call.latency_s)}")
    return f"**{call.purpose}** from {escaped(call.model)}: {took}"
