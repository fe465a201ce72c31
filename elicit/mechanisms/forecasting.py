"""What the mechanisms on answers and forecasts share: how the answers to a task are spread, and who can be paid by whom.

n agents, m tasks, C classes. A pair is paid on the tasks on which both gave an answer and a forecast.
"""

import numpy as np

from elicit.evidence import Floats, Forecasts


def answer_counts(forecasts: Forecasts) -> Floats:
    """(m, C) how many agents gave each answer to each task."""
    return forecasts.labels.one_hot.sum(axis=1, dtype=np.float64)


def shares(forecasts: Forecasts) -> Floats:
    """(m, C) the share of each answer among all answers to a task; 0 throughout where nobody answered."""
    counts = answer_counts(forecasts)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def between_told(forecasts: Forecasts, agent: int, pay: Floats) -> Floats:
    """(m, n) the pay, NaN where `agent` or the peer gave no answer or no forecast, and for `agent` itself."""
    both = forecasts.told & forecasts.told[:, [agent]]
    both[:, agent] = False
    return np.where(both, pay, np.nan)
