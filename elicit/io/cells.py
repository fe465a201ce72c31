"""What cells say: ids, texts, labels and numbers, of several files read as one.

One rule: a cell is text, a number or missing; anything else is an error at its place. Text is kept as it came.
"""

import math
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.errors import InvalidInput
from elicit.evidence import Floats, Ints
from elicit.io.columns import Sheet, count
from elicit.io.tables import encode, in_words, listed

NO_LABEL = frozenset({"", "NA", "NaN", "nan"})
SHORT_COVERAGE = 0.5
NAMED_AT_MOST = 5
QUOTED_AT_MOST = 60


@dataclass(frozen=True)
class Stack:
    """Sheets of one kind, one below the other. Rows are numbered through all of them."""

    sheets: tuple[Sheet, ...]

    def __len__(self) -> int:
        return sum(sheet.table.n_rows for sheet in self.sheets)

    def place(self, row: int, field: str) -> str:
        """Which file, line and field a cell stands in."""
        for sheet in self.sheets:
            if row < sheet.table.n_rows:
                return sheet.place(row, field)
            row -= sheet.table.n_rows
        raise IndexError(row)

    def has(self, field: str) -> bool:
        """Whether any sheet has the field."""
        return any(field in sheet.fields for sheet in self.sheets)

    def ids(self, field: str, index: dict[str, int]) -> Ints:
        """(rows,) Positions of the field's ids in `index`, which new ids join in order of first sight."""
        return np.concatenate([read_ids(sheet, field, index) for sheet in self.sheets])

    def cells(self, field: str) -> list[Any]:
        """(rows,) The field's cells as they came, None where a sheet lacks the field."""
        return [cell for sheet in self.sheets for cell in read_cells(sheet, field)]

    def texts(self, field: str, cells: list[Any]) -> list[str | None]:
        """(rows,) The field's cells as text, None where missing; raises InvalidInput for lists and the like."""
        try:
            return [cell if type(cell) is str else text_of(cell) for cell in cells]
        except TypeError as error:
            raise wrong_type(lambda row: self.place(row, field), cells) from error

    def numbers(self, field: str, *, default: float = math.nan) -> Floats:
        """(rows,) The field as finite numbers; `default` where a sheet lacks the field."""
        return np.concatenate([read_numbers(sheet, field, default) for sheet in self.sheets])

    def check(self, field: str, fine: NDArray[np.bool_], rule: str, values: list[Any]) -> None:
        """Raise InvalidInput at the first row that is not fine."""
        bad = np.flatnonzero(~fine)
        if bad.size:
            raise InvalidInput(f"{self.place(int(bad[0]), field)}: must be {rule}, got {short(values[bad[0]])}")

    def check_unique(self, field: str, what: Callable[[int], str], *keys: Ints) -> None:
        """Raise InvalidInput where two rows agree in all keys, naming both."""
        rows = first_repeat(*keys)
        if rows:
            first, second = rows
            raise InvalidInput(
                f"{self.place(second, field)}: there must be one row for {what(second)}, "
                f"the first is at {self.place(first, field)}"
            )


def first_repeat(*keys: Ints) -> tuple[int, int] | None:
    """The first row that repeats an earlier one in all keys, after the one it repeats.

    >>> import numpy as np
    >>> first_repeat(np.array([0, 1, 0, 1]), np.array([5, 5, 6, 5]))
    (1, 3)
    """
    order = np.lexsort(keys)  # stable: equal rows stay in the order of the file
    same = np.all([key[order[1:]] == key[order[:-1]] for key in keys], axis=0)
    repeats = np.flatnonzero(same)
    if not repeats.size:
        return None
    earliest = repeats[np.argmin(order[repeats + 1])]
    return int(order[earliest]), int(order[earliest + 1])


