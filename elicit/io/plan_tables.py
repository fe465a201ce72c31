"""The tables a plan names: its tasks with their images, and the answers of agents outside.

One rule: they are read as all tables are, by `elicit.io`; a name of a file counts from the folder the plan is in.
"""

import base64
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Ints
from elicit.io.cells import Stack, short
from elicit.io.columns import Sheet, claim, count, normal, recognise, recognise_tasks
from elicit.io.files import load, opened
from elicit.io.plan_rules import At
from elicit.io.prompts import read_tasks
from elicit.io.tables import Table, in_words, listed, table_of_rows
from elicit.types import Task
from elicit.untrusted import well_formed

DEMO = "demo"
IMAGE_COLUMNS = ("images", "image")
IMAGE_LIMIT = 20 * 2**20  # what the large providers take, rounded up

Images = dict[str, tuple[str, ...]]
Answers = tuple[tuple[str, str], ...]


def tasks_of(values: Any, at: At, folder: Path) -> tuple[tuple[Task, ...], Images]:
    """The tasks in their order, and the images of those that have some, by task id.

    `values` is what stands under `tasks`: `demo`, the name of a file, rows, or a mapping of `file` or `rows` and
    `limit`. Raises InvalidInput for fewer than two tasks and for one without a prompt and a context.
    """
    table, beside = task_table(values, at, folder)
    named = table if "task_id" in claim(table.names) else numbered(table)
    sheet = recognise_tasks(named)
    tasks = asked_in(sheet)
    if len(tasks) < 2:
        at.fail(
            f"a plan must have 2 tasks or more, as each answer is compared with one to another task, got {len(tasks)}"
        )
    images = images_of(sheet, tasks, beside)
    limit = values.get("limit") if isinstance(values, Mapping) else None
    chosen = tasks[:limit]
    return chosen, {task.id: images[task.id] for task in chosen if task.id in images}


def asked_in(sheet: Sheet) -> tuple[Task, ...]:
    """The tasks of a sheet; raises InvalidInput for one without a prompt and a context."""
    tasks = tuple(read_tasks(Stack((sheet,))).values())
    for row, task in enumerate(tasks):
        if not (task.prompt or task.context):
            raise InvalidInput(f"{sheet.place(row, 'prompt')}: a task must have a prompt or a context, got neither")
    return tasks


def task_table(values: Any, at: At, folder: Path) -> tuple[Table, Path]:
    """The table of tasks, and the folder that the names of its images count from."""
    file, rows = file_and_rows(values)
    if file == DEMO:
        with as_file(files("elicit") / "demo_data" / "tasks.jsonl") as path:
            return load(path), path.parent
    if rows is not None:
        return table_of_rows(f"{at.file.place(at.path)}", rows), folder
    path = existing(values, at, folder)
    return load(path), path.parent


def file_and_rows(values: Any) -> tuple[Any, Any]:
    """The file, or the rows, that a short or a long form names."""
    if isinstance(values, Mapping):
        return values.get("file"), values.get("rows")
    return (values, None) if isinstance(values, str) else (None, values)


def existing(values: Any, at: At, folder: Path) -> Path:
    """The file that a short or a long form names."""
    path: Path = folder / file_and_rows(values)[0]
    if not path.is_file():
        here = at / "file" if isinstance(values, Mapping) else at
        here.fail(f"must be a file, counted from the folder of the plan, there is none at {str(path)!r}")
    return path


def numbered(table: Table) -> Table:
    """Tasks without ids, called by their places: task-0001, task-0002, ..."""
    return table.with_column("task_id", [f"task-{row:04d}" for row in range(1, table.n_rows + 1)])


def images_of(sheet: Sheet, tasks: Iterable[Task], folder: Path) -> Images:
    """The images of each task that has some: addresses and data URIs as they are, files as data URIs."""
    named = list(images_in(sheet))
    return {
        task.id: tuple(image_of(name, place, folder) for name in names)
        for task, (place, names) in zip(tasks, named, strict=bool(named))
        if names
    }


