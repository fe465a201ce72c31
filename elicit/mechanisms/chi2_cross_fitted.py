"""Pearson mutual information between labels, learned on one half of the tasks and paid on the other."""

from elicit.evidence import Floats, Labels
from elicit.mechanisms.cross_fitting import Pairing, cross_fitted, cross_fitted_by_task, shrunken_lift


def chi2_cross_fitted(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Cross-fitted Pearson information: ``sum P K - sum Q (K + K**2 / 4)``, which no K can bring above `chi2`.

    P is the joint distribution of the labels i and j gave to one half of the tasks, Q the product of its margins,
    K is ``2 (r - 1)``, r how many times more often than by chance two labels met in the *other* half, drawn towards 1
    where that half is small. About 0, or below, for independent agents on any number of tasks.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal and
    for pairs that do not share a task in each half.
    Source: Schoenebeck and Yu (2021), ITCS; Kong and Schoenebeck (2019), arXiv:1605.01021.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> chi2_cross_fitted(Labels(np.array([a, b]).T, ("no", "yes"))).round(6)
    array([[      nan, -0.022184],
           [-0.022184,       nan]])
    """
    return cross_fitted(_PAIRING, labels, task_weights)


def chi2_cross_fitted_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) what the critic of the other half gives the two labels, less what chance would cost in this half."""
    return cross_fitted_by_task(_PAIRING, labels, agent)


def _critic(counts: Floats) -> Floats:
    return 2 * (shrunken_lift(counts) - 1)


_PAIRING = Pairing(_critic, conjugate=lambda score: score + score**2 / 4)
