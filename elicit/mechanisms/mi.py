"""MI by difference of entropies: how much an agent's response helps a model to predict a peer's.

Rows are the agents that tell, columns the peers that are told about.
"""

import numpy as np

from elicit.evidence import Floats, Gains
from elicit.mechanisms.averages import for_each_agent, less_chance, mean_over_tasks, weights_or_ones


def mi(gains: Gains, task_weights: Floats | None = None) -> Floats:
    """Difference-of-entropies (DoE) estimate of the information agent i gives about peer j.

    [i, j] is the mean over tasks of ``log q(x_j | x_i) - log q(x_j)``, less the mean of the same with x_i taken
    from another task where the scorer made that contrast. In the unit of the gains. It estimates mutual
    information by a difference of two cross-entropies and is neither an upper nor a lower bound: it can be
    negative.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), not symmetric; NaN on the
    diagonal and where no task is known.
    Source: Robertson, Cha, Sheha and Koyejo (2024); McAllester and Stratos (2020), arXiv:1811.04251.
    """
    weights = weights_or_ones(task_weights, gains.n_tasks)
    return for_each_agent(lambda agent: _mean_gain(gains, agent, weights), gains.n_agents)


def _mean_gain(gains: Gains, agent: int, weights: Floats) -> Floats:
    return mean_over_tasks(gains.gain[:, agent], weights) - _by_chance(gains, agent, weights)


def _by_chance(gains: Gains, agent: int, weights: Floats) -> Floats:
    """(..., n) what `agent`'s response to another task tells about each peer; 0 if that was not measured."""
    if gains.contrast is None:
        return np.zeros(gains.n_agents)
    return mean_over_tasks(gains.contrast[:, agent], weights)


def mi_by_task(gains: Gains, agent: int) -> Floats:
    """(m, n) each task's gain less its contrast, if there is one; its mean over tasks is `mi` [agent]."""
    gain = gains.gain[:, agent].astype(np.float64)
    by_task = gain if gains.contrast is None else less_chance(gain, gains.contrast[:, agent].astype(np.float64))
    by_task[:, agent] = np.nan
    return by_task


def mi_contrast(gains: Gains) -> Floats | None:
    """(n, n) what answers to other tasks tell about each peer; `None` if the scorer did not measure it."""
    if gains.contrast is None:
        return None
    weights = np.ones(gains.n_tasks)
    return for_each_agent(lambda agent: _by_chance(gains, agent, weights), gains.n_agents)
