"""The tasks of a run: which one is looked at, how to go to the next, and how the agents did on all of them."""

from collections.abc import Sequence

import streamlit as st

from dashboard.choosing import choose, chosen
from dashboard.tables import fixed, named, rows_that_open
from elicit.schemas import RunTask

PARAMETER = "task"
READ = (
    "A task that tells agents apart has a large spread; one with a mean near 0 tells nothing. Click a heading to sort, "
    "and the box in front of a row to open its task."
)


def chosen_task(tasks: Sequence[RunTask]) -> str:
    """The id of the task to show."""
    names = [task.task_id for task in tasks]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = chosen("Task", names, PARAMETER)
        at = names.index(name)
        step("Previous", ":material/chevron_left:", names, at - 1)
        step("Next", ":material/chevron_right:", names, at + 1)
    st.caption(f"Task {at + 1:,} of {len(names):,}")
    return name


def step(label: str, icon: str, names: Sequence[str], at: int) -> None:
    """A button to a neighbouring task, where there is one."""
    there = 0 <= at < len(names)
    task = names[at] if there else ""
    st.button(label, icon=icon, key=label, disabled=not there, on_click=choose, args=(PARAMETER, task))


def list_tasks(tasks: Sequence[RunTask], digits: int) -> None:
    """All tasks with how the agents did, to sort, search and open."""
    with st.expander(f"All {len(tasks):,} tasks", icon=":material/list:", on_change="rerun", key="all_tasks") as shown:
        if not shown.open:
            return
        words = st.text_input("Search", placeholder="part of a task's name or category", key="search_tasks")
        rows = [row for task in tasks if fits(row := task.model_dump(), words)]
        st.caption(READ)
        rows_that_open(rows, columns(tasks, digits), lambda row: opened(row["task_id"]), alt="Tasks", key="task_rows")


def fits(row: dict[str, str | None], words: str) -> bool:
    """Whether a task's name or category has these words in it.

    >>> fits({"task_id": "Law-1", "category": None}, "law"), fits({"task_id": "a", "category": "b"}, "c")
    (True, False)
    """
    return words.casefold() in f"{row['task_id']} {row['category'] or ''}".casefold()


def columns(tasks: Sequence[RunTask], digits: int) -> dict[str, object]:
    """What is shown of each task."""
    category = {"category": "category"} if any(task.category for task in tasks) else {}
    return {
        "task_id": named("task"),
        **category,
        "mean": fixed("mean score", digits),
        "spread": fixed("spread", digits, read="Standard deviation of the agents' scores on the task."),
        "scored": st.column_config.NumberColumn("agents scored", format="%d"),
    }


def opened(task: str) -> None:
    """Show this task."""
    st.query_params[PARAMETER] = task
    st.rerun()
