"""Two scores task by task, the largest difference first; each row opens its task."""

from collections.abc import Sequence

import streamlit as st

from dashboard.look import go
from dashboard.tables import fixed, named, rows_that_open
from elicit.digits import decimals
from elicit.schemas import TaskDifference

READ = "The largest differences come first. Click the box before a row to read the answers. One task is mostly noise."


def list_differences(
    differences: Sequence[TaskDifference], run: str, agents: Sequence[str], names: tuple[str, str]
) -> None:
    """The tasks that both scores are known on; `names` are what the two are scores of."""
    if not differences:
        st.markdown("There is no task with both scores.")
        return
    st.caption(READ)
    rows_that_open(
        [difference.model_dump() for difference in differences],
        columns(differences, names),
        lambda row: go("task", run=run, task=row["task_id"], agents=list(agents)),
        alt="Tasks by difference",
        key="difference_rows",
    )


def columns(differences: Sequence[TaskDifference], names: tuple[str, str]) -> dict[str, object]:
    """What is shown of each task."""
    spread = [{"low": 0.0, "high": abs(each.difference)} for each in differences]
    digits = decimals(spread)
    category = {"category": "category"} if any(each.category for each in differences) else {}
    return {
        "task_id": named("task"),
        **category,
        "difference": fixed("difference", digits, signed=True),
        "score": fixed(names[0], digits),
        "baseline_score": fixed(names[1], digits),
    }
