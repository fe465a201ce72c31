"""Correlated agreement: one notion of "labels that go together", learned from the whole pool, pays everybody."""

import numpy as np

from elicit.evidence import Bools, Floats, Labels
from elicit.mechanisms.averages import ratio
from elicit.mechanisms.contingency import ROUNDING, joint_and_product, mean_pay, pay_by_task


def correlated_agreement(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """``sum S (P - Q)``: how much more often than by chance a pair gives labels that go together.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. S (C, C) is 1 where P - Q, pooled over all pairs of agents by the tasks they share, is positive.
    It is learned once from all agents, so an agent that renames its labels loses. In [-1, 1], and at most `tvd`.

    `task_weights` (..., m) says how often each task counts, in P, Q and S. Returns (..., n, n), symmetric; NaN
    on the diagonal and for pairs that share no task.
    Source: Shnayder, Agarwal, Frongillo and Parkes (2016), arXiv:1603.03151.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> correlated_agreement(Labels(np.array([a, b]).T, ("no", "yes"))).round(9)
    array([[nan, 0.3],
           [0.3, nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def correlated_agreement_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) 1 if the pool's labels go together, else 0, less the mean of that under chance for this pair."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    _, product = joint_and_product(counts)
    together = labels_that_go_together(counts)
    return together - (product * together).sum(axis=(-2, -1), keepdims=True)


def labels_that_go_together(counts: Floats) -> Bools:
    """(C, C) True where two labels meet more often than by chance, over all pairs of agents in counts (n, n, C, C).

    Where tasks differ in kind, the rule for the pool is the mean of what holds for each two tasks, and that is what
    pooling over tasks gives (Mandal, Leifer, Parkes, Pickard and Shnayder, 2016).
    """
    joint, product = joint_and_product(counts)
    return _pooled(joint - product, counts.sum(axis=(-2, -1))) > ROUNDING


def _pooled(excess: Floats, n_shared: Floats) -> Floats:
    """(C, C) the mean excess of all pairs of agents, each weighing as many tasks as it shares.

    Both orders of a pair are in it, so it is symmetric.
    """
    weight = n_shared * ~np.eye(len(n_shared), dtype=bool)
    return ratio(np.einsum("ij,ijxy->xy", weight, excess), weight.sum())
