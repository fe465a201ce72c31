"""Pearson (chi-squared) mutual information between the labels of two agents."""

from elicit.evidence import Floats, Labels
from elicit.mechanisms.contingency import lift, mean_pay, pay_by_task


def chi2(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Plug-in Pearson mutual information, phi squared: ``sum (P - Q)**2 / Q``.

    P is the joint distribution of the labels i and j gave to the tasks both labelled, Q the product of its
    margins. In [0, C - 1]; 0 is independence. Biased upward by about ``(C - 1)**2 / (tasks - 1)``, and one
    coincidence of two rare labels weighs much.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs that share no task.
    Source: Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> chi2(Labels(np.array([a, b]).T, ("no", "yes"))).round(9)
    array([[ nan, 0.36],
           [0.36,  nan]])
    """
    return mean_pay(_pay, labels, task_weights)


def chi2_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) the lift ``P / Q - 1`` of the two labels; its mean over tasks is `chi2` [agent]."""
    return pay_by_task(_pay, labels, agent)


def _pay(counts: Floats) -> Floats:
    return lift(counts) - 1
