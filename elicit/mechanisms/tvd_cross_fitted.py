"""Total-variation mutual information between labels, learned on one half of the tasks and paid on the other."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import ROUNDING, joint_and_product
from elicit.mechanisms.cross_fitting import Pairing, cross_fitted, cross_fitted_by_task


def tvd_cross_fitted(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Cross-fitted total variation: ``sum S (P - Q)``, an unbiased estimate of a lower bound of `tvd`.

    P is the joint distribution of the labels i and j gave to one half of the tasks, Q the product of its margins,
    S is 1 where labels met more often than by chance in the *other* half. Both halves count by their tasks. In [-1, 1];
    about 0 for independent agents on any number of tasks.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal and
    for pairs that do not share a task in each half.
    Source: Schoenebeck and Yu (2021), ITCS; Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> tvd_cross_fitted(Labels(np.array([a, b]).T, ("no", "yes"))).round(6)
    array([[ nan, 0.24],
           [0.24,  nan]])
    """
    return cross_fitted(_PAIRING, labels, task_weights)


def tvd_cross_fitted_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) what the critic of the other half gives the two labels, less what chance would cost in this half."""
    return cross_fitted_by_task(_PAIRING, labels, agent)


def _critic(counts: Floats) -> Floats:
    joint, product = joint_and_product(counts)
    return (joint - product > ROUNDING).astype(np.float64)


_PAIRING = Pairing(_critic, conjugate=lambda score: score)
