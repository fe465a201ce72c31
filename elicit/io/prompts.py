"""What the tasks were: prompts and contexts, from a file of their own or from the rows that answer them.

One rule: the tasks file has the last word; rows that disagree among themselves are counted.
"""

from collections.abc import Sequence

import numpy as np

from elicit.errors import InvalidInput
from elicit.io.cells import Stack
from elicit.io.columns import Sheet, count
from elicit.types import Task
from elicit.untrusted import well_formed


def describe(ids: Sequence[str], stack: Stack, task_sheets: Sequence[Sheet]) -> tuple[tuple[Task, ...], list[str]]:
    """The tasks by id, in order, and notes on ids that do not match.

    Raises InvalidInput where the tasks files know none of them, or one of them twice.
    """
    prompts, notes = first_texts(stack, "prompt")
    contexts, more = first_texts(stack, "context")
    notes += more
    if task_sheets:
        known = read_tasks(Stack(tuple(task_sheets)))
        notes += matching_notes(ids, known, task_sheets)
        prompts |= {task.id: task.prompt for task in known.values() if task.prompt}
        contexts |= {task.id: task.context for task in known.values() if task.context}
    return tuple(Task(task, prompts.get(task, ""), contexts.get(task, "")) for task in ids), notes


def first_texts(stack: Stack, field: str) -> tuple[dict[str, str], list[str]]:
    """Each task's first text of the field, and a note where later rows have another."""
    if not stack.has(field):
        return {}, []
    index: dict[str, int] = {}
    tasks = stack.ids("task_id", index).tolist()
    first: dict[int, str] = {}
    differing = set()
    for task, text in zip(tasks, stack.texts(field, stack.cells(field)), strict=True):
        if text and first.setdefault(task, text) != text:
            differing.add(task)
    note = f"{count(len(differing), 'task')} with more than one {field}, the first is used"
    texts = {task: well_formed(first[position]) for task, position in index.items() if position in first}
    return texts, [note] if differing else []


def read_tasks(stack: Stack) -> dict[str, Task]:
    """The tasks of the tasks files by id; options follow the prompt, one a line."""
    index: dict[str, int] = {}
    task = stack.ids("task_id", index)
    ids = list(index)
    stack.check_unique("task_id", lambda row: f"task {ids[task[row]]!r}", task)
    prompts, contexts = (stack.texts(field, stack.cells(field)) for field in ("prompt", "context"))
    options = stack.cells("options")
    return {
        ids[position]: Task(
            ids[position],
            "\n".join([well_formed(prompts[row] or ""), *options_of(options[row])]),
            well_formed(contexts[row] or ""),
        )
        for row, position in enumerate(task.tolist())
    }


def options_of(cell: object) -> list[str]:
    """The options in one cell; a text is one."""
    if cell is None:
        return []
    if isinstance(cell, (list, tuple, np.ndarray)):
        return [well_formed(str(option)) for option in cell]
    return [well_formed(str(cell))]


def matching_notes(ids: Sequence[str], known: dict[str, Task], task_sheets: Sequence[Sheet]) -> list[str]:
    """Notes on tasks that only one side knows."""
    source = task_sheets[0].table.source
    unknown = sum(task not in known for task in ids)
    if unknown == len(ids):
        raise InvalidInput(
            f"{source}, field {task_sheets[0].fields['task_id']!r}: task ids must match those of the responses, "
            f"none does ({next(iter(known))!r} here, {ids[0]!r} there)"
        )
    unused = len(known) - (len(ids) - unknown)
    notes = []
    if unknown:
        notes.append(f"{unknown:,} of {count(len(ids), 'task')} not in {source}, ranked without its prompt")
    if unused:
        notes.append(f"{unused:,} of {count(len(known), 'task')} in {source} not ranked on")
    return notes
