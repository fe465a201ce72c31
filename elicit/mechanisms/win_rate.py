"""Win rate: the control everyone knows. It pays for what a judge likes, and is here to be compared with the others.

A pair the judge could not decide has no row; it is never a tie.
"""

from elicit.evidence import Floats, PairScores
from elicit.mechanisms.averages import for_each_agent, ratio, weights_or_ones


def win_rate(scores: PairScores, task_weights: Floats | None = None) -> Floats:
    """The mean of what agent i wins of peer j, as a pairwise judge sees it; in [0, 1], and 0.5 is a tie.

    The score of a joint row is what its agent wins of its peer: 1, 0.5 for a tie, 0. What one wins the other loses, so
    each row tells of both agents, and a pair asked about once has a score on either side. Contrast rows take no part.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), where [i, j] and [j, i] add up to 1;
    NaN on the diagonal and for pairs without a joint row.
    Source: Zheng et al. (2023), arXiv:2306.05685.

    >>> import numpy as np
    >>> once = [np.array([value]) for value in (0, 0, 1, 0)]  # agent, task, peer, peer's task
    >>> win_rate(PairScores(2, 1, *once, score=np.array([1.0]), weight=np.ones(1)))
    array([[nan,  1.],
           [ 0., nan]])
    """
    weights = weights_or_ones(task_weights, scores.n_tasks)

    def row(agent: int) -> Floats:
        won, played = _games(scores, agent)
        return ratio(weights @ won, weights @ played)

    return for_each_agent(row, scores.n_agents)


def win_rate_by_task(scores: PairScores, agent: int) -> Floats:
    """(m, n) what `agent` wins of each peer on each task; NaN where no row compares them.

    The mean over tasks is the entry of `win_rate` where every task has equally many joint rows.
    """
    by_task = ratio(*_games(scores, agent))
    by_task[:, agent] = float("nan")
    return by_task


def _games(scores: PairScores, agent: int) -> tuple[Floats, Floats]:
    """Two tables (m, n), a row for each task, a column for each peer: what `agent` won, and of how many games."""
    won, first = scores.by_task(agent, joint=True)
    lost, second = scores.from_peers_side.by_task(agent, joint=True)
    return won + second - lost, first + second
