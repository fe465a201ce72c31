"""What the mechanisms on answers and forecasts have in common: shares of answers, and who can be paid by whom.

n agents, m tasks, C classes. A pair is paid on the tasks on which both gave an answer and a forecast.
"""

import numpy as np

from elicit.evidence import Floats, Forecasts
from elicit.mechanisms.averages import ratio


def votes(forecasts: Forecasts) -> Floats:
    """(n,) how often each agent counts among all."""
    return np.ones(forecasts.n_agents) if forecasts.vote is None else forecasts.vote


def answer_counts(forecasts: Forecasts) -> Floats:
    """(m, C) how many agents, by their votes, gave each answer to each task."""
    return np.einsum("tic,i->tc", forecasts.labels.one_hot, votes(forecasts), dtype=np.float64)


def shares(forecasts: Forecasts) -> Floats:
    """(m, C) the share of each answer among all answers to a task; NaN where nobody answered."""
    counts = answer_counts(forecasts)
    return ratio(counts, counts.sum(axis=1, keepdims=True))


def mean_forecasts(forecast: Floats, vote: Floats) -> Floats:
    """(m, C) the mean of the forecasts (m, n, C) for each task by votes (n,); NaN where nobody gave one."""
    known = ~np.isnan(forecast)
    total = np.einsum("tic,i->tc", np.where(known, forecast, 0.0), vote)
    return ratio(total, np.einsum("tic,i->tc", known, vote))


def between_told(forecasts: Forecasts, agent: int, pay: Floats) -> Floats:
    """(m, n) the pay, NaN where `agent` or the peer gave no answer or no forecast, and for `agent` itself."""
    both = forecasts.told & forecasts.told[:, [agent]]
    both[:, agent] = False
    return np.where(both, pay, np.nan)
