"""How an agent did by category and task by task, beside the others.

One rule: tasks differ in what can be earned on them, so a score stands beside those of the others on the same task.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard.connection import client
from dashboard.look import chart, go, span
from dashboard.tables import fixed, named, rows_that_open, table
from elicit.charts import caption, category_bars, task_strip
from elicit.digits import decimals
from elicit.schemas import AgentTask, CategoryBoard, Run

SHOWN = 5  # tasks at either end
OPEN = "Click the box before a row to read the answers."


def show_categories(run: Run, agent: str, unit: str) -> None:
    """The agent's score in each category."""
    boards = client().categories(run)
    if not boards:
        return
    st.subheader("By category")
    chart(category_bars(boards, agent, unit), caption("category_bars"), alt_text=f"Scores in {len(boards)} categories")
    with st.expander("The same as a table", icon=":material/table:"):
        table(category_rows(boards, agent), category_columns(boards), alt="Scores by category", key="categories")


def category_rows(boards: Sequence[CategoryBoard], agent: str) -> list[dict[str, Any]]:
    """What the table shows of each category."""
    return [
        {
            **standing.model_dump(),
            "category": board.category,
            "ranks": span(standing.rank_low, standing.rank_high),
            "tasks": board.n_tasks,
        }
        for board in boards
        for standing in board.agents
        if standing.agent == agent
    ]


def category_columns(boards: Sequence[CategoryBoard]) -> dict[str, Any]:
    """The columns of that table."""
    digits = decimals([standing.model_dump() for board in boards for standing in board.agents])
    return {
        "category": named("category"),
        "rank": st.column_config.NumberColumn("rank", format="%d"),
        "ranks": st.column_config.TextColumn("95 %", help="Interval of the rank within the category."),
        "score": fixed("score", digits),
        "low": fixed("low", digits),
        "high": fixed("high", digits),
        "n_tasks": st.column_config.NumberColumn("tasks scored", format="%d"),
        "tasks": st.column_config.NumberColumn("of", format="%d"),
    }


def show_tasks(run: Run, agent: str, unit: str, digits: int) -> None:
    """The tasks on which it stands out, and all of them."""
    tasks = client().agent_in_run(run, agent).tasks
    st.subheader("Task by task")
    rows = beside_others(tasks)
    if not rows:
        st.markdown("There is no task on which both this agent and another have a score.")
        return
    chart(task_strip(tasks, unit), caption("task_strip"), alt_text=f"Scores on {len(rows)} tasks beside the others")

    def opens(row: dict[str, Any]) -> None:
        go("task", run=run.id, task=row["task_id"], agent=agent)

    show_ends(rows, columns(rows, digits), opens)
    with st.expander(f"All {len(rows):,} tasks", icon=":material/list:"):
        rows_that_open(rows, columns(rows, digits), opens, alt="All tasks", key="all_rows")
    missing = len(tasks) - len(rows)
    if missing:
        st.caption(
            f"{missing:,} of {len(tasks):,} tasks have no score of this agent, or of no other. They count as missing."
        )


def show_ends(rows: Sequence[dict[str, Any]], columns: dict[str, Any], opens: Callable[[Any], None]) -> None:
    """Its best and its worst tasks."""
    best, worst = st.columns(2)
    few = {name: shown for name, shown in columns.items() if name != "category"}
    with best:
        st.markdown("**Best beside the others**")
        rows_that_open(rows[:SHOWN], few, opens, alt="Best tasks", key="best_rows")
    with worst:
        st.markdown("**Worst beside the others**")
        rows_that_open(rows[::-1][:SHOWN], few, opens, alt="Worst tasks", key="worst_rows")
    st.caption(OPEN)


def beside_others(tasks: Sequence[AgentTask]) -> list[dict[str, Any]]:
    """Tasks with a score of the agent and of another, the one it did best on beside the others first."""
    rows = [
        {**task.model_dump(), "difference": task.score - task.mean_of_others}
        for task in tasks
        if task.score is not None and task.mean_of_others is not None
    ]
    return sorted(rows, key=lambda row: -row["difference"])


def columns(rows: Sequence[dict[str, Any]], digits: int) -> dict[str, Any]:
    """What is shown of each task."""
    category = {"category": "category"} if any(row["category"] for row in rows) else {}
    return {
        "task_id": named("task"),
        **category,
        "difference": fixed("difference", digits, signed=True),
        "score": fixed("score", digits),
        "mean_of_others": fixed("others", digits, read="Mean score of the other agents on the task."),
    }
