"""What files say otherwise than in columns: agents by file name, tasks by prompt, both by the shape of a wide table.

One rule: after this step every sheet is a long table with a task id and an agent in each row.
"""

from collections import Counter

import numpy as np

from elicit.errors import InvalidInput
from elicit.io.cells import Stack
from elicit.io.columns import Sheet, count, missing_field
from elicit.io.tables import listed, table_of_columns


def complete(sheets: list[Sheet]) -> tuple[tuple[Sheet, ...], list[str]]:
    """The sheets as long tables, and notes on what was assumed.

    Raises InvalidInput where neither a column nor the file tells the agent or the task.
    """
    if sheets[0].kind == "wide labels":
        return tuple(melted(sheet, columns_of_agents(sheet), "label") for sheet in sheets), []
    with_agents, agent_notes = name_agents(sheets)
    with_tasks, task_notes = number_tasks(tell_logs_apart(with_agents))
    return tuple(with_tasks), agent_notes + task_notes


def columns_of_agents(sheet: Sheet) -> list[str]:
    """The columns of a wide table that are an agent each: all but the task's."""
    return [name for name in sheet.table.names if name != sheet.fields["task_id"]]


def melted(sheet: Sheet, agents: list[str], field: str) -> Sheet:
    """A row per cell of a wide table's agents, on the line that the cell stands on."""
    table, task_column = sheet.table, sheet.fields["task_id"]
    cells = zip(*(listed(table.column(agent)) for agent in agents), strict=True)
    columns = {
        "task_id": [task for task in listed(table.column(task_column)) for _ in agents],
        "agent": agents * table.n_rows,
        field: [cell for row in cells for cell in row],
    }
    long = table_of_columns(table.source, columns, lambda row: table.place(row // len(agents)))
    return Sheet(long, sheet.kind, {field: field for field in columns})


def name_agents(sheets: list[Sheet]) -> tuple[list[Sheet], list[str]]:
    """Sheets without an agent column become the agent's whom the file's name tells."""
    nameless = [sheet for sheet in sheets if "agent" not in sheet.fields]
    if not nameless:
        return sheets, []
    names = {sheet.table.agent for sheet in nameless}
    for sheet in nameless:
        if len(sheets) < 2 or len(names) < len(nameless) or repeats_tasks(sheet):
            raise missing_field(sheet.table, "agent")
    named = [
        sheet if "agent" in sheet.fields else sheet.with_field("agent", [sheet.table.agent] * sheet.table.n_rows)
        for sheet in sheets
    ]
    note = f"{count(len(nameless), 'file')} without an agent column, read as one agent each, by the file's name"
    return named, [note]


def repeats_tasks(sheet: Sheet) -> bool:
    """Whether a task has several rows, which one agent's file cannot have."""
    if "task_id" not in sheet.fields:
        return False
    tasks: dict[str, int] = {}
    Stack((sheet,)).ids("task_id", tasks)
    return len(tasks) < sheet.table.n_rows


def tell_logs_apart(sheets: list[Sheet]) -> list[Sheet]:
    """Sample ids led by the inspect task where the logs hold several, as ids start at 1 in each."""
    if len({sheet.table.log_task for sheet in sheets if sheet.table.log_task}) < 2:
        return sheets
    return [with_log_task(sheet) if sheet.table.log_task else sheet for sheet in sheets]


def with_log_task(sheet: Sheet) -> Sheet:
    """The sheet with its inspect task before each id."""
    ids = listed(sheet.table.column(sheet.fields["task_id"]))
    return sheet.with_field("task_id", [f"{sheet.table.log_task}/{sample}" for sample in ids])


def number_tasks(sheets: list[Sheet]) -> tuple[list[Sheet], list[str]]:
    """Where no sheet has task ids, rows with one prompt and context are one task: task-0001, in order of first sight.

    An agent's second row of the same prompt in the same file is another task, the same as other agents' second.
    """
    without = [sheet for sheet in sheets if "task_id" not in sheet.fields]
    if not without:
        return sheets, []
    if len(without) < len(sheets):
        raise InvalidInput(
            f"{without[0].table.source}, field 'task_id': all files must have task ids or none, "
            f"{count(len(without), 'file')} of {len(sheets)} lack them"
        )
    index: dict[tuple[str, str, int], int] = {}
    numbered = [sheet.with_field("task_id", prompt_ids(sheet, index)) for sheet in sheets]
    repeated = sum(occurrence > 0 for _, _, occurrence in index)
    notes = [f"no task ids, so {count(len(index), 'task')} told apart by the prompt"]
    if repeated:
        notes.append(f"{count(repeated, 'task')} made of prompts that one agent answered again")
    return numbered, notes


def prompt_ids(sheet: Sheet, index: dict[tuple[str, str, int], int]) -> list[str]:
    """The task id of each row; `index` collects (prompt, context, occurrence) over all sheets."""
    stack = Stack((sheet,))
    prompts, contexts, agents = (stack.texts(field, stack.cells(field)) for field in ("prompt", "context", "agent"))
    stack.check("prompt", np.array([bool(prompt) for prompt in prompts]), "text, as it tells the tasks apart", prompts)
    times: Counter[tuple[str | None, ...]] = Counter()
    ids = []
    for who in zip(agents, prompts, contexts, strict=True):
        key = (who[1] or "", who[2] or "", times[who])
        times[who] += 1
        ids.append(f"task-{index.setdefault(key, len(index)) + 1:04d}")
    return ids
