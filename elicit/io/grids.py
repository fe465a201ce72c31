"""Long tables of responses or labels: who answered which task.

One rule: a task that only one agent answered says nothing about either; it is left out and counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.errors import InvalidInput
from elicit.evidence import Ints, Labels
from elicit.io.cells import NO_LABEL, Stack, check_agents, coverage_notes
from elicit.io.columns import count
from elicit.types import Evidence, Responses
from elicit.untrusted import well_formed


@dataclass(frozen=True)
class Reading:
    """What the files say: ids in order of first sight, the evidence over them, and notes."""

    tasks: list[str]
    agents: list[str]
    evidence: Evidence
    notes: list[str]


@dataclass(frozen=True)
class Grid:
    """The task and the agent of each row, as positions; no two rows have both alike."""

    tasks: list[str]
    agents: list[str]
    task: Ints  # (rows,)
    agent: Ints  # (rows,)

    def spread(self, values: Ints) -> Ints:
        """(m, n) The rows' values where they belong, -1 where there is no row."""
        grid = np.full((len(self.tasks), len(self.agents)), -1, dtype=np.int64)
        grid[self.task, self.agent] = values
        return grid


def lay_out(stack: Stack) -> Grid:
    """The rows as a grid; raises InvalidInput for one agent only and for two rows of one cell."""
    grid = laid_out(stack)
    check_agents(stack, grid.agents)
    return grid


def laid_out(stack: Stack) -> Grid:
    """The rows of any number of agents as a grid; raises InvalidInput for two rows of one cell."""
    tasks: dict[str, int] = {}
    agents: dict[str, int] = {}
    task, agent = stack.ids("task_id", tasks), stack.ids("agent", agents)
    grid = Grid(list(tasks), list(agents), task, agent)
    stack.check_unique(
        "task_id",
        lambda row: f"task {grid.tasks[task[row]]!r} and agent {grid.agents[agent[row]]!r}",
        *(task, agent),
    )
    return grid


def read_responses(stack: Stack) -> Reading:
    """The rows' texts, as they came."""
    grid = lay_out(stack)
    cells = stack.cells("response")
    texts = stack.texts("response", cells)
    mended = [text if text is None else well_formed(text) for text in texts]
    row_of = grid.spread(np.arange(len(stack)))
    given = np.array([text is not None for text in texts])
    answered = grid.spread(given.astype(np.int64)) == 1
    kept, notes = keep_compared(answered, grid, stack)
    notes += response_notes(stack, cells, texts, mended)
    rows = [[mended[row] if row >= 0 else None for row in line] for line in row_of[kept].tolist()]
    return Reading([grid.tasks[t] for t in kept], grid.agents, Responses(rows), notes)


def response_notes(stack: Stack, cells: list[Any], texts: list[str | None], mended: list[str | None]) -> Iterable[str]:
    """Counts of what was read in another way than it stands there."""
    missing, empty = texts.count(None), texts.count("")
    numbers = [row for row, cell in enumerate(cells) if texts[row] is not None and not isinstance(cell, str)]
    halves = sum(text is not whole for text, whole in zip(texts, mended, strict=True))
    if missing:
        yield f"{count(missing, 'row')} without a response, counted as missing"
    if empty:
        yield f"{count(empty, 'response')} of no characters, counted as an answer"
    if numbers:
        first = stack.place(numbers[0], "response")
        yield f"{count(len(numbers), 'response')} not text but a number, read as written (first: {first})"
    if halves:
        yield f"{count(halves, 'response')} with half a Unicode character, replaced by U+FFFD"


def read_labels(stack: Stack) -> Reading:
    """The rows' labels as codes of the sorted distinct labels."""
    grid = lay_out(stack)
    texts = [None if text in NO_LABEL else text for text in stack.texts("label", stack.cells("label"))]
    classes = sorted({well_formed(text) for text in texts if text is not None})
    code = {label: position for position, label in enumerate(classes)}
    codes = grid.spread(np.array([-1 if text is None else code[well_formed(text)] for text in texts]))
    kept, notes = keep_compared(codes >= 0, grid, stack)
    if missing := texts.count(None):
        notes.append(f"{missing:,} of {count(len(texts), 'label')} missing")
    return Reading([grid.tasks[t] for t in kept], grid.agents, Labels(codes[kept], tuple(classes)), notes)


def keep_compared(answered: NDArray[np.bool_], grid: Grid, stack: Stack) -> tuple[Ints, list[str]]:
    """The tasks with two answers or more, and notes on the others and on agents with few tasks.

    Raises InvalidInput when no task is left.
    """
    n_answers = answered.sum(axis=1)
    kept = np.flatnonzero(n_answers >= 2)
    if not kept.size:
        place = stack.place(0, "task_id")
        raise InvalidInput(f"{place}: a task must be answered by 2 agents or more, none of {len(n_answers)} is")
    notes = [
        f"{number:,} of {count(len(n_answers), 'task')} left out, answered by {who}"
        for number, who in ((int((n_answers == 1).sum()), "one agent only"), (int((n_answers == 0).sum()), "no agent"))
        if number
    ]
    return kept, notes + coverage_notes(answered[kept], grid.agents)
