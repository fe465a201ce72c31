"""Tables of answers with forecasts: each row says what an agent answered, and which shares of all answers it expects.

One rule: a forecast is whole or missing. Labels that it leaves out have share 0, as the shares sum to 1.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Forecasts
from elicit.io.cells import NO_LABEL, Stack, number_of, short, text_of
from elicit.io.columns import count
from elicit.io.grids import Reading, keep_compared, lay_out
from elicit.untrusted import well_formed

ROUNDED = 0.02  # how far printed shares may be from summing to 1; they are then scaled to do so

Shares = dict[str, float]


def read_forecasts(stack: Stack) -> Reading:
    """The rows' labels and forecasts, over the sorted labels that anybody gave or foresaw."""
    grid = lay_out(stack)
    texts = stack.texts("label", stack.cells("label"))
    labels = [None if text in NO_LABEL or text is None else well_formed(text) for text in texts]
    foreseen = [shares_in(stack, row, cell) for row, cell in enumerate(stack.cells("forecast"))]
    classes = sorted({label for label in labels if label is not None}.union(*(shares or () for shares in foreseen)))
    code = {label: place for place, label in enumerate(classes)}
    codes = grid.spread(np.array([-1 if label is None else code[label] for label in labels]))
    forecast = np.full((*codes.shape, len(classes)), np.nan)
    for row, shares in enumerate(foreseen):
        if shares is not None:
            forecast[grid.task[row], grid.agent[row]] = [shares.get(label, 0.0) for label in classes]
    evidence = Forecasts(codes, forecast, tuple(classes))
    kept, notes = keep_compared(evidence.told, grid, stack)
    for what, missing in (("label", labels.count(None)), ("forecast", foreseen.count(None))):
        if missing:
            notes.append(f"{missing:,} of {count(len(labels), what)} missing: such a row is neither paid nor pays")
    reading = Forecasts(codes[kept], forecast[kept], tuple(classes))
    return Reading([grid.tasks[t] for t in kept], grid.agents, reading, notes)


def shares_in(stack: Stack, row: int, cell: Any) -> Shares | None:
    """The shares of a forecast by label, scaled to sum to 1; `None` where it is missing.

    Raises InvalidInput, at its place, for a cell that is no forecast.
    """
    if text_is_missing(cell):
        return None
    place = stack.place(row, "forecast")
    if not isinstance(cell, Mapping):
        raise InvalidInput(
            f'{place}: must be an object of shares by label, such as {{"A": 0.7, "B": 0.3}}, got {short(cell)}'
        )
    shares = {well_formed(str(label)): number_of(share) for label, share in cell.items() if not text_is_missing(share)}
    if not shares:
        return None
    for label, share in shares.items():
        if not share >= 0 or share == np.inf:
            raise InvalidInput(
                f"{place}: the share of {label!r} must be a number of 0 or more, got {short(cell[label])}"
            )
    total = sum(shares.values())
    if abs(total - 1) > ROUNDED:
        raise InvalidInput(f"{place}: shares must sum to 1 (within {ROUNDED:g}), got {total:.6g}")
    return {label: share / total for label, share in shares.items()}


def text_is_missing(cell: object) -> bool:
    """Whether a cell holds nothing, or one of the words for it."""
    try:
        text = text_of(cell)
    except TypeError:
        return False
    return text is None or text.strip() in NO_LABEL
