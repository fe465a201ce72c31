"""The leaderboard of a run: who ranks where, and how sure that is.

One rule: the address holds the whole view: run, category, sort, search and columns.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.board import SORTS, category_table, found, in_order, more_of, only, table_of, troubles
from dashboard.board_export import show_export
from dashboard.board_table import FEW, ROWS_PX, show_table
from dashboard.connection import client
from dashboard.look import chart, escaped, heading, link, moment
from dashboard.picker import chosen_run
from dashboard.verdict import show_verdict
from elicit.charts import caption, forest
from elicit.digits import decimals
from elicit.leaderboard import Leaderboard
from elicit.schemas import CategoryBoard, Run
from elicit.words import verdict

ALL = "all tasks"


def main() -> None:
    """The page."""
    run = chosen_run()
    board = client().leaderboard(run)
    heading("Leaderboard", told_of(run, board))
    show_verdict(verdict(board.document))
    link("trust", "Why, and what to do next", icon=":material/verified:", run=run.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        late = st.container(width=220)
        wanted = st.session_state.get("category") or st.query_params.get("category")
        category = chosen_category(run, late) if wanted else None
        frame = table_of(board.document) if category is None else category_table(category)
        frame = narrowed(frame, board)
        show_export(board, run.id, view_of(run))
    if category is not None:
        st.caption(within(category))
    show_both(frame, board, category, run)
    show_troubles(board)
    if not wanted:
        chosen_category(run, late)


def told_of(run: Run, board: Leaderboard) -> str:
    """What was ranked, by what, and when."""
    return f"{escaped(run.evaluation)} · {escaped(board.title)} · {moment(run.finished_at)}"


def chosen_category(run: Run, place: st.delta_generator.DeltaGenerator) -> CategoryBoard | None:
    """The category to rank within, if the tasks have any and one was chosen."""
    boards = {board.category: board for board in client().categories(run)}
    if not boards:
        return None
    picked = place.selectbox("Tasks", list(boards), index=None, placeholder=ALL, key="category", bind="query-params")
    return boards.get(picked)


def within(board: CategoryBoard) -> str:
    """What a category's ranks are of."""
    return (
        f"Ranks and scores over the {board.n_tasks:,} tasks of *{escaped(board.category)}*. No task pays anything else "
        "than in the whole run: filtering chooses tasks, and changes no score. The verdict above is on all tasks."
    )


def narrowed(frame: pd.DataFrame, board: Leaderboard) -> pd.DataFrame:
    """The rows and columns asked for, in the order asked for."""
    search = st.text_input("Find agents", placeholder="a part of a name", key="search", bind="query-params", width=180)
    by = st.selectbox("Sort by", [name for name in SORTS if name in frame], key="sort", bind="query-params", width=140)
    if st.toggle("More columns", key="more", bind="query-params"):
        frame = frame.merge(more_of(board.document), on="agent", how="left")
    return in_order(found(frame, search), by)


def view_of(run: Run) -> dict[str, str]:
    """What the address holds."""
    more = "true" if st.session_state.get("more") else ""
    sort = st.session_state.get("sort", "")
    return {
        "run": run.id,
        "category": st.session_state.get("category") or "",
        "search": st.session_state.get("search", ""),
        "sort": "" if sort == "rank" else sort,
        "more": more,
    }


def show_both(frame: pd.DataFrame, board: Leaderboard, category: CategoryBoard | None, run: Run) -> None:
    """The table, and the same as a chart beside it."""
    if frame.empty:
        st.info("No agent has these letters in its name.", icon=":material/search_off:")
        return
    table, picture = st.columns([16, 9])
    with table:
        show_table(frame, decimals(standings_of(board, category)), run.id)
        st.caption("Mark a row to open its agent.")
    with picture:
        show_forest(list(frame["agent"]), board, category)


def standings_of(board: Leaderboard, category: CategoryBoard | None) -> list[dict[str, Any]]:
    """The agents with their intervals, of the whole run or of a category."""
    if category is None:
        return board.document["agents"]
    return [standing.model_dump() for standing in category.agents]


def show_forest(names: Sequence[str], board: Leaderboard, category: CategoryBoard | None) -> None:
    """The forest plot of these agents, best on top however the table is sorted."""
    if category is not None:
        kept = [standing for standing in category.agents if standing.agent in set(names)]
        category = category.model_copy(update={"agents": kept})
    drawn = forest(only(board.document, names), category_board=category)
    scrolls = ROWS_PX if len(names) > FEW else None
    chart(drawn, caption("forest"), alt_text="Scores with their 95 % intervals, best agent on top", within_px=scrolls)


def show_troubles(board: Leaderboard) -> None:
    """Who has no rank, and whose answers failed."""
    found = troubles(board.document)
    if not found:
        return
    st.subheader("No rank, or failed answers")
    for agent, reason in found:
        st.markdown(f"- **{escaped(agent)}**: {escaped(reason)}")


main()
