"""Robust Bayesian truth serum: a peer's forecast, moved towards the agent's answer, is held against a third answer.

One rule: it reads two labels, and needs three agents on a task.
"""

import numpy as np

from elicit.errors import InvalidEvaluation
from elicit.evidence import Floats, Forecasts
from elicit.mechanisms.averages import by_row, ratio
from elicit.mechanisms.forecasting import answer_counts, between_told, votes

ROUNDING = 1e-9  # votes that are thirds may leave so much where nobody is left


def robust_bayesian_truth_serum(forecasts: Forecasts, task_weights: Floats | None = None) -> Floats:
    """The mean over tasks and third agents k of ``R(y', x_k) + R(y_i, x_k)``: in [0, 2].

    y are forecasts of the second label and x the answers, 1 for that label. The shadow forecast y' is the peer's y_j
    moved by ``d = min(y_j, 1 - y_j)``, up if i answered 1 and down if it answered 0. R is the quadratic rule
    ``R(y, 1) = 2 y - y^2``, ``R(y, 0) = 1 - y^2``. The first term pays i for its answer, the second for its forecast.
    Published with the next two agents of a ring as peer and third agent; here every third agent is averaged over.

    Truth-telling is a strict equilibrium for three agents or more that see signals from a prior they share.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), not symmetric: [i, j] is what i earns
    from peer j; NaN on the diagonal and for pairs without a task that both and a third agent answered. Raises
    `InvalidEvaluation` for labels that are not two.
    Source: Witkowski and Parkes (2012), AAAI.

    >>> answers, of_one = np.array([[1, 1, 0]]), np.array([[0.6, 0.7, 0.4]])
    >>> pay = robust_bayesian_truth_serum(Forecasts(answers, np.stack([1 - of_one, of_one], axis=-1), ("no", "yes")))
    >>> pay[[0, 1, 2], [1, 2, 0]].round(9)  # the ring
    array([0.64, 1.87, 1.  ])
    """
    return by_row(robust_bayesian_truth_serum_by_task, forecasts, task_weights)


def robust_bayesian_truth_serum_by_task(forecasts: Forecasts, agent: int) -> Floats:
    """(m, n) what each task pays `agent` with each peer; its mean over tasks is that of the whole [agent]."""
    second = _second(forecasts)
    x, y = forecasts.codes == second, forecasts.forecast[:, :, second]
    vote, counts = votes(forecasts), answer_counts(forecasts)
    thirds = counts.sum(axis=1, keepdims=True) - vote[agent] - vote
    ones = counts[:, [second]] - x[:, [agent]] * vote[agent] - x * vote
    third = ratio(ones, np.where(thirds > ROUNDING, thirds, 0.0))  # R is linear in the answer
    shadow = y + np.where(x[:, [agent]], 1, -1) * np.minimum(y, 1 - y)
    return between_told(forecasts, agent, _quadratic(shadow, third) + _quadratic(y[:, [agent]], third))


def _quadratic(forecast: Floats, answer: Floats) -> Floats:
    """``2 y - y^2`` for the answer 1, ``1 - y^2`` for 0, and their mean for a share of ones."""
    return answer * (2 * forecast - 1) + 1 - forecast**2


def _second(forecasts: Forecasts) -> int:
    """The label that counts as 1: the second of the two that are in use."""
    used = np.flatnonzero(forecasts.named.any(axis=0))
    if used.size > 2:
        raise InvalidEvaluation(
            f"mechanism 'robust_bayesian_truth_serum' reads answers out of two labels, got {used.size}: "
            "use bayesian_truth_serum"
        )
    return int(used[-1]) if used.size else 0
