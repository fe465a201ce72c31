"""TVD-MI: can a critic tell an agent's same-task pairs from its cross-task pairs?

A pair the critic could not score takes no part; it is never a 0.
"""

import numpy as np

from elicit.evidence import Floats, PairScores
from elicit.mechanisms.averages import (
    for_each_agent,
    less_chance,
    mean_of_known,
    mean_over_tasks,
    ratio,
    weights_or_ones,
)


def tvd_mi(scores: PairScores, task_weights: Floats | None = None) -> Floats:
    """Total-variation mutual information between each agent and each peer, as a fixed critic sees it.

    In one direction the pair (i, j) earns ``mean f(x_it, x_jt) - mean f(x_it, x_ju)``, ``u != t``: the critic's
    mean score f on joint pairs less that on contrast pairs, over the rows with agent i and peer j. [i, j] is the
    mean of both directions, or the one there is. With f in [0, 1] it lies in [-1, 1], and 0 is no better than
    chance; with a yes/no critic it is the critic's true positive rate less its false positive rate.

    `task_weights` (..., m) says how often each row's own task counts. Returns (..., n, n), symmetric; NaN on the
    diagonal and where a pair has no joint or no contrast rows.
    Source: Robertson and Koyejo (2025), arXiv:2508.05469.
    """
    weights = weights_or_ones(task_weights, scores.n_tasks)
    one_way = for_each_agent(lambda agent: _advantage(scores, agent, weights), scores.n_agents)
    return mean_of_known(one_way, one_way.swapaxes(-2, -1))


def _advantage(scores: PairScores, agent: int, weights: Floats) -> Floats:
    """(..., n) how much higher the critic scores `agent` with each peer on one task than across tasks."""
    return _mean_score(scores, agent, weights, joint=True) - _mean_score(scores, agent, weights, joint=False)


def _mean_score(scores: PairScores, agent: int, weights: Floats, *, joint: bool) -> Floats:
    total, count = scores.by_task(agent, joint=joint)
    return ratio(weights @ total, weights @ count)


def tvd_mi_by_task(scores: PairScores, agent: int) -> Floats:
    """(m, n) what each task adds to `agent`'s pay with each peer: its joint score less its contrast score.

    Both directions averaged, or the one there is; NaN where the pair has no joint row on that task. The mean
    over tasks is the entry of `tvd_mi` when every task has equally many joint rows in both directions.
    """
    there = _advantage_by_task(scores, agent)
    back = _advantage_by_task(scores.from_peers_side, agent)
    by_task = mean_of_known(there, back)
    by_task[:, agent] = np.nan
    return by_task


def _advantage_by_task(scores: PairScores, agent: int) -> Floats:
    """The agent's rows only. The mean contrast is over rows, as in `tvd_mi`; `less_chance` takes it over tasks."""
    contrast, n_contrast = scores.by_task(agent, joint=False)
    over_rows, by_task = ratio(contrast.sum(axis=0), n_contrast.sum(axis=0)), ratio(contrast, n_contrast)
    over_tasks = mean_over_tasks(by_task, np.ones(scores.n_tasks))
    return less_chance(ratio(*scores.by_task(agent, joint=True)), by_task + over_rows - over_tasks)


def tvd_mi_contrast(scores: PairScores) -> Floats:
    """(n, n) the critic's mean score on contrast pairs, both directions averaged."""
    weights = np.ones(scores.n_tasks)
    one_way = for_each_agent(lambda agent: _mean_score(scores, agent, weights, joint=False), scores.n_agents)
    return mean_of_known(one_way, one_way.swapaxes(-2, -1))
