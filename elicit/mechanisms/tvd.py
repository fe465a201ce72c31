"""Total-variation mutual information between the labels of two agents."""

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import ROUNDING, joint_and_product, mean_pay, pay_by_task


def tvd(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Plug-in total variation between how labels meet and how they would by chance: ``sum |P - Q| / 2``.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. In [0, 1); 0 is independence. Biased upward by about .4 / sqrt(tasks) for two fair labels.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> tvd(Labels(np.array([a, b]).T, ("no", "yes"))).round(9)
    array([[nan, 0.3],
           [0.3, nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def tvd_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) 1 if the labels meet more often than by chance, else 0, less the mean of that under chance."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    joint, product = joint_and_product(counts)
    associated = joint - product > ROUNDING
    return associated - (product * associated).sum(axis=(-2, -1), keepdims=True)
