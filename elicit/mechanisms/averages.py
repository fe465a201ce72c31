"""Averages over tasks: the arithmetic every mechanism shares.

n agents, m tasks. Leading axes of task weights (..., m) are batch axes. What is missing takes no part: the
average of nothing is NaN, never 0.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elicit.evidence import Floats


def weights_or_ones(task_weights: Floats | None, n_tasks: int) -> Floats:
    """(..., m) the weights given, or every task once."""
    return np.ones(n_tasks) if task_weights is None else np.asarray(task_weights, dtype=np.float64)


def ratio(total: Floats, count: Floats) -> Floats:
    """total / count, NaN where nothing was counted.

    >>> ratio(np.array([3.0, 0.0]), np.array([2.0, 0.0]))
    array([1.5, nan])
    """
    shape = np.broadcast_shapes(total.shape, count.shape)
    return np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)


def mean_over_tasks(values: NDArray[np.floating], weights: Floats) -> Floats:
    """(..., k) weighted mean of each column of values (m, k) over its known entries.

    >>> mean_over_tasks(np.array([[1.0, 5.0], [3.0, np.nan]]), np.array([1.0, 3.0]))
    array([2.5, 5. ])
    """
    known = ~np.isnan(values)
    total = weights @ np.where(known, values, 0).astype(np.float64)
    count = np.repeat(weights.sum(axis=-1, keepdims=True), values.shape[1], axis=-1)
    holes = ~known.all(axis=0)  # only columns with holes need a count of their own
    count[..., holes] = weights @ known[:, holes].astype(np.float64)
    return ratio(total, count)


def less_chance(joint: Floats, contrast: Floats) -> Floats:
    """(m, k) joint minus contrast, task by task; over a task's joint entries it averages to the difference of means.

    A joint entry without its contrast has the mean contrast taken off.

    >>> less_chance(np.array([[5.0], [7.0], [9.0]]), np.array([[1.0], [3.0], [np.nan]]))
    array([[4.], [4.], [7.]])
    """
    ones = np.ones(len(joint))
    both = np.where(np.isnan(joint), np.nan, contrast)
    above_usual = both - mean_over_tasks(both, ones)
    return joint - mean_over_tasks(contrast, ones) - np.where(np.isnan(both), 0.0, above_usual)


def for_each_agent(row: Callable[[int], Floats], n_agents: int) -> Floats:
    """(..., n, n) the rows (..., n) of all agents, one under the other; NaN on the diagonal."""
    matrix = np.stack([row(agent) for agent in range(n_agents)], axis=-2)
    return without_self(matrix)


def by_row(by_task: Callable[[Any, int], Floats], evidence: Any, task_weights: Floats | None) -> Floats:
    """(..., n, n) for a mechanism that pays each task by itself: the weighted mean over tasks of what it pays there."""
    weights = weights_or_ones(task_weights, evidence.n_tasks)
    return for_each_agent(lambda agent: mean_over_tasks(by_task(evidence, agent), weights), evidence.n_agents)


def without_self(matrix: Floats) -> Floats:
    """The same matrix (..., n, n), its diagonal overwritten with NaN: nobody is its own peer."""
    diagonal = np.arange(matrix.shape[-1])
    matrix[..., diagonal, diagonal] = np.nan
    return matrix


def mean_of_known(one: Floats, other: Floats) -> Floats:
    """The mean of two arrays of one shape; where one is NaN, the other."""
    return np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2))
