"""Jensen-Shannon mutual information between the labels of two agents."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import f_pay, mean_pay, pay_by_task


def jensen_shannon(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Plug-in Jensen-Shannon divergence in nats between how labels meet and chance: ``(KL(P|M) + KL(Q|M)) / 2``.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. M is half of both. In [0, log 2); 0 is independence. Bounded, and unlike `tvd` it sees every noise.
    Biased upward by about ``(C - 1)**2 / (8 tasks)``.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> jensen_shannon(Labels(np.array([a, b]).T, ("no", "yes"))).round(7)
    array([[      nan, 0.0506718],
           [0.0506718,       nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def jensen_shannon_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) what the two labels add to the divergence; its mean over tasks is `jensen_shannon` [agent]."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    return f_pay(_form, np.log(2) / 2, counts)


def _form(ratio: Floats) -> Floats:
    return (ratio * np.log(ratio) - (ratio + 1) * np.log((ratio + 1) / 2)) / 2
