"""Does the score merely follow length? Correlation with it, and the score with it regressed out."""

import numpy as np

from elicit.evidence import Floats


def length_adjusted(task_score: Floats, length: Floats) -> tuple[Floats, float]:
    """Scores with length regressed out (n,), and the slope: score per unit of log length.

    `task_score` (m, n) is what each task contributes to each agent, `length` (m, n) counts words; NaN is missing. The
    regression runs inside tasks, over all responses, so that it compares long and short answers to one prompt. The
    adjusted score is what an agent would have with responses of average log length. Slope 0 where lengths never
    differ.
    """
    both = ~(np.isnan(task_score) | np.isnan(length))
    log_length = np.where(both, np.log1p(np.where(both, length, 0.0)), np.nan)
    score = np.where(both, task_score, np.nan)
    x, y = within_task(log_length), within_task(score)
    spread = np.nansum(x**2)
    slope = float(np.nansum(x * y) / spread) if spread > 0 else 0.0
    return mean_by_agent(task_score) - slope * mean_by_agent(x), slope


def within_task(values: Floats) -> Floats:
    """Values (m, n) minus their task's mean over agents; NaN stays missing."""
    known = ~np.isnan(values)
    count = known.sum(axis=1, keepdims=True)
    mean = np.where(known, values, 0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    return values - mean


def mean_by_agent(values: Floats) -> Floats:
    """Mean of each column (m, n) over the tasks it has: (n,), NaN for none."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0).sum(axis=0)
    return np.divide(total, known.sum(axis=0), out=np.full(values.shape[1], np.nan), where=known.any(axis=0))
