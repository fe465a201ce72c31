"""A table as its file holds it: named columns, and the place of every row.

One rule: a cell has no meaning here. What a column is for is settled in `columns`, what a cell says in `cells`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Ints

if TYPE_CHECKING:
    import pyarrow as pa

    Column: TypeAlias = list[Any] | pa.ChunkedArray


class NotATable(InvalidInput):
    """A file without the fields we look for: an error when it was named, a note when a folder held it.

    `brief` is the message for the note.
    """

    def __init__(self, message: str, *, brief: str = "") -> None:
        super().__init__(message)
        self.brief = brief or message


@dataclass(frozen=True)
class Table:
    """Columns by name, fetched when asked for, and what to call each row in an error.

    `agent` is whose rows these are as far as the file's name tells, `log_task` the inspect task they come from, and
    `notes` what the reader of the file left out. `sha256` is the file's; rows from memory have none.
    """

    source: str
    names: tuple[str, ...]
    n_rows: int
    column: Callable[[str], Column]
    place: Callable[[int], str]  # row 16 -> "answers.jsonl, line 17"
    agent: str = ""
    log_task: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def with_column(self, name: str, values: list[Any]) -> Table:
        """The same table with one column more, or in place of the one of that name."""
        names = tuple(dict.fromkeys((*self.names, name)))
        return replace(self, names=names, column=lambda asked: values if asked == name else self.column(asked))


def table_of_rows(source: str, rows: Sequence[Mapping[Any, Any]], place: Callable[[int], str] | None = None) -> Table:
    """Rows as mappings; a key that a row lacks is None there, and keys that are not text are nobody's column."""
    names = tuple(name for name in dict.fromkeys(chain.from_iterable(rows)) if isinstance(name, str))
    return Table(source, names, len(rows), lambda name: [row.get(name) for row in rows], place or nth_row(source))


def table_of_columns(source: str, columns: Mapping[str, Column], place: Callable[[int], str] | None = None) -> Table:
    """Columns of one length; a file that breaks this is told which column does."""
    lengths = {name: len(column) for name, column in columns.items()}
    n_rows = next(iter(lengths.values()), 0)
    for name, length in lengths.items():
        if length != n_rows:
            raise InvalidInput(
                f"{source}, field {name!r}: columns must have equal length, got {length} values "
                f"and {n_rows} in {next(iter(lengths))!r}"
            )
    return Table(source, tuple(columns), n_rows, columns.__getitem__, place or nth_row(source))


def nth_row(source: str) -> Callable[[int], str]:
    """Places of a source without lines."""
    return lambda row: f"{source}, row {row + 1}"


def listed(column: Column) -> list[Any]:
    """The cells as Python values, None where an arrow column has null."""
    values: list[Any] = column if isinstance(column, list) else column.to_pylist()
    return values


def encode(column: Column) -> tuple[Ints, list[Any]]:
    """`(codes, distinct)`: the distinct cells in order of first sight, and which of them stands in each row.

    Raises TypeError where a cell is a list or an object.

    >>> encode(["b", "a", "b"])
    (array([0, 1, 0]), ['b', 'a'])
    """
    if not isinstance(column, list) and column.type.num_fields == 0 and column.null_count == 0:
        return encode_arrow(column)
    index: dict[object, int] = {}
    cells = listed(column)
    codes = np.fromiter((index.setdefault(cell, len(index)) for cell in cells), np.int64, len(cells))
    return codes, list(index)


def encode_arrow(column: pa.ChunkedArray) -> tuple[Ints, list[Any]]:
    """`encode` without a Python object per row: pair tables run to millions of rows."""
    array = column.dictionary_encode().unify_dictionaries().combine_chunks()
    values = array.dictionary.to_pylist()
    raw = np.from_dlpack(array.indices.cast("int64"))  # to_numpy would import pandas, most of a second
    used, first, inverse = np.unique(raw, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[inverse], [values[used[k]] for k in order]


def check_header(names: Iterable[str], place: str) -> None:
    """Raise InvalidInput where two columns have one name."""
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InvalidInput(f"{place}: a column name must be unique, got {twice[0]!r} twice")


def in_words(names: Iterable[str], *, at_most: int = 8) -> str:
    """Names quoted for a sentence, the tail of a long list counted.

    >>> in_words(["a", "b", "c"], at_most=2)
    "'a', 'b' and 1 more"
    """
    quoted = [repr(name) for name in names]
    more = f" and {len(quoted) - at_most} more" if len(quoted) > at_most else ""
    return ", ".join(quoted[:at_most]) + more
