"""Tables with a vector in every row, in the field `embedding`: a list of numbers.

One rule: all vectors of a table come from one embedder, so all are of one length; a row without one is missing.
"""

from typing import Any

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Embeddings, Floats
from elicit.io.cells import Stack, short
from elicit.io.columns import count
from elicit.io.grids import Reading, keep_compared, lay_out


def read_embeddings(stack: Stack) -> Reading:
    """The rows' vectors as they came; raises InvalidInput for one that is no list of finite numbers, or too short."""
    grid = lay_out(stack)
    rows = read_vectors(stack)
    given = ~np.isnan(rows[:, 0])
    kept, notes = keep_compared(grid.spread(given.astype(np.int64)) == 1, grid, stack)
    vectors = np.full((len(grid.tasks), len(grid.agents), rows.shape[1]), np.nan)
    vectors[grid.task, grid.agent] = rows
    if missing := int((~given).sum()):
        notes.append(f"{count(missing, 'row')} without an embedding, counted as missing")
    return Reading([grid.tasks[t] for t in kept], grid.agents, Embeddings(vectors[kept]), notes)


def read_vectors(stack: Stack) -> Floats:
    """(rows, d) one vector a row, NaN where the cell is missing."""
    cells = stack.cells("embedding")
    known = [(row, vector_of(cell, stack, row)) for row, cell in enumerate(cells) if cell is not None]
    if not known:
        raise InvalidInput(f"{stack.place(0, 'embedding')}: a table must hold at least one embedding, got none")
    first, length = known[0][0], len(known[0][1])
    rows = np.full((len(cells), length), np.nan)
    for row, vector in known:
        if len(vector) != length:
            raise InvalidInput(
                f"{stack.place(row, 'embedding')}: must have {length} numbers, as the one at "
                f"{stack.place(first, 'embedding')}, got {len(vector)}"
            )
        rows[row] = vector
    return rows


def vector_of(cell: Any, stack: Stack, row: int) -> Floats:
    """A cell as a vector (d,)."""
    numbers = isinstance(cell, list) and all(isinstance(x, int | float) and not isinstance(x, bool) for x in cell)
    if not numbers or not cell:
        raise InvalidInput(f"{stack.place(row, 'embedding')}: must be a list of numbers, got {short(cell)}")
    vector = np.array(cell, dtype=np.float64)
    if not np.isfinite(vector).all():
        place = int(np.argmin(np.isfinite(vector)))
        raise InvalidInput(
            f"{stack.place(row, 'embedding')}: must hold finite numbers only, got {cell[place]} at position {place}"
        )
    return vector
