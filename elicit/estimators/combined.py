"""Several scorers' words on the same responses as one: what one cannot see, another may.

One rule: scores are compared within a task, so that a task which one scorer finds easy does not outweigh another.
"""

from collections.abc import Sequence

import numpy as np

from elicit.evidence import Floats

# Scores this close are alike; dividing by their spread would blow rounding up.
ROUNDING = 1e-12


def combined(task_scores: Sequence[Floats]) -> Floats:
    """(m, n) the mean over scorers of how far a response stands out among the answers to its task.

    Each of `task_scores` (m, n) is what a scorer pays each agent on each task, NaN where missing. It is turned into
    z-scores within the task; a task on which a scorer finds all alike gives 0. A cell is NaN where any scorer lacks it:
    with fewer scorers it would be on another scale.
    Source: targets on the data of Robertson and Koyejo (2025), arXiv:2508.05469.

    >>> combined([np.array([[1.0, 2.0, 3.0]]), np.array([[0.0, 4.0, 2.0]])]).round(3)
    array([[-1.225,  0.612,  0.612]])
    """
    return np.mean([within_task(scores) for scores in task_scores], axis=0)


def within_task(scores: Floats) -> Floats:
    """(m, n) z-scores among the known answers to each task; 0 where all are alike, NaN where missing."""
    known = ~np.isnan(scores)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    above = scores - np.where(known, scores, 0).sum(axis=1, keepdims=True) / count
    deviation = np.sqrt((np.where(known, above, 0) ** 2).sum(axis=1, keepdims=True) / count)
    return np.divide(above, deviation, out=np.where(known, 0.0, np.nan), where=deviation > ROUNDING)
