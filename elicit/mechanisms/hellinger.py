"""Squared Hellinger mutual information between the labels of two agents."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import lift, mean_pay, pay_by_task


def hellinger(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Plug-in squared Hellinger distance between how labels meet and chance: ``1 - sum sqrt(P Q)``.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. In [0, 1); 0 is independence. Less swayed by rare labels than `chi2`. Biased upward by about
    ``(C - 1)**2 / (8 tasks)``.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> hellinger(Labels(np.array([a, b]).T, ("no", "yes"))).round(7)
    array([[      nan, 0.0513167],
           [0.0513167,       nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def hellinger_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) ``1 - sqrt(Q / P)`` of the two labels; its mean over tasks is `hellinger` [agent]."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    return 1 - 1 / np.sqrt(lift(counts))
