"""Correlated agreement whose one notion of "labels that go together" is learned from other tasks than it is paid on."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.correlated_agreement import labels_that_go_together
from elicit.mechanisms.cross_fitting import Pairing, cross_fitted, cross_fitted_by_task


def correlated_agreement_cross_fitted(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Cross-fitted correlated agreement: ``sum S (P - Q)`` with S from the pool and from other tasks.

    P is the joint distribution of the labels i and j gave to one half of the tasks, Q the product of its margins,
    S is 1 where labels met more often than by chance in the *other* half, pooled over all pairs of agents. In [-1, 1];
    about 0 for agents that are independent of their peers.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal and
    for pairs that do not share a task in each half.
    Source: Shnayder, Agarwal, Frongillo and Parkes (2016), arXiv:1603.03151.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> correlated_agreement_cross_fitted(Labels(np.array([a, b]).T, ("no", "yes"))).round(6)
    array([[ nan, 0.24],
           [0.24,  nan]])
    """
    return cross_fitted(_PAIRING, labels, task_weights)


def correlated_agreement_cross_fitted_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) what the critic of the other half gives the two labels, less what chance would cost in this half."""
    return cross_fitted_by_task(_PAIRING, labels, agent)


def _critic(counts: Floats) -> Floats:
    return np.broadcast_to(labels_that_go_together(counts), counts.shape).astype(np.float64)


_PAIRING = Pairing(_critic, conjugate=lambda score: score)
