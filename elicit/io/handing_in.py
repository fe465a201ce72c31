"""What is handed in to a server: tasks and outputs from files, DataFrames and rows, by the names all readers accept.

One rule: tables are checked whole before anything is sent; rows that are still being made are checked one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from elicit.errors import InvalidInput
from elicit.io.cells import short, text_of, trouble_with_id
from elicit.io.columns import Sheet, claim, normal, recognise, recognise_tasks
from elicit.io.files import load
from elicit.io.plan_tables import answers_in, asked_in, images_of, numbered
from elicit.io.reading import table_in_memory
from elicit.io.tables import Table, in_words, listed
from elicit.untrusted import well_formed

if TYPE_CHECKING:
    import pandas as pd

Whole: TypeAlias = "str | Path | Iterable[Mapping[str, object]] | pd.DataFrame"
Output = tuple[str, str]  # a task's id, and what the agent answered


def is_whole(outputs: object) -> bool:
    """Whether all of the outputs are there to be looked at: a file, a DataFrame, a list; not a generator."""
    return isinstance(outputs, str | Path | Sequence) or hasattr(outputs, "itertuples")


def table_of(source: Whole, name: str) -> Table:
    """A file, a DataFrame or rows as a table."""
    return load(Path(source)) if isinstance(source, str | Path) else table_in_memory(source, name)


def whole_outputs(outputs: Whole, agent: str) -> list[Output]:
    """An agent's outputs; of a table with several agents its own rows. A missing response is left out.

    Raises InvalidInput where a column is missing, an agent answers a task twice, or a cell is no text.

    >>> whole_outputs([{"task_id": 1, "output": "yes"}, {"task_id": 2, "output": None}], "mine")
    [('1', 'yes')]
    """
    sheet = recognise(table_of(outputs, "outputs"), "responses")
    if "task_id" not in sheet.fields:
        raise InvalidInput(
            f"{sheet.table.source}: outputs must have a column task_id, to tell which task they answer, "
            f"got {in_words(sheet.table.names)}"
        )
    return answers_in(sheet, agent)


class OutputReader:
    """Reads an agent's outputs row by row, as they are made."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._number = 0
        self._fields: dict[tuple[object, ...], dict[str, str]] = {}  # by the names of a row

    def read(self, row: object) -> Output | None:
        """The output in the next row, `None` where the response is missing.

        Raises InvalidInput, naming the row and the field, for what is no output or another agent's.
        """
        self._number += 1
        place = f"outputs, row {self._number}"
        if not isinstance(row, Mapping):
            raise InvalidInput(f"{place}: a row must be a mapping, got {type(row).__name__}")
        fields = self._fields_of(row, place)
        if "agent" in fields and row[fields["agent"]] not in (None, self._agent):
            whose = short(row[fields["agent"]])
            raise InvalidInput(f"{place}, field {fields['agent']!r}: must be {self._agent!r} or left out, got {whose}")
        task_id, text = (cell_text(row, fields[field], place) for field in ("task_id", "response"))
        if problem := trouble_with_id(task_id):
            raise InvalidInput(f"{place}, field {fields['task_id']!r}: {problem}, got {short(task_id)}")
        return None if text is None else (str(task_id), well_formed(text))

    def _fields_of(self, row: Mapping[Any, Any], place: str) -> dict[str, str]:
        names = tuple(row)
        if names not in self._fields:
            fields = claim(name for name in names if isinstance(name, str))
            for field in ("task_id", "response"):
                if field not in fields:
                    raise InvalidInput(f"{place}: an output must have a {field}, got {in_words(map(str, names))}")
            self._fields[names] = fields
        return self._fields[names]


def cell_text(row: Mapping[Any, Any], name: str, place: str) -> str | None:
    """A cell as text, `None` where it is missing."""
    try:
        return text_of(row[name])
    except TypeError as error:
        raise InvalidInput(f"{place}, field {name!r}: {error}, {short(row[name])}") from error


def whole_tasks(tasks: Whole) -> list[dict[str, Any]]:
    """Tasks as a server takes them; without ids they are called by their places: task-0001, task-0002, ...

    >>> whole_tasks([{"question": "Why?"}, {"question": "How?", "category": "b"}])[1]
    {'task_id': 'task-0002', 'prompt': 'How?', 'context': '', 'category': 'b', 'images': []}
    """
    table = table_of(tasks, "tasks")
    folder = Path(tasks).parent if isinstance(tasks, str | Path) else Path()
    return tasks_in(recognise_tasks(table if "task_id" in claim(table.names) else numbered(table)), folder)


def tasks_in(sheet: Sheet, folder: Path) -> list[dict[str, Any]]:
    """The tasks of a sheet as a server takes them; names of image files count from `folder`."""
    asked = asked_in(sheet)
    images = images_of(sheet, asked, folder)
    return [
        {
            "task_id": task.id,
            "prompt": task.prompt,
            "context": task.context,
            "category": category,
            "images": list(images.get(task.id, ())),
        }
        for task, category in zip(asked, categories(sheet.table), strict=True)
    ]


def categories(table: Table) -> list[str | None]:
    """The category of each task, `None` where it has none."""
    name = next((name for name in table.names if normal(name) == "category"), None)
    if name is None:
        return [None] * table.n_rows
    return [text_of(cell) or None for cell in listed(table.column(name))]
