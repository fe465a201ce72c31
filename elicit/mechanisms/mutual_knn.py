"""Mutual nearest neighbours: do two agents name the same tasks as most like a task?"""

import numpy as np

from elicit.evidence import Embeddings, Floats
from elicit.mechanisms.hsic import kernel
from elicit.mechanisms.vectors import Measure, all_parts, mean_part

NEIGHBOURS = 10  # as published
ROUNDING = 1e-9


def mutual_knn(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """Share of nearest neighbours that two agents have in common, above chance: 1 is all of them, 0 is chance.

    Each task has, in each agent's own vectors, k = 10 nearest other tasks by cosine (at most half of them). The shared
    part of them, averaged over tasks, is k / (b - 1) by chance on b tasks; that is taken off and the rest rescaled.
    Neighbours that tie share the places that are left. Intervals come out up to half as wide again as they should: a
    task counted less makes way for another neighbour, which the parts of tasks leave out.

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than 4 shared tasks.
    Source: Huh, Cheung, Wang and Isola (2024), arXiv:2405.07987; chance taken off here.

    >>> line = np.array([[5.0, 0], [5, 1], [0, 5], [1, 5]])[:, None]
    >>> mutual_knn(Embeddings(np.concatenate([line, line], axis=1)))
    array([[nan,  1.],
           [ 1., nan]])
    """
    return mean_part(embeddings.once(_parts), task_weights)


def mutual_knn_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) how often both agents name the same neighbour of a task, or the task as one, above chance."""
    return embeddings.once(_parts)[:, agent].copy()


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(Measure(lambda vectors: neighbours(kernel(vectors)), _pair), embeddings)


def _pair(mine: Floats, theirs: Floats) -> Floats:
    b = len(mine)
    k = _how_many(b)
    by_chance = k / (b - 1)
    shared = mine * theirs / k  # [t, u]: both name u among the nearest to t
    counted = shared.sum(axis=1) + shared.sum(axis=0) - shared.sum() / b  # a task names others, and is named
    return (counted - by_chance) / (1 - by_chance)


def _how_many(b: int) -> int:
    return min(NEIGHBOURS, (b - 1) // 2)


def neighbours(likeness: Floats) -> Floats:
    """(b, b) 1 where a column's task is one of the row's nearest, a share where it ties for the last places, else 0.

    >>> neighbours(np.array([[1, 0.9, 0.1, 0.1], [0.9, 1, 0.2, 0.1], [0.1, 0.2, 1, 0.2], [0.1, 0.1, 0.2, 1]]))[2]
    array([0. , 0.5, 0. , 0.5])
    """
    likeness = likeness.copy()
    np.fill_diagonal(likeness, -np.inf)
    k = _how_many(len(likeness))
    last = -np.partition(-likeness, k - 1, axis=1)[:, k - 1, None]
    nearer = likeness > last + ROUNDING
    tied = ~nearer & (likeness >= last - ROUNDING)
    return nearer + tied * (k - nearer.sum(axis=1, keepdims=True)) / tied.sum(axis=1, keepdims=True)
