"""What each task does to a score: the score with the task, and without it.

What a task pays is not all it does. It is also among those that tables of labels, contrast levels and the say of peers
are learned from. One rule: how sure a difference of scores is, is asked of what tasks do, not of what they pay.
"""

import numpy as np

from elicit.estimators.bootstrap import LARGEST_BATCH, Statistic
from elicit.evidence import Bools, Floats


def pseudo_values(statistic: Statistic, score: Floats, answered: Bools) -> Floats:
    """(m, n) the jackknife's pseudo-values of each score (n,), moved so that their mean is the score.

    ``score[i] + (k - 1) (mean of the scores without one task - score without task t)`` over the k tasks that agent i
    has answered, NaN for others (`answered` is (m, n)). For means over tasks these are the task scores themselves. Of
    smooth statistics their spread is that of the score, and errs on the large side (Efron and Stein 1981).
    Source: Tukey (1958), Annals of Mathematical Statistics 29.

    >>> values = np.array([[1.0], [2.0], [6.0]])
    >>> mean = lambda weights: weights @ values / weights.sum(axis=1, keepdims=True)
    >>> pseudo_values(mean, np.array([3.0]), np.ones((3, 1), dtype=bool)).round(6).ravel()
    array([1., 2., 6.])
    """
    without = np.where(answered, without_one(statistic, *answered.shape), np.nan)
    known = ~np.isnan(without)
    count = known.sum(axis=0)
    usual = np.where(known, without, 0.0).sum(axis=0) / np.maximum(count, 1)
    pull = (count - 1) * np.where(known, usual - without, 0.0)
    return np.where(answered, score + pull, np.nan)


def without_one(statistic: Statistic, n_tasks: int, n_agents: int) -> Floats:
    """(m, n) the scores with one task left out, a batch at a time."""
    size = max(1, LARGEST_BATCH // max(n_agents**2, n_tasks))
    return np.concatenate(
        [statistic(1.0 - np.eye(min(size, n_tasks - at), n_tasks, k=at)) for at in range(0, n_tasks, size)]
    )
