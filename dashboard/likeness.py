"""Agents in an order in which those that tell much about each other stand side by side.

One rule: the order is for the eye; nothing is ranked by it.
"""

from collections.abc import Sequence

import numpy as np


def side_by_side(score: Sequence[Sequence[float | None]]) -> list[int]:
    """The places of the agents in the new order; `score[i][j]` is what i earns from j, `None` where it is not known.

    Blocks of agents are joined pair by pair, those first that earn most from each other on average (average linkage).

    >>> side_by_side([[None, 0.1, 0.9], [0.1, None, 0.2], [0.9, 0.2, None]])
    [0, 2, 1]
    """
    likeness = both_ways(score)
    blocks = [[place] for place in range(len(score))]
    while len(blocks) > 1:
        first, second = sorted(np.unravel_index(np.argmax(likeness), likeness.shape))
        weights = [len(blocks[first]), len(blocks[second])]
        joined = np.average(likeness[[first, second]], axis=0, weights=weights)
        likeness[first], likeness[:, first], likeness[first, first] = joined, joined, -np.inf
        likeness = np.delete(np.delete(likeness, second, 0), second, 1)
        blocks[first] += blocks.pop(second)
    return blocks[0] if blocks else []


def both_ways(score: Sequence[Sequence[float | None]]) -> np.ndarray:
    """What each two agents earn from each other on average (n, n); the least of all where that is not known."""
    known = np.array(score, dtype=float).reshape(len(score), -1)
    mean = (known + known.T) / 2
    mean[np.isnan(mean)] = np.nanmin(mean, initial=0.0)
    np.fill_diagonal(mean, -np.inf)
    return mean
