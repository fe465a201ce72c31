"""Shannon mutual information between the labels of two agents."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import lift, mean_pay, pay_by_task


def kl(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Plug-in Shannon mutual information in nats: ``sum P log(P / Q)``.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. In [0, log C]; 0 is independence. Biased upward by about ``(C - 1)**2 / (2 tasks)``.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> kl(Labels(np.array([a, b]).T, ("no", "yes"))).round(6)
    array([[     nan, 0.192745],
           [0.192745,      nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def kl_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) the pointwise mutual information ``log(P / Q)`` of the two labels; its mean is `kl` [agent]."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    return np.log(lift(counts))
