"""What of a leaderboard can be taken along: files, made when asked for, and a link that opens the same view."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from dashboard.connection import client
from elicit.charts import as_png, forest
from elicit.leaderboard import Leaderboard


def show_export(board: Leaderboard, run_id: str, view: dict[str, str]) -> None:
    """A menu of files and the link."""
    with st.popover("Export", icon=":material/ios_share:"):
        st.markdown("**This view as a link**")
        st.code(link_to(view), language=None, wrap_lines=True)
        st.markdown("**The whole run as a file**")
        with st.container(horizontal=True):
            file("CSV", board.to_csv, run_id, "csv", "text/csv")
            file("JSON", board.to_json, run_id, "json", "application/json")
            file("PNG", partial(picture, board), run_id, "png", "image/png")
            file("HTML report", partial(client().report, run_id), run_id, "html", "text/html")


def file(label: str, made: Callable[[], str | bytes], run_id: str, ending: str, mime: str) -> None:
    """A file that is made once somebody asks for it."""
    st.download_button(label, made, file_name=f"{run_id}.{ending}", mime=mime, on_click="ignore")


def picture(board: Leaderboard) -> bytes:
    """The forest plot, under what was ranked."""
    return as_png(forest(board.document).properties(title=board.title))


def link_to(view: dict[str, str]) -> str:
    """The address that opens this view: what is as it is at first is left out."""
    return f"{st.context.url or ''}?{urlencode({name: value for name, value in view.items() if value})}"
