"""The dashboard's entry: which pages there are.

It runs with `streamlit run dashboard/app.py`, or as a part of `elicit up`.
"""

from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"

st.set_page_config(page_title="elicit", page_icon=":material/leaderboard:", layout="wide")
leaderboard = st.Page(PAGES / "leaderboard.py", title="Leaderboard", icon=":material/leaderboard:", default=True)
st.navigation([leaderboard]).run()
