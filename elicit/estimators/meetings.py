"""Which responses were compared with which: what a sparse design leaves of all pairs.

n agents, m tasks. One rule: two responses to one task that were compared have met, in whatever order and how often.
"""

from dataclasses import dataclass

import numpy as np

from elicit.estimators.additive import connected
from elicit.evidence import Bools, Gains, Ints, PairScores


@dataclass(frozen=True)
class Meetings:
    """How many peers each response met (m, n), and on how many tasks each two agents met (n, n)."""

    by_response: Ints
    by_pair: Ints

    @property
    def share(self) -> float:
        """The share of all pairs of scored responses to one task that met, 0 to 1; NaN if there is none."""
        there = (self.by_response > 0).sum(axis=1)
        return share_of(self.by_response.sum(), (there * (there - 1)).sum())

    @property
    def share_of_agents(self) -> float:
        """The share of all pairs of agents that met on any task, among those that met anybody; NaN if there is none."""
        there = int(self.by_pair.any(axis=1).sum())
        return share_of((self.by_pair > 0).sum(), there * (there - 1))

    @property
    def groups(self) -> Ints:
        """(n,) a number for each agent, equal for those that meetings connect, directly or by way of others."""
        return connected((self.by_pair > 0) | np.eye(len(self.by_pair), dtype=bool))


def share_of(part: float, whole: float) -> float:
    """A share, NaN of nothing."""
    return float(part / whole) if whole else float("nan")


def meetings(evidence: PairScores | Gains) -> Meetings:
    """Who met whom, by the joint pairs of the evidence; a contrast pair is no meeting.

    >>> agent, task, peer = np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([1, 0, 2])
    >>> met = meetings(PairScores(3, 2, agent, task, peer, task, score=np.ones(3), weight=np.ones(3)))
    >>> met.by_response.tolist(), met.by_pair.tolist(), met.groups.tolist()
    ([[1, 1, 0], [1, 0, 1]], [[0, 1, 1], [1, 0, 0], [1, 0, 0]], [0, 0, 0])
    """
    return meetings_of_gains(~np.isnan(evidence.gain)) if isinstance(evidence, Gains) else meetings_of_rows(evidence)


def meetings_of_gains(known: Bools) -> Meetings:
    """Who met whom, where a gain (m, n, n) is known in one direction or both."""
    met = known | known.swapaxes(1, 2)
    met[:, np.arange(met.shape[1]), np.arange(met.shape[1])] = False
    return Meetings(by_response=met.sum(axis=2), by_pair=met.sum(axis=0))


def meetings_of_rows(scores: PairScores) -> Meetings:
    """Who met whom, by the rows of scored pairs."""
    m, n = scores.n_tasks, scores.n_agents
    rows = scores.joint & (scores.agent != scores.peer)
    low, high = np.minimum(scores.agent, scores.peer)[rows], np.maximum(scores.agent, scores.peer)[rows]
    meeting = np.unique((scores.task[rows] * n + low) * n + high)
    task, pair = np.divmod(meeting, n * n)
    one, other = np.divmod(pair, n)
    by_response = np.bincount(np.concatenate([task * n + one, task * n + other]), minlength=m * n)
    by_pair = np.bincount(np.concatenate([one * n + other, other * n + one]), minlength=n * n)
    return Meetings(by_response=by_response.reshape(m, n), by_pair=by_pair.reshape(n, n))
