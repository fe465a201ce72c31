"""An agent's scores task by task.

One rule: tasks differ in what can be earned on them, so a score is set beside those of the others on the same task.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

from elicit.charts.common import (
    BLUE,
    Rows,
    data,
    framed,
    labels,
    missing,
    row_axis,
    row_height,
    tips,
    titled,
    zero_line,
)


def task_strip(tasks: Sequence[Any], unit: str = "") -> alt.LayerChart:
    """How far above or below the mean of the others an agent was on each task, a row a category, a tick a task.

    `tasks` are those of `Client.agent_in_run`. Tasks that the agent or all others have no score on are left out and
    counted.
    """
    rows = rows_of(tasks)
    names = list(dict.fromkeys(row["label"] for row in rows))
    title = titled("score minus mean of the others", unit)
    x = alt.X("difference:Q", title=title, axis=alt.Axis(tickCount=5, titleAnchor="end"))
    ticks = alt.Chart(data(rows)).mark_tick(color=BLUE, thickness=1.5, size=14, opacity=0.8)
    layers = alt.layer(zero_line("x"), ticks.encode(x=x, y=row_axis(names), tooltip=TIPS))
    note = missing(len(tasks) - len(rows), "task", "a score of this agent and of another")
    return framed(layers, note, height=row_height(len(names)))


TIPS = tips(task="task", category="category", value="score", beside="mean of the others")
NO_CATEGORY = "no category"


def rows_of(tasks: Sequence[Any]) -> Rows:
    """What is drawn and told of each task with both scores."""
    known = [task for task in tasks if task.score is not None and task.mean_of_others is not None]
    categories = sorted({task.category or "" for task in known})
    none = NO_CATEGORY if len(categories) > 1 else "all tasks"
    label = dict(zip(categories, labels([category or none for category in categories]), strict=True))
    return [
        {
            "label": label[task.category or ""],
            "task": task.task_id,
            "category": task.category or none,
            "difference": task.score - task.mean_of_others,
            "value": f"{task.score:.3g}",
            "beside": f"{task.mean_of_others:.3g}",
        }
        for task in sorted(known, key=lambda task: task.category or "")
    ]
