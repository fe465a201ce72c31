"""Bayesian truth serum: an answer pays if it is more common than people thought, a forecast if it comes true.

One rule: what one agent earns from another, the other loses.
"""

import numpy as np

from elicit.evidence import Floats, Forecasts
from elicit.mechanisms.averages import by_row
from elicit.mechanisms.forecasting import between_told, shares


def bayesian_truth_serum(forecasts: Forecasts, task_weights: Floats | None = None) -> Floats:
    """The mean over tasks of ``log(s(x_i) / y_j(x_i)) + log(y_i(x_j) / s(x_j))``, in nats.

    x are the answers, y the forecasts and s the shares of all answers to the task. The first term pays for an answer
    that is more common than the peer foresaw, the second for foreseeing the peer's answer. The mean over the n - 1
    peers is n / (n - 1) times the published score with alpha = 1, whose terms with oneself cancel. Forecasts are taken
    with a floor of half a percent. Antisymmetric: the pays of all agents sum to 0.

    Truth-telling is an equilibrium for many agents that see signals from a prior they share.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n): [i, j] is what i earns from peer j;
    NaN on the diagonal and for pairs without a task on which both answered and forecast.
    Source: Prelec (2004), Science 306:462.

    >>> answers, of_one = np.array([[1, 1, 0]]), np.array([[0.6, 0.7, 0.4]])
    >>> pay = bayesian_truth_serum(Forecasts(answers, np.stack([1 - of_one, of_one], axis=-1), ("no", "yes")))
    >>> (np.nanmean(pay, axis=1) * 2 / 3).round(6)
    array([ 0.179666,  0.186539, -0.366204])
    """
    return by_row(bayesian_truth_serum_by_task, forecasts, task_weights)


def bayesian_truth_serum_by_task(forecasts: Forecasts, agent: int) -> Floats:
    """(m, n) what each task pays `agent` with each peer; its mean over tasks is `bayesian_truth_serum` [agent]."""
    answer = forecasts.codes.clip(0)
    share = np.take_along_axis(shares(forecasts), answer, axis=1)  # (m, n) of each agent's own answer
    foreseen = np.take_along_axis(forecasts.floored, answer[:, [agent], None], axis=2)[:, :, 0]  # the agent's, by peers
    foresaw = np.take_along_axis(forecasts.floored[:, agent], answer, axis=1)  # the peers' answers, by the agent
    told = between_told(forecasts, agent, np.ones_like(share))
    return np.log(told * share[:, [agent]] * foresaw / (foreseen * share))
