"""Ranks, intervals of what replicates show, and how often one agent wins.

Best is rank 1. A replicate is one bootstrap draw of all scores. How sure a rank is stands in `apart`.
"""

import numpy as np

from elicit.evidence import Floats, Ints

LEVEL = 0.95  # of all intervals
DIGITS = 6  # of the largest score; what differs by less is equal


def ranks(score: Floats) -> Floats:
    """Rank of each agent (..., n): 1 + the number of agents that score higher. NaN scores have no rank.

    Scores that agree to six digits of the largest are equal: single-precision gains summed in another order differ by
    rounding, and no interval is that narrow.

    >>> ranks(np.array([0.2, 0.7, np.nan, 0.7]))
    array([ 3.,  1., nan,  1.])
    """
    known = ~np.isnan(score)
    largest = np.where(known, np.abs(score), 0.0).max(axis=-1, keepdims=True)
    digits = np.divide(score, largest, out=np.zeros_like(score), where=largest > 0).round(DIGITS)
    return np.where(known, 1.0 + smaller(np.where(known, -digits, np.inf)), np.nan)


def smaller(values: Floats) -> Ints:
    """How many values of the same row (..., n) are smaller than each: all rows at once, for there are thousands.

    >>> smaller(np.array([[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]]))
    array([[1, 0, 1],
           [0, 0, 0]])
    """
    rows = values.reshape(-1, values.shape[-1])
    start = rows.shape[1] * np.arange(len(rows))[:, None]
    order = np.argsort(rows, axis=-1) + start
    ascending = rows.ravel()[order]
    is_first = np.ones(rows.shape, dtype=bool)  # of those that are equal
    is_first[:, 1:] = ascending[:, 1:] > ascending[:, :-1]
    first = np.maximum.accumulate(np.where(is_first, np.arange(rows.shape[1]), 0), axis=-1)
    count = np.empty(rows.size, dtype=np.int64)
    count[order.ravel()] = first.ravel()
    return count.reshape(values.shape)


def interval(replicates: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """The central interval of each column of replicates (R, n): low (n,) and high (n,), NaN where nothing is known."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    known = ~np.isnan(replicates).any(axis=0)
    low, high = np.quantile(np.where(known, replicates, 0.0), tails, axis=0)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def win_probability(replicates: Floats) -> Floats:
    """How often agent i scores above agent j over replicates (R, n), draws counting half: (n, n), diagonal NaN.

    >>> win_probability(np.array([[2.0, 1.0], [3.0, 3.0]]))
    array([[ nan, 0.75],
           [0.25,  nan]])
    """
    n = replicates.shape[1]
    win = np.empty((n, n))
    for i in range(n):
        difference = replicates[:, i, None] - replicates
        win[i] = np.where(np.isnan(difference).any(axis=0), np.nan, (np.sign(difference).mean(axis=0) + 1) / 2)
    np.fill_diagonal(win, np.nan)
    return win


def spearman(a: Floats, b: Floats) -> float:
    """Rank correlation of two vectors over the entries both have, ties sharing their mean rank; NaN below three.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.5
    """
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < 3:
        return np.nan
    x, y = (mean_ranks(v[both]) for v in (a, b))
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x**2).sum() * (y**2).sum())
    return float((x * y).sum() / scale) if scale > 0 else np.nan


def mean_ranks(values: Floats) -> Floats:
    """Ranks from the lowest, equal values sharing their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]
