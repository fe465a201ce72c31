"""From what an agent earns from each peer to one score: which peers have how much say.

A cluster of clones has one vote and pays nothing inside. A peer that was not scored has no say: missing is not zero.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from elicit.estimators.additive import generosity
from elicit.evidence import Floats, Ints

SHARPNESS = 2.0
STEPS = 50


@dataclass(frozen=True)
class Peers:
    """How peers are weighted: `softmax` by their own standing, or all alike; `additive` where generous ones are.

    With `additive` all count alike, and each agent earns what its usual peer would have paid it: what a peer pays more
    than others do is taken off first. Where all pairs were scored on the same tasks that changes nothing.

    `cluster` (n,) numbers the clusters of clones: agents with equal numbers do not pay each other. `vote` (n,) is 1
    for the one agent that speaks for its cluster and 0 for the others. `shared` (n, n) counts the tasks two agents
    share: a pair that shares more counts for more, one that shares none for nothing.
    """

    cluster: Ints
    vote: Floats
    shared: Floats
    softmax: bool
    additive: bool = False

    @property
    def name(self) -> str:
        """The name of the weighting."""
        return "additive" if self.additive else "softmax" if self.softmax else "uniform"

    @property
    def other(self) -> "Peers":
        """The weighting to compare with: all alike, or by standing where they are alike already."""
        return replace(self, softmax=self.name == "uniform", additive=False)

    def scores(self, pairwise: Floats) -> Floats:
        """One score per agent (..., n) from pairwise matrices (..., n, n); NaN without a comparable peer."""
        pay = pairwise + self.usual(pairwise) if self.additive else pairwise
        return mean_over_peers(pay, self.shared_abroad, self.weights(pairwise))

    def usual(self, pairwise: Floats) -> Floats:
        """(..., n, n) what makes the pay [i, j] that of i's usual peer: 0, unless `additive`."""
        if not self.additive:
            return np.zeros(pairwise.shape[-2:])
        pays = generosity(pairwise, self.shared_abroad * self.vote * self.vote[:, None])[..., None, :]
        return mean_over_peers(np.broadcast_to(pays, pairwise.shape), self.shared_abroad, self.vote)[..., None] - pays

    def weights(self, pairwise: Floats) -> Floats:
        """Each peer's say (..., n), summing to 1."""
        if self.softmax:
            return softmax_weights(pairwise, self.shared_abroad, self.vote)
        return np.broadcast_to(self.vote / self.vote.sum(), pairwise.shape[:-1])

    @cached_property
    def shared_abroad(self) -> Floats:
        """`shared` with all pay inside a cluster taken out, an agent's pay to itself included."""
        return np.where(self.cluster[:, None] == self.cluster, 0.0, self.shared)


def cluster_votes(pairwise: Floats, shared: Floats, cluster: Ints) -> Floats:
    """Give each cluster's vote to its member that tells most about the others (n,).

    Copies made worse would otherwise drag down the say of the agent they were copied from, and move everyone's score.

    >>> pairwise = np.array([[9.0, 9.0, 2.0], [9.0, 9.0, 3.0], [2.0, 3.0, 9.0]])
    >>> cluster_votes(pairwise, np.ones((3, 3)), np.array([0, 0, 1]))
    array([0., 1., 1.])
    """
    everyone = Peers(cluster, np.ones(len(cluster)), shared, softmax=False)
    standing = np.nan_to_num(everyone.scores(pairwise), nan=-np.inf)
    vote = np.zeros(len(cluster))
    for number in np.unique(cluster):
        members = np.flatnonzero(cluster == number)
        vote[members[np.argmax(standing[members])]] = 1.0
    return vote


def mean_over_peers(pairwise: Floats, shared: Floats, weight: Floats) -> Floats:
    """Mean of each row over its peers, weighted by `weight` of the peer and by the tasks shared with it.

    From (..., n, n), (n, n) and (..., n) to (..., n); NaN entries take no part.

    >>> pairwise = np.array([[np.nan, 1, 4], [2, np.nan, np.nan], [0, 0, np.nan]])
    >>> mean_over_peers(pairwise, np.ones((3, 3)), np.array([0.5, 0.25, 0.25]))
    array([2.5, 2. , 0. ])
    """
    return weighted_mean(*totals_and_counts(pairwise, shared), weight)


def totals_and_counts(pairwise: Floats, shared: Floats) -> tuple[Floats, Floats]:
    """Numerator and denominator of the mean over peers before peers are weighted: (..., n, n) each.

    The counts are one (n, n) for the whole batch where its matrices have the same gaps, which saves half the time.
    """
    known = ~np.isnan(pairwise)
    total = np.where(known, pairwise, 0.0) * shared
    first = known.reshape(-1, *shared.shape)[0]
    return total, (first if (known == first).all() else known) * shared


def weighted_mean(total: Floats, count: Floats, weight: Floats) -> Floats:
    """``total @ weight / count @ weight`` for matrices (..., n, n) and weights (..., n); NaN where nothing counts."""
    above, below = total @ weight[..., None], count @ weight[..., None]
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)[..., 0]


def softmax_weights(pairwise: Floats, shared: Floats, vote: Floats) -> Floats:
    """The fixed point at which every peer's say grows with its own standing: (..., n), from `vote` (n,).

    ``w = softmax(2 z)`` over the agents with a vote, z the scores under w, standardised over them; 50 steps, each
    halfway. A uniform mean would let a junk peer pay as much as a good one. The weights concentrate on few peers, so
    clones must share one vote.
    """
    total, count = totals_and_counts(pairwise, shared)
    weight = np.broadcast_to(vote / vote.sum(), pairwise.shape[:-1])
    for _ in range(STEPS):
        standing = standardise(weighted_mean(total, count, weight), vote)
        say = vote * np.exp(SHARPNESS * (standing - standing.max(-1, keepdims=True)))
        weight = (weight + say / say.sum(-1, keepdims=True)) / 2
    return weight


def standardise(score: Floats, vote: Floats) -> Floats:
    """Scores (..., n) with mean 0 and deviation 1 over votes (n,); an agent without a score stands at the lowest."""
    known = ~np.isnan(score)
    lowest = np.where(known, score, np.inf).min(-1, keepdims=True)
    score = np.where(known, score, np.where(known.any(-1, keepdims=True), lowest, 0.0))
    mean = score @ vote[:, None] / vote.sum()
    spread = np.sqrt((score - mean) ** 2 @ vote[:, None] / vote.sum())
    return np.divide(score - mean, spread, out=np.zeros_like(score), where=spread > 0)


def effective_number(weight: Floats) -> float:
    """How many equal weights would spread as far: ``(sum w)^2 / sum w^2``.

    >>> effective_number(np.array([0.5, 0.5, 0.0]))
    2.0
    """
    return float(weight.sum() ** 2 / (weight**2).sum())