def read_ids(sheet: Sheet, field: str, index: dict[str, int]) -> Ints:
    """One sheet's ids as positions in `index`."""
    column = sheet.table.column(sheet.fields[field])
    try:
        codes, distinct = encode(column)
        texts = [text_of(value) for value in distinct]
    except TypeError as error:
        raise wrong_type(lambda row: sheet.place(row, field), listed(column)) from error
    for code, text in enumerate(texts):
        problem = trouble_with_id(text)
        if problem:
            row = int(np.argmax(codes == code))
            raise InvalidInput(f"{sheet.place(row, field)}: {problem}, got {short(distinct[code])}")
    positions = np.array([index.setdefault(str(text), len(index)) for text in texts])
    return positions[codes]


def trouble_with_id(text: str | None) -> str:
    """What is wrong with an id, if anything."""
    if text is None or not text.strip():
        return "must not be empty"
    if not text.isprintable() and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        return "must not hold control characters"
    return ""


def text_of(value: object) -> str | None:
    """A cell as text, None where it is missing. Raises TypeError where it is a list, an object or the like.

    >>> [text_of(cell) for cell in ("a ", 1, 1.0, 0.5, True, None, float("nan"))]
    ['a ', '1', '1', '0.5', 'true', None, None]
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    if isinstance(value, Integral):
        return str(int(value))
    if not isinstance(value, Real):
        raise TypeError(f"text or a number is expected, got {type(value).__name__}")
    number = float(value)
    if math.isnan(number):
        return None
    return str(int(number)) if number.is_integer() else repr(number)


def wrong_type(place: Callable[[int], str], cells: Iterable[object]) -> InvalidInput:
    """The error for the first cell that is neither text nor a number."""
    for row, cell in enumerate(cells):
        try:
            text_of(cell)
        except TypeError:
            return InvalidInput(f"{place(row)}: must be text, got {type(cell).__name__} {short(cell)}")
    raise AssertionError("wrong_type is for columns that hold one")


def short(cell: object) -> str:
    """A cell as an error quotes it."""
    quoted = repr(cell)
    return quoted if len(quoted) <= QUOTED_AT_MOST else f"{quoted[:QUOTED_AT_MOST]}..."


def read_cells(sheet: Sheet, field: str) -> list[Any]:
    """One sheet's cells."""
    if field not in sheet.fields:
        return [None] * sheet.table.n_rows
    return listed(sheet.table.column(sheet.fields[field]))


def read_numbers(sheet: Sheet, field: str, default: float) -> Floats:
    """One sheet's numbers; raises InvalidInput where one is missing, not finite or not a number."""
    if field not in sheet.fields:
        return np.full(sheet.table.n_rows, default)
    cells = read_cells(sheet, field)
    numbers = np.array([number_of(cell) for cell in cells], dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        row = int(bad[0])
        raise InvalidInput(f"{sheet.place(row, field)}: must be a finite number, got {short(cells[row])}")
    return numbers


def number_of(cell: object) -> float:
    """A cell as a number, NaN where it is none; CSV writes numbers as text."""
    if isinstance(cell, (bool, np.bool_)) or not isinstance(cell, (Real, str)):
        return math.nan
    try:
        return float(cell)
    except (ValueError, OverflowError):
        return math.nan


def coverage_notes(answered: NDArray[np.bool_], agents: list[str]) -> list[str]:
    """A note for each agent below half of the tasks; one for all of them where they are many.

    `answered` is (m, n).
    """
    n_tasks = answered.shape[0]
    done = answered.sum(axis=0)
    short = np.flatnonzero(done < SHORT_COVERAGE * n_tasks)
    if len(short) > NAMED_AT_MOST:
        least = short[np.argmin(done[short])]
        return [
            f"{len(short)} of {count(len(agents), 'agent')} answered under half of the "
            f"{count(n_tasks, 'task')}, {agents[least]!r} the fewest with {done[least]}"
        ]
    return [f"agent {agents[i]!r} answered {done[i]} of {count(n_tasks, 'task')}" for i in short]


def check_agents(stack: Stack, agents: Iterable[str]) -> None:
    """Raise InvalidInput unless there are two agents."""
    names = list(agents)
    if len(names) < 2:
        raise InvalidInput(f"{stack.place(0, 'agent')}: there must be at least 2 agents, got only {in_words(names)}")
