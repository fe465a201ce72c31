"""Files as somebody drops them on a page: tasks, and what any number of agents answered, in one reading.

One rule: they are read whole and checked before anything is sent; a hand-in that can be looked at can be stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from elicit.errors import InvalidInput
from elicit.io.cells import NO_LABEL, Stack, short
from elicit.io.columns import OPTIONAL, Sheet, claim, count, normal, recognise, recognise_tasks
from elicit.io.completing import complete, melted, repeats_tasks
from elicit.io.files import load
from elicit.io.grids import laid_out, response_notes
from elicit.io.handing_in import Output, categories, tasks_in
from elicit.io.plan_tables import IMAGE_COLUMNS, images_in, numbered
from elicit.io.prompts import first_texts
from elicit.io.reading import choose, file_notes
from elicit.untrusted import well_formed

HANDED_IN = ("responses", "labels", "wide labels")
READ_HERE = (*IMAGE_COLUMNS, "category")
AS_THEY_ARE = ("https://", "http://", "data:image/")
NO_NAME = str.maketrans("/", "-")  # names stand in addresses


@dataclass(frozen=True)
class HandIn:
    """What the files hold: `tasks` as a server takes them (none where no file has prompts), `outputs` by agent.

    `task_ids` are those that outputs are for, or the tasks'. `spare` are columns of a tasks file that nobody reads:
    they may be answers, a column an agent. `notes` say what was read otherwise than it stands, each with a count.
    """

    task_ids: tuple[str, ...]
    tasks: tuple[dict[str, Any], ...]
    outputs: Mapping[str, tuple[Output, ...]]
    notes: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Answers that are not there, of tasks times agents."""
        return len(self.task_ids) * len(self.outputs) - sum(map(len, self.outputs.values()))

    @property
    def categories(self) -> Mapping[str, int]:
        """How many tasks are of each category."""
        return Counter(task["category"] for task in self.tasks if task["category"])

    def answering(self, task_ids: Sequence[str], source: str) -> HandIn:
        """The outputs to these tasks, with a note on others. Raises InvalidInput where there is no output to any."""
        kept, left_out = of_tasks(self.outputs, task_ids, source)
        return replace(self, task_ids=tuple(task_ids), outputs=kept, notes=(*self.notes, *left_out))


def read_hand_in(paths: Sequence[Path], answer_columns: Sequence[str] = ()) -> HandIn:
    """Read files by the rules that `elicit rank` has. `answer_columns` of a tasks file are the answers of agents.

    Raises InvalidInput naming the file, without its folder, the line and the field that break a rule.
    """
    folders = {f"{path.parent}/" for path in paths}
    try:
        found = assembled([sheet_of(path) for path in paths], answer_columns)
    except InvalidInput as error:
        raise InvalidInput(without(folders, str(error))) from error
    return replace(found, notes=tuple(without(folders, note) for note in found.notes))


def without(folders: Iterable[str], text: str) -> str:
    """A text that names files by their names alone."""
    for folder in folders:
        text = text.replace(folder, "")
    return text


def sheet_of(path: Path) -> Sheet:
    """A file as a sheet; prompts alone are tasks, called by their places."""
    table = replace(load(path), agent=path.name.removesuffix(".gz").rpartition(".")[0] or path.name)
    fields = claim(table.names)
    if (
        table.n_rows
        and {"prompt", "context"} & set(fields)
        and not {"task_id", "agent", "response", "label"} & set(fields)
    ):
        return recognise_tasks(numbered(table))
    sheet = recognise(table, None)
    if sheet.kind not in (*HANDED_IN, "tasks"):
        raise InvalidInput(
            f"{path}: a server takes tasks and outputs, this file holds {sheet.kind}: elicit rank reads it"
        )
    return sheet


def assembled(sheets: list[Sheet], answer_columns: Sequence[str]) -> HandIn:
    """The hand-in that the sheets make together."""
    tasks = [sheet for sheet in sheets if sheet.kind == "tasks"]
    sheets = [*sheets, *(answers_beside(sheet, answer_columns) for sheet in tasks if answer_columns)]
    notes = file_notes([without_category(sheet) for sheet in sheets if sheet.kind != "tasks"])
    if len(sheets) == len(tasks):
        asked = asked_by(tasks)
        return HandIn(ids_of(asked), asked, {}, tuple(file_notes(map(without_category, tasks))), spare_of(tasks))
    chosen, unused = choose(sheets)
    long, assumed = complete(with_agent(chosen))
    stack = Stack(long)
    ids, outputs, more = outputs_of(stack)
    notes += [*unused, *assumed, *more]
    if not tasks:
        asked, about_tasks = asked_in_rows(ids, stack)
        return HandIn(ids, asked, outputs, (*notes, *about_tasks))
    asked = asked_by(tasks)
    return HandIn(ids, asked, outputs, tuple(notes)).answering(ids_of(asked), tasks[0].table.source)


def without_category(sheet: Sheet) -> Sheet:
    """The sheet without the columns that are read here and nowhere else."""
    names = tuple(name for name in sheet.table.names if normal(name) not in READ_HERE)
    return replace(sheet, table=replace(sheet.table, names=names))


def with_agent(sheets: list[Sheet]) -> list[Sheet]:
    """One file without an agent column is one agent's, called by the file's name."""
    (first, *others) = sheets
    if others or "agent" in first.fields or first.kind == "wide labels" or repeats_tasks(first):
        return sheets
    return [first.with_field("agent", [first.table.agent] * first.table.n_rows)]


