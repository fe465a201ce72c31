"""Dasgupta-Ghosh: agreement on a task, less agreement on different tasks."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import joint_and_product, mean_pay, pay_by_task


def dasgupta_ghosh(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """``sum_x P(x, x) - Q(x, x)``: how much more often than by chance two agents give the same label.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. In [-1, 1). A bonus for agreeing on a task, a penalty for agreeing on two different ones, in
    expectation. Truthful for two labels that agree more often than by chance; with more labels only where each label
    goes with itself alone.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Dasgupta and Ghosh (2013), arXiv:1303.0799.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> dasgupta_ghosh(Labels(np.array([a, b]).T, ("no", "yes"))).round(9)
    array([[nan, 0.3],
           [0.3, nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def dasgupta_ghosh_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) 1 where the labels are equal, else 0, less how often they would be by chance."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    _, product = joint_and_product(counts)
    by_chance = np.trace(product, axis1=-2, axis2=-1)[..., None, None]
    return np.eye(counts.shape[-1]) - by_chance
