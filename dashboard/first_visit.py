"""A project with nothing in it: the demo in one click, and the other ways to begin."""

import streamlit as st

from dashboard.connection import client, may
from dashboard.look import go, link
from elicit.schemas import Scope

NEEDED: tuple[Scope, ...] = ("submit", "evaluate")
PYTHON = """import elicit

client = elicit.Client("https://your-server", "el_...")
client.create_task_set("questions", "tasks.jsonl")
client.submit("mine", "questions", "outputs.jsonl")
"""


def show() -> None:
    """What somebody reads who has no run yet."""
    st.info("No run yet. See what a leaderboard looks like, or begin with data of your own.", icon=":material/inbox:")
    with st.container(border=True):
        demo()
    with st.container(border=True):
        own_data()


def demo() -> None:
    """One button from nothing to a leaderboard."""
    st.subheader("Look at a finished leaderboard", anchor=False)
    st.write("Nine bundled agents answered forty tasks. They are compared by their words: no model is asked, no cost.")
    missing = [scope for scope in NEEDED if not may(scope)]
    if st.button("Load the demo", type="primary", icon=":material/play_arrow:", disabled=bool(missing)):
        with st.spinner("Submitting the outputs of nine agents"):
            run = client().load_demo()
        go("leaderboard", run=run.id)
    if missing:
        st.caption(f"Your key lacks the scope {' and the scope '.join(missing)}, which the demo needs.")


def own_data() -> None:
    """The ways with data of one's own."""
    st.subheader("Rank your own agents", anchor=False)
    link("evaluate", "New evaluation: drag a file of outputs onto the page", icon=":material/add_chart:")
    st.write("From Python, while your agents work or when they are done:")
    st.code(PYTHON, language="python")
    st.caption(
        "docs/howto/submit-from-python.md shows it step by step, docs/quickstart.md the command line, "
        "and /docs on the server's address the HTTP API."
    )
