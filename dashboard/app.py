"""The dashboard's entry: who is signed in, and which pages there are.

It runs with `streamlit run dashboard/app.py`, or as a part of `elicit up`.
"""

from pathlib import Path

import streamlit as st

from dashboard.sign_in import signed_in, who
from dashboard.states import told

# Not named "pages": the files of such a folder Streamlit shows by itself, to whoever asks, before this file has run.
VIEWS = Path(__file__).parent / "views"
# A file of our own: browsers fetch a named icon for their tabs from another company's server.
ICON = str(Path(__file__).parent / "icon.png")

SIDEBAR_PX = 240  # narrow enough to leave a table and a chart side by side their room


def page(name: str, title: str, icon: str, *, default: bool = False) -> st.Page:
    """A page, at an address of its own name."""
    return st.Page(VIEWS / f"{name}.py", title=title, icon=f":material/{icon}:", url_path=name, default=default)


st.set_page_config(page_title="elicit", page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR_PX)
inside = False
with told():
    inside = signed_in()
shown = st.navigation(
    {
        "Results": [
            page("leaderboard", "Leaderboard", "leaderboard", default=True),
            page("trust", "Trust", "verified"),
            page("agent", "Agent", "smart_toy"),
            page("task", "Task", "quiz"),
            page("compare", "Compare", "compare_arrows"),
        ],
        "Work": [
            page("evaluate", "New evaluation", "add_chart"),
            page("runs", "Runs", "monitoring"),
            page("schedules", "Schedules", "schedule"),
        ],
        "Set-up": [page("settings", "Settings", "settings")],
    },
    position="sidebar" if inside else "hidden",
)
if inside:
    with told():
        who()
        shown.run()
