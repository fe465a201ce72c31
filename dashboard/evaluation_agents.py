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
        st.popover("Add an agent that a model answers for", icon=":material/add:", disabled=bool(barred), help=barred),
        st.form("new_agent", border=False),
    ):
        name = st.text_input("Name", max_chars=LONGEST_NAME, placeholder="careful")
        model = st.text_input("Model", placeholder="openai/gpt-4o-mini", help="As litellm calls it.")
        strategy = st.selectbox("Strategy", list(STRATEGIES), help=" · ".join(STRATEGIES.values()))
        system = st.text_area("System prompt", height=80)
        api_base = st.text_input("Address of a server of your own", placeholder="none: the provider's")
        samples = st.number_input("Samples", 1, 100, 1, help="How often each task is asked; each is ranked by itself.")
        if st.form_submit_button("Add", type="primary"):
            given = {"model": model.strip(), "system": system, "api_base": api_base.strip()}
            spec = {field: value for field, value in given.items() if value}
            with told():
                add(task_set, name, spec | {"strategy": strategy} | ({"samples": samples} if samples > 1 else {}))


def add(task_set: TaskSet, name: str, spec: dict[str, object]) -> None:
    """Store the agent, and choose it."""
    st.session_state[ADDED] = (task_set.id, client().create_agent(name, spec).name)
    st.rerun()
