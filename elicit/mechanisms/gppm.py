"""GPPM: how well a model that has read one agent's response predicts a peer's.

Rows are the agents that tell, columns the peers that are told about.
"""

import numpy as np

from elicit.evidence import Floats, Gains
from elicit.mechanisms.averages import for_each_agent, mean_over_tasks, weights_or_ones


def gppm(gains: Gains, task_weights: Floats | None = None) -> Floats:
    """Generative peer prediction: the mean over tasks of ``log q(x_j | x_i)``, in the unit of the gains.

    No marginal is subtracted, so a peer that is easy to predict pays everybody well: compare within a column.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), not symmetric; NaN on the
    diagonal and where no task is known.
    Source: Lu, Xu, Zhang, Kong and Schoenebeck (2024), arXiv:2405.15077.
    """
    weights = weights_or_ones(task_weights, gains.n_tasks)
    return for_each_agent(lambda agent: mean_over_tasks(_log_likelihood(gains, agent), weights), gains.n_agents)


def _log_likelihood(gains: Gains, agent: int) -> Floats:
    """(m, n) of each peer's response, once `agent`'s to the same task is shown."""
    return np.asarray(gains.gain[:, agent] + gains.base, dtype=np.float64)


def gppm_by_task(gains: Gains, agent: int) -> Floats:
    """(m, n) the log-likelihood of each peer's response to each task; its mean over tasks is `gppm` [agent]."""
    by_task = _log_likelihood(gains, agent)
    by_task[:, agent] = np.nan
    return by_task