def images_in(sheet: Sheet) -> Iterator[tuple[str, list[object]]]:
    """Where each row's images stand, and what they are called; nothing where no column holds any."""
    column = next((name for name in sheet.table.names if normal(name) in IMAGE_COLUMNS), None)
    if column is None:
        return
    for row, cell in enumerate(listed(sheet.table.column(column))):
        yield (
            sheet.place(row, column),
            [] if cell is None or cell == "" else [cell] if isinstance(cell, str) else list(cell),
        )


def image_of(name: object, place: str, folder: Path) -> str:
    """One image, as it is sent to a model."""
    if not isinstance(name, str):
        raise InvalidInput(f"{place}: an image must be an address, a data URI or a file, got {short(name)}")
    if name.startswith(("https://", "http://", "data:image/")):
        return name
    kind = mimetypes.guess_type(name)[0] or ""
    if not kind.startswith("image/"):
        raise InvalidInput(f"{place}: an image must be an address, a data URI or a file of an image, got {short(name)}")
    with opened(folder / name) as stream:
        content = stream.read(IMAGE_LIMIT + 1)
    if len(content) > IMAGE_LIMIT:
        raise InvalidInput(f"{place}: an image must not exceed {IMAGE_LIMIT / 2**20:.0f} MB, {short(name)} does")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def answers_of(values: Any, agent: str, tasks: Iterable[Task], at: At, folder: Path) -> Answers:
    """What an agent outside has answered, by task id, in the file's order; a missing response is left out.

    Of a table with several agents only `agent`'s rows are read, of one without an agent column all. Answers to tasks
    that the plan does not ask are left out; raises InvalidInput where no answer is left.
    """
    _, rows = file_and_rows(values)
    table = load(existing(values, at, folder)) if rows is None else table_of_rows(at.file.place(at.path), rows)
    sheet = recognise(table, "responses")
    if "task_id" not in sheet.fields:
        at.fail(f"responses must have a column task_id, to tell which task they answer, got {in_words(table.names)}")
    answers = answers_in(sheet, agent)
    asked = {task.id for task in tasks}
    kept = tuple((task_id, text) for task_id, text in answers if task_id in asked)
    if not kept:
        theirs = in_words((task_id for task_id, _ in answers), at_most=2)
        at.fail(f"responses must answer tasks of the plan, none of {count(len(answers), 'answer')} does ({theirs})")
    return kept


def answers_in(sheet: Sheet, agent: str) -> list[tuple[str, str]]:
    """An agent's answers with the ids of their tasks, in the order of the sheet; a missing response is left out."""
    stack = Stack((sheet,))
    index: dict[str, int] = {}
    task = stack.ids("task_id", index)
    mine = rows_of(agent, stack)
    ids = list(index)
    stack_check(stack, ids, task, mine)
    texts = stack.texts("response", stack.cells("response"))
    return [(ids[task[row]], well_formed(texts[row] or "")) for row in mine if texts[row] is not None]


def stack_check(stack: Stack, ids: list[str], task: Ints, mine: Ints) -> None:
    """Raise InvalidInput where one agent answers a task twice."""
    others = np.arange(len(stack)) + len(ids)  # rows of other agents are all different
    others[mine] = task[mine]
    stack.check_unique("task_id", lambda row: f"task {ids[task[row]]!r}", others)


def rows_of(agent: str, stack: Stack) -> Ints:
    """The rows of `agent`; all of them where no column says whose they are, or where all are one other agent's."""
    if not stack.has("agent"):
        return np.arange(len(stack))
    index: dict[str, int] = {}
    who = stack.ids("agent", index)
    if agent not in index and len(index) > 1:
        raise InvalidInput(
            f"{stack.place(0, 'agent')}: the file must have answers of {agent!r}, it has those of "
            f"{in_words(index)}; the plan's name of an agent and the file's must be the same"
        )
    return np.flatnonzero(who == index.get(agent, 0))