def answers_beside(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    """The answers in columns of a tasks file, a row a cell."""
    here = [name for name in columns if name in sheet.table.names]
    return replace(melted(sheet, here, "response"), kind="responses")


def spare_of(sheets: Iterable[Sheet]) -> tuple[str, ...]:
    """Columns of tasks files that nobody reads."""
    return tuple(
        name
        for sheet in sheets
        for name in sheet.table.names
        if normal(name) not in READ_HERE
        and name not in (sheet.fields.get(field) for field in ("task_id", *OPTIONAL["tasks"]))
    )


def outputs_of(stack: Stack) -> tuple[tuple[str, ...], dict[str, tuple[Output, ...]], list[str]]:
    """Task ids in order of first sight, the outputs by agent, and notes."""
    grid = laid_out(stack)
    field = "label" if stack.sheets[0].kind in ("labels", "wide labels") else "response"
    cells = stack.cells(field)
    texts: list[str | None] = stack.texts(field, cells)
    if field == "label":
        texts = [None if text in NO_LABEL else text for text in texts]
    mended = [text if text is None else well_formed(text) for text in texts]
    names, notes = fit_for_addresses(grid.agents)
    outputs: dict[str, list[Output]] = {name: [] for name in names}
    for task, agent, text in zip(grid.task.tolist(), grid.agent.tolist(), mended, strict=True):
        if text is not None:
            outputs[names[agent]].append((grid.tasks[task], text))
    if field == "response":
        notes += response_notes(stack, cells, texts, mended)
    return tuple(grid.tasks), {name: tuple(found) for name, found in outputs.items()}, notes


def fit_for_addresses(agents: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names that a server takes, and a note on those that had to change.

    >>> fit_for_addresses(["meta/llama", "mine"])
    (['meta-llama', 'mine'], ["1 agent called otherwise, as a name must not hold '/' (first: 'meta/llama')"])
    """
    names = [name.strip().translate(NO_NAME) for name in agents]
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InvalidInput(f"agents must have different names, without '/' and blanks around them, {twice[0]!r} is two")
    changed = [old for old, new in zip(agents, names, strict=True) if "/" in old and old != new]
    note = (
        f"{count(len(changed), 'agent')} called otherwise, as a name must not hold '/' (first: {short(changed[0])})"
        if changed
        else ""
    )
    return names, [note] if note else []


def asked_by(sheets: Sequence[Sheet]) -> tuple[dict[str, Any], ...]:
    """The tasks of tasks files. Their images come along: a name of a file would be one on the server."""
    for sheet in sheets:
        refuse_local_images(sheet)
    tasks = tuple(task for sheet in sheets for task in tasks_in(sheet, Path()))
    twice = [task for task, times in Counter(ids_of(tasks)).items() if times > 1]
    if twice:
        raise InvalidInput(f"{sheets[-1].table.source}: there must be one row for task {twice[0]!r}, there are two")
    return tasks


def refuse_local_images(sheet: Sheet) -> None:
    """Raise InvalidInput where an image is the name of a file."""
    for place, names in images_in(sheet):
        for name in names:
            if not (isinstance(name, str) and name.startswith(AS_THEY_ARE)):
                raise InvalidInput(f"{place}: an image must be an address or a data URI, got {short(name)}")


def ids_of(tasks: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The ids of tasks."""
    return tuple(task["task_id"] for task in tasks)


def asked_in_rows(ids: Sequence[str], stack: Stack) -> tuple[tuple[dict[str, Any], ...], list[str]]:
    """The tasks that rows of outputs tell of, and notes; none where they have no prompts at all.

    Raises InvalidInput where some have one and others do not.
    """
    prompts, notes = first_texts(stack, "prompt")
    contexts, more = first_texts(stack, "context")
    if not prompts and not contexts:
        return (), []
    for task_id in ids:
        if not prompts.get(task_id) and not contexts.get(task_id):
            source = stack.sheets[0].table.source
            raise InvalidInput(f"{source}: a task must have a prompt or a context, {task_id!r} has neither")
    category = categories_of(stack)
    tasks: tuple[dict[str, Any], ...] = tuple(
        {
            "task_id": task_id,
            "prompt": prompts.get(task_id, ""),
            "context": contexts.get(task_id, ""),
            "category": category.get(task_id),
            "images": [],
        }
        for task_id in ids
    )
    return tasks, [*notes, *more]


def categories_of(stack: Stack) -> dict[str, str]:
    """Each task's first category."""
    index: dict[str, int] = {}
    rows = stack.ids("task_id", index).tolist()
    named = [name for sheet in stack.sheets for name in categories(sheet.table)]
    first: dict[int, str] = {}
    for task, name in zip(rows, named, strict=True):
        if name:
            first.setdefault(task, name)
    return {task_id: first[position] for task_id, position in index.items() if position in first}


def of_tasks(
    outputs: Mapping[str, Sequence[Output]], task_ids: Sequence[str], source: str
) -> tuple[dict[str, tuple[Output, ...]], list[str]]:
    """The outputs to these tasks, and a note on others. Raises InvalidInput where there is no output to any."""
    known = set(task_ids)
    kept = {agent: tuple(output for output in found if output[0] in known) for agent, found in outputs.items()}
    strange = [output[0] for found in outputs.values() for output in found if output[0] not in known]
    if strange and not any(kept.values()):
        raise InvalidInput(
            f"{source}: task ids must match those of the outputs, none does "
            f"({task_ids[0]!r} here, {strange[0]!r} there)"
        )
    note = (
        f"{count(len(strange), 'output')} left out, to tasks that are not in {source} (first: {strange[0]!r})"
        if strange
        else ""
    )
    return kept, [note] if note else []
