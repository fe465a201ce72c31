"""Step 1 of a new evaluation: the tasks, and who answered or will answer them.

One rule: what was dropped is stored first, so that data just uploaded and data of last year are chosen in one way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dashboard.connection import client, may
from dashboard.evaluation_agents import ADDED, add_agent
from dashboard.evaluation_upload import STORED, label_of, newest_sets, upload
from elicit.schemas import Agent, Submission, TaskSet

UPLOAD, CHOOSE = "Upload files", "Choose stored data"
WHENCE, TASK_SET, AGENTS = "new_whence", "new_task_set", "new_agents_{}"
MOST_AGENTS = 1_000


@dataclass(frozen=True)
class Chosen:
    """What is to be evaluated: agents on a task set."""

    task_set: TaskSet
    agents: tuple[str, ...]


def data() -> Chosen | None:
    """The data that is chosen; `None` while it is not."""
    take_over_stored()
    sets = newest_sets()
    st.session_state.setdefault(WHENCE, CHOOSE if sets else UPLOAD)
    whence = st.segmented_control(
        "Where the data comes from",
        [UPLOAD, CHOOSE],
        required=True,
        label_visibility="collapsed",
        key=WHENCE,
        persist_state="session",
    )
    if whence == UPLOAD:
        upload()
        return None
    if not sets:
        st.info("No task set is stored yet. Upload files first.", icon=":material/inbox:")
        return None
    return stored({one.id: one for one in sets})


def take_over_stored() -> None:
    """Go on with what was stored a moment ago: its tasks and its agents are chosen."""
    if STORED in st.session_state:
        task_set_id, agents = st.session_state.pop(STORED)
        st.session_state[WHENCE], st.session_state[TASK_SET] = CHOOSE, task_set_id
        if agents:
            st.session_state[AGENTS.format(task_set_id)] = list(agents)
        st.toast("Stored. Nothing runs before you press Start.", icon=":material/check:")
    if ADDED in st.session_state:
        task_set_id, agent = st.session_state.pop(ADDED)
        st.session_state.setdefault(AGENTS.format(task_set_id), []).append(agent)


def stored(sets: Mapping[str, TaskSet]) -> Chosen | None:
    """Choose a stored task set and agents."""
    if st.session_state.get(TASK_SET) not in sets:
        st.session_state.pop(TASK_SET, None)
    task_set = sets[
        st.selectbox(
            "Task set",
            list(sets),
            format_func=lambda one: label_of(sets[one]),
            key=TASK_SET,
            persist_state="session",
        )
    ]
    agents = agents_on(task_set)
    chosen = choose_agents(task_set, agents)
    add_agent(task_set, barred=None if may("evaluate") else "Your key lacks the scope evaluate.")
    if len(chosen) < 2:
        st.caption("Choose two agents or more: each is scored by what it tells about the others.")
        return None
    return Chosen(task_set, tuple(chosen))


def agents_on(task_set: TaskSet) -> dict[str, str]:
    """Who can be ranked on a task set, and how each is shown: outside agents with their outputs, and models."""
    newest: dict[str, Submission] = {}
    for submission in client().submissions():
        if submission.task_set_id == task_set.id and submission.state == "complete":
            newest.setdefault(submission.agent, submission)
    labels = {name: f"{name} · {one.received:,} of {one.n_tasks:,} answered" for name, one in sorted(newest.items())}
    return labels | {agent.name: model_label(agent) for agent in client().agents() if agent.spec is not None}


def model_label(agent: Agent) -> str:
    """An agent whose answers a model gives."""
    return f"{agent.name} · asks {(agent.spec or {}).get('model', 'a model')}"


def choose_agents(task_set: TaskSet, agents: Mapping[str, str]) -> list[str]:
    """The agents to rank; at first all that have submitted outputs."""
    key = AGENTS.format(task_set.id)
    if key not in st.session_state:
        st.session_state[key] = [name for name, label in agents.items() if label.endswith("answered")][:MOST_AGENTS]
    st.session_state[key] = [name for name in st.session_state[key] if name in agents]
    return st.multiselect(
        "Agents",
        list(agents),
        format_func=lambda name: agents.get(name, name),
        max_selections=MOST_AGENTS,
        placeholder="who is ranked",
        key=key,
        persist_state="session",
    )
