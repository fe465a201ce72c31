"""Shannon mutual information between labels, with its bias at few tasks taken off."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import lift, mean_pay, pay_by_task


def kl_corrected(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """`kl` less the Miller-Madow bias ``(C_i - 1) (C_j - 1) / (2 N)``, in nats.

    C_i and C_j count the labels that i and j used on the N tasks both labelled. Independent agents earn about 0, on
    few tasks too, so pairs that share few tasks are not paid for that; it may be negative, and should stay so.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Miller (1955), in Information Theory in Psychology; Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> kl_corrected(Labels(np.array([a, b]).T, ("no", "yes"))).round(6)
    array([[     nan, 0.142745],
           [0.142745,      nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def kl_corrected_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) the pointwise mutual information of the two labels, less the pair's bias."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    return np.log(lift(counts)) - _bias(counts)[..., None, None]


def _bias(counts: Floats) -> Floats:
    used = [(counts.sum(axis=axis) > 0).sum(axis=-1) for axis in (-1, -2)]
    n_tasks = np.maximum(counts.sum(axis=(-2, -1)), 1)
    return (used[0] - 1) * (used[1] - 1) / (2 * n_tasks) * (counts.sum(axis=(-2, -1)) > 0)
