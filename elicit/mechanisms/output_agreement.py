"""Output agreement: the control. It breaks the laws the other mechanisms keep, and is here to show that."""

import numpy as np

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import mean_pay, pay_by_task


def output_agreement(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """The share of the tasks both labelled on which i and j gave the same label; in [0, 1].

    It pays for guessing the label most agents give, so saying the same thing everywhere can earn 1.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: von Ahn and Dabbish (2004).

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> output_agreement(Labels(np.array([a, b]).T, ("no", "yes")))
    array([[nan, 0.8],
           [0.8, nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def output_agreement_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) 1 where the labels are equal, else 0; its mean over tasks is `output_agreement` [agent]."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    return np.broadcast_to(np.eye(counts.shape[-1]), counts.shape)
