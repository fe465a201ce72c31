"""What the mechanisms on embeddings share: every pair's pay as a mean over tasks, each task's part computed once.

One rule: the part of a task is its first-order influence on the pay. So a resample of tasks counts parts again instead
of comparing vectors again, and its spread is right up to terms that vanish with the number of tasks (the infinitesimal
jackknife, Jaeckel 1972; Efron 1982).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from elicit.evidence import Bools, Embeddings, Floats, Ints
from elicit.mechanisms.averages import mean_over_tasks, weights_or_ones, without_self

FEWEST_TASKS = 4  # that two agents must share: unbiased HSIC is not defined on fewer
LARGEST_BLOCK = 1024  # tasks compared with one another at once: time grows with their number, not with its square


@dataclass(frozen=True)
class Measure:
    """A measure of dependence between two agents' vectors, on b tasks that both answered.

    `prepare` makes of one agent's vectors (b, d) what is needed of it alone; `parts` makes of what two agents brought
    the part (b,) of every task, whose mean is the pay of the first.
    """

    prepare: Callable[[Floats], Any]
    parts: Callable[[Any, Any], Floats]


def all_parts(measure: Measure, embeddings: Embeddings) -> Floats:
    """(m, n, n) the part of every task in what each agent earns from each peer; NaN where either did not answer."""
    m, n, _ = embeddings.vectors.shape
    found = np.full((m, n, n), np.nan)
    for tasks, pairs in blocks(embeddings.answered):
        ready = {agent: measure.prepare(embeddings.vectors[tasks, agent]) for agent in np.unique(pairs)}
        for i, j in pairs:
            found[tasks, i, j] = measure.parts(ready[i], ready[j])
            found[tasks, j, i] = measure.parts(ready[j], ready[i])
    return found


def blocks(answered: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Blocks of tasks (b,) and the pairs of agents (P, 2) that share just these, and so are compared on them."""
    together: dict[bytes, list[tuple[int, int]]] = {}
    n = answered.shape[1]
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        together.setdefault((answered[:, i] & answered[:, j]).tobytes(), []).append((int(i), int(j)))
    for mask, pairs in together.items():
        shared = np.flatnonzero(np.frombuffer(mask, dtype=bool))
        if len(shared) >= FEWEST_TASKS:
            for tasks in np.array_split(shared, -(-len(shared) // LARGEST_BLOCK)):
                yield tasks, np.array(pairs)


def mean_part(parts: Floats, task_weights: Floats | None) -> Floats:
    """(..., n, n) the weighted mean of the parts (m, n, n) that are known."""
    m, n, _ = parts.shape
    weights = weights_or_ones(task_weights, m)
    return without_self(mean_over_tasks(parts.reshape(m, n * n), weights).reshape(*weights.shape[:-1], n, n))


def unit(vectors: Floats) -> Floats:
    """(b, d) the vectors at length 1; zeros stay zeros.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def above_contrast(score: Floats) -> Floats:
    """(b,) the part of each task in ``mean score[t, t] - mean score[t, u]``, ``u != t``, from scores (b, b).

    >>> above_contrast(np.array([[1.0, 0.0], [0.5, 1.0]]))
    array([0.75, 0.75])
    """
    row, column = contrast_of_rows(score), contrast_of_rows(score.T)
    return np.diagonal(score) - row - column + row.mean()


def contrast_of_rows(score: Floats) -> Floats:
    """(b,) each row's mean score (b, b) without the diagonal: what a task's answer earns across tasks.

    >>> contrast_of_rows(np.array([[1.0, 0.0], [0.5, 1.0]]))
    array([0. , 0.5])
    """
    return (score.sum(axis=1) - np.diagonal(score)) / (len(score) - 1)
