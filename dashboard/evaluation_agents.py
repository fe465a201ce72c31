"""Adding an agent whose answers a model gives.

One rule: no key is ever typed here: the operator says which key goes to which address.
"""

import streamlit as st

from dashboard.connection import client
from dashboard.evaluation_words import STRATEGIES
from dashboard.states import told
from elicit.schemas import LONGEST_NAME, TaskSet

ADDED = "new_added"  # a task set and an agent that is to be chosen for it


def add_agent(task_set: TaskSet, *, barred: str | None) -> None:
    """A form for a new agent; it is chosen once it is there."""
    with (
        st.expander("Add an agent that a model answers for", icon=":material/add:"),
        st.form("new_agent", border=False),
    ):
        name, spec = described()
        if st.form_submit_button("Add", type="primary", disabled=bool(barred), help=barred):
            with told():
                add(task_set, name, spec)


def described() -> tuple[str, dict[str, object]]:
    """The agent's name, and its entry in a plan."""
    left, right = st.columns(2)
    name = left.text_input("Name of the agent", max_chars=LONGEST_NAME, placeholder="careful")
    given = {
        "model": right.text_input("Model", placeholder="openai/gpt-4o-mini", help="As litellm calls it.").strip(),
        "strategy": left.selectbox("Strategy", list(STRATEGIES), format_func=STRATEGIES.get),
        "samples": right.number_input("Samples", 1, 100, 1, help="How often each task is asked; each is ranked."),
        "system": st.text_area("System prompt", height=80),
        "api_base": st.text_input("Address of its server", placeholder="none: the provider's").strip(),
    }
    return name.strip(), {field: value for field, value in given.items() if value}


def add(task_set: TaskSet, name: str, spec: dict[str, object]) -> None:
    """Store the agent, and choose it."""
    st.session_state[ADDED] = (task_set.id, client().create_agent(name, spec).name)
    st.rerun()
