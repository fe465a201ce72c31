"""How sure a rank correlation is: agents are drawn again, and ranked again among those drawn."""

import numpy as np

from elicit.estimators.bootstrap import bootstrap_weights
from elicit.evidence import Floats

FEWEST_AGENTS = 10  # draws from fewer repeat themselves so often that they say little


def spearman_interval(
    a: Floats, b: Floats, *, resamples: int, rng: np.random.Generator, level: float = 0.95
) -> tuple[float, float]:
    """The central interval of Spearman's correlation of a and b (k,), both known, over draws of the k agents.

    NaN for fewer than `FEWEST_AGENTS`, or where a draw has all agents alike in half of the cases or more.
    """
    if len(a) < FEWEST_AGENTS:
        return np.nan, np.nan
    weights = bootstrap_weights(np.arange(len(a)), resamples, rng)
    drawn = correlations(drawn_ranks(a, weights), drawn_ranks(b, weights), weights)
    known = drawn[~np.isnan(drawn)]
    if 2 * len(known) <= resamples:
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def drawn_ranks(values: Floats, weights: Floats) -> Floats:
    """Mean ranks from the lowest (R, k) when each value (k,) is there as often as the rows of weights (R, k) say.

    >>> drawn_ranks(np.array([5.0, 1.0, 5.0]), np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0]]))
    array([[2.5, 1. , 2.5],
           [2. , 0.5, 2. ]])
    """
    _, place = np.unique(values, return_inverse=True)
    count = np.zeros((len(weights), place.max() + 1))
    for column, where in zip(weights.T, place, strict=True):
        count[:, where] += column
    return (np.cumsum(count, axis=1) - (count - 1) / 2)[:, place]


def correlations(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's correlation of each row of x and y (R, k) under the weights (R, k): (R,), NaN where all are alike."""
    total = weights.sum(axis=1, keepdims=True)
    x = x - (weights * x).sum(axis=1, keepdims=True) / total
    y = y - (weights * y).sum(axis=1, keepdims=True) / total
    scale = np.sqrt((weights * x**2).sum(axis=1) * (weights * y**2).sum(axis=1))
    return np.divide((weights * x * y).sum(axis=1), scale, out=np.full(len(weights), np.nan), where=scale > 0)
