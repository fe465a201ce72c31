"""The surprisingly popular answer: the one that more agents gave than all of them expected.

One rule: it is an aggregator. It says which answer a crowd is right to give; as a pay it gives no reason to be honest.
"""

import numpy as np

from elicit.evidence import Floats, Forecasts, Ints
from elicit.mechanisms.averages import by_row, ratio
from elicit.mechanisms.forecasting import answer_counts, between_told, mean_forecasts, votes


def surprisingly_popular(forecasts: Forecasts, task_weights: Floats | None = None) -> Floats:
    """The share of the tasks on which i gave the answer that is surprisingly popular among the others; in [0, 1].

    Among the agents other than i it is ``argmax_k share_k / mean forecast_k``; answers that tie share the pay. Every
    peer pays the same. `surprisingly_popular_answers` gives the answers themselves.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n): [i, j] is over the tasks on which both
    answered and forecast; NaN on the diagonal and where there is no such task.
    Source: Prelec, Seung and McCoy (2017), Nature 541:532.

    >>> answers, of_yes = np.array([[1, 1, 0, 0]]), np.array([[0.8, 0.9, 0.7, 0.6]])
    >>> pay = surprisingly_popular(Forecasts(answers, np.stack([1 - of_yes, of_yes], axis=-1), ("no", "yes")))
    >>> np.nanmean(pay, axis=1)  # "no" was given more often than foreseen
    array([0., 0., 1., 1.])
    """
    return by_row(surprisingly_popular_by_task, forecasts, task_weights)


def surprisingly_popular_by_task(forecasts: Forecasts, agent: int) -> Floats:
    """(m, n) 1 where `agent` gave the answer that is surprisingly popular among the others, else 0."""
    own = forecasts.labels.one_hot[:, agent].astype(np.float64)
    vote = votes(forecasts)
    others = np.where(np.arange(vote.size) == agent, 0.0, vote)
    popular = _most(_surprise(answer_counts(forecasts) - own * vote[agent], mean_forecasts(forecasts.floored, others)))
    return between_told(forecasts, agent, ratio((popular * own).sum(axis=1), popular.sum(axis=1))[:, None])


def surprisingly_popular_answers(forecasts: Forecasts) -> Ints:
    """(m,) the code of the surprisingly popular answer to each task; -1 where two tie or nobody answered.

    65 % say yes, and on average they expect 75 % to: the answer is no.

    >>> codes, of_yes = np.array([[1] * 13 + [0] * 7]), np.full((1, 20), 0.75)
    >>> surprisingly_popular_answers(Forecasts(codes, np.stack([1 - of_yes, of_yes], axis=-1), ("no", "yes")))
    array([0])
    """
    popular = _most(_surprise(answer_counts(forecasts), mean_forecasts(forecasts.floored, votes(forecasts))))
    return np.where(popular.sum(axis=1) == 1, popular.argmax(axis=1), -1)


def _surprise(counts: Floats, expected: Floats) -> Floats:
    """(m, C) the share of each answer, out of how many gave it, over its mean forecast; 0 where that is unknown."""
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total * expected, out=np.zeros_like(counts), where=(expected > 0) & (total > 0))


def _most(surprise: Floats) -> Floats:
    """(m, C) 1 for the answers with the greatest surprise, 0 for the others; rounding breaks no tie."""
    best = surprise.max(axis=1, keepdims=True)
    return ((surprise >= best * (1 - 1e-12)) & (best > 0)).astype(np.float64)
