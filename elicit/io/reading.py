"""From files or rows to an evaluation, in steps: find, load, recognise, choose, complete, read, describe tasks.

One rule: every step says what it leaves out, in a note with a count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from elicit.errors import InvalidInput
from elicit.io.cells import Stack
from elicit.io.columns import EvidenceKind, Kind, Sheet, column_notes, recognise, recognise_tasks
from elicit.io.completing import complete
from elicit.io.embeddings import read_embeddings
from elicit.io.files import Found, find, load
from elicit.io.forecasts import read_forecasts
from elicit.io.grids import Reading, read_labels, read_responses
from elicit.io.pairs import read_gains, read_pair_scores
from elicit.io.prompts import describe
from elicit.io.tables import NotATable, Table, check_header, in_words, table_of_columns, table_of_rows
from elicit.types import Evaluation, Source

if TYPE_CHECKING:
    import pandas as pd

    Rows: TypeAlias = Iterable[Mapping[str, object]] | pd.DataFrame

# What is read when files hold several kinds; a wide table comes last of the labels, for a table of ground truth looks
# like one.
PREFERENCE: tuple[Kind, ...] = (
    "forecasts",
    "responses",
    "labels",
    "wide labels",
    "pair-scores",
    "logprobs",
    "embeddings",
)
READERS: dict[Kind, Callable[[Stack], Reading]] = {
    "responses": read_responses,
    "labels": read_labels,
    "wide labels": read_labels,
    "forecasts": read_forecasts,
    "pair-scores": read_pair_scores,
    "logprobs": read_gains,
    "embeddings": read_embeddings,
}


def read(
    paths: Sequence[str | Path],
    *,
    tasks: str | Path | None = None,
    evidence: EvidenceKind | None = None,
) -> Evaluation:
    """Read what the files say about agents.

    `paths` are files (JSON Lines, JSON, CSV, TSV, Parquet, inspect logs; plain or gzipped) or folders of them, which
    are read as one table. `tasks` is a file of prompts by task id. `evidence` is what to read where files hold
    several kinds; by default forecasts, then responses, labels, pair scores, log-probabilities and embeddings.

    Tasks and agents come in order of first sight. Raises InvalidInput, naming the file, the line and the field, where
    the files cannot be read or break a rule; what is merely incomplete becomes a note of the evaluation.
    """
    found, notes = find(paths)
    sheets, unused = recognise_files(found, evidence)
    task_sheets = [recognise_tasks(load(Path(tasks)))] if tasks else []
    return assemble(sheets, task_sheets, notes + unused)


def from_rows(
    rows: Rows,
    *,
    tasks: Rows | None = None,
    evidence: EvidenceKind | None = None,
    name: str = "rows",
) -> Evaluation:
    """`read` for rows in memory: mappings or a pandas DataFrame, by the same rules.

    `name` is what errors call the rows. The evaluation has no sources.

    >>> rows = [{"task_id": "t", "agent": a, "response": "yes"} for a in ("x", "y")]
    >>> from_rows(rows).agents
    ('x', 'y')
    """
    sheet = recognise(table_in_memory(rows, name), evidence)
    task_sheets = [] if tasks is None else [recognise_tasks(table_in_memory(tasks, f"{name} (tasks)"))]
    return assemble([sheet], task_sheets, [])


def table_in_memory(rows: Rows, name: str) -> Table:
    """Rows or a DataFrame as a table."""
    if hasattr(rows, "itertuples"):  # a DataFrame, found out without importing pandas
        return table_of_frame(cast("pd.DataFrame", rows), name)
    mappings = list(rows)
    for number, row in enumerate(mappings, 1):
        if not isinstance(row, Mapping):
            raise InvalidInput(f"{name}, row {number}: a row must be a mapping, got {type(row).__name__}")
    return table_of_rows(name, mappings)


def table_of_frame(frame: pd.DataFrame, name: str) -> Table:
    """A DataFrame, with its index if that has a name."""
    whole = frame.reset_index() if any(frame.index.names) else frame
    check_header([str(column) for column in whole.columns], name)
    present = whole.notna()
    columns = {
        str(column): whole[column].astype(object).where(present[column], None).tolist() for column in whole.columns
    }
    return table_of_columns(name, columns)


def recognise_files(found: Iterable[Found], evidence: EvidenceKind | None) -> tuple[list[Sheet], list[str]]:
    """The files as sheets, and notes on files of a folder that are something else."""
    sheets: list[Sheet] = []
    notes: list[str] = []
    for file in found:
        try:
            sheets.append(recognise(load(file.path), evidence))
        except NotATable as error:
            if file.named:
                raise
            notes.append(f"not read: {error.brief}")
    if not sheets:
        raise InvalidInput(f"a folder must hold a file with something to rank: {'; '.join(notes)}")
    return sheets, notes


def assemble(sheets: list[Sheet], task_sheets: list[Sheet], notes: list[str]) -> Evaluation:
    """The evaluation in the best evidence that the sheets hold."""
    chosen, unused = choose(sheets)
    task_sheets, other_tasks = choose_tasks(sheets, task_sheets)
    long, assumed = complete(chosen)
    reading = READERS[long[0].kind](Stack(long))
    tasks, about_tasks = describe(reading.tasks, Stack(long), task_sheets)
    used = [*chosen, *task_sheets]
    return Evaluation(
        tasks=tasks,
        agents=tuple(reading.agents),
        evidence=reading.evidence,
        sources=tuple(Source(sheet.table.source, sheet.table.sha256) for sheet in used if sheet.table.sha256),
        notes=(*reading.notes, *about_tasks, *assumed, *file_notes(used), *notes, *unused, *other_tasks),
    )


def choose(sheets: list[Sheet]) -> tuple[list[Sheet], list[str]]:
    """The sheets of the kind to read, and notes on those of other kinds."""
    kinds = {sheet.kind for sheet in sheets}
    best = next((kind for kind in PREFERENCE if kind in kinds), None)
    if best is None:
        sources = in_words(sheet.table.source for sheet in sheets)
        raise InvalidInput(f"a file must hold something to rank, {sources} only holds tasks")
    notes = [
        f"{sheet.table.source}: not read, it holds {sheet.kind} and the {best} are ranked"
        for sheet in sheets
        if sheet.kind not in (best, "tasks")
    ]
    return [sheet for sheet in sheets if sheet.kind == best], notes


def choose_tasks(sheets: list[Sheet], named: list[Sheet]) -> tuple[list[Sheet], list[str]]:
    """The tasks file that was named, or those met among the other files; notes on what that leaves out."""
    met = [sheet for sheet in sheets if sheet.kind == "tasks"]
    if not named:
        return met, []
    sources = {sheet.table.source for sheet in named}
    others = [sheet.table.source for sheet in met if sheet.table.source not in sources]
    return named, [f"{source}: not read, the tasks come from {named[0].table.source}" for source in others]


def file_notes(sheets: Iterable[Sheet]) -> list[str]:
    """What was not read of each file; what is said of several files is said once."""
    sources: dict[str, list[str]] = {}
    for sheet in sheets:
        for note in (*column_notes(sheet), *sheet.table.notes):
            sources.setdefault(note, []).append(sheet.table.source)
    return [f"{together(files)}: {note}" for note, files in sources.items()]


def together(files: list[str]) -> str:
    """One file by name, several by number and the first names."""
    return files[0] if len(files) == 1 else f"{len(files)} files ({in_words(files, at_most=3)})"
