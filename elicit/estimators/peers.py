"""From what an agent earns from each peer to one score: which peers have how much say.

A cluster of clones has one vote and pays nothing inside. A peer that was not scored has no say: missing is not zero.
"""

from dataclasses import dataclass

import numpy as np

from elicit.evidence import Floats, Ints

SHARPNESS = 2.0
STEPS = 50


@dataclass(frozen=True)
class Peers:
    """How peers are weighted: `softmax` by their own standing, or all alike.

    `cluster` (n,) numbers the clusters of clones: agents with equal numbers do not pay each other. `vote` (n,) is 1
    for the one agent that speaks for its cluster and 0 for the others.
    """

    cluster: Ints
    vote: Floats
    softmax: bool

    def scores(self, pairwise: Floats) -> Floats:
        """One score per agent (..., n) from pairwise matrices (..., n, n); NaN without a comparable peer."""
        return mean_over_peers(self.foreign(pairwise), self.weights(pairwise))

    def weights(self, pairwise: Floats) -> Floats:
        """Each peer's say (..., n), summing to 1."""
        if self.softmax:
            return softmax_weights(self.foreign(pairwise), self.vote)
        return np.broadcast_to(self.vote / self.vote.sum(), pairwise.shape[:-1])

    def foreign(self, pairwise: Floats) -> Floats:
        """The matrices with all pay inside a cluster taken out, an agent's pay to itself included."""
        return np.where(self.cluster[:, None] == self.cluster, np.nan, pairwise)


def cluster_votes(pairwise: Floats, cluster: Ints) -> Floats:
    """Give each cluster's vote to its member that tells most about the others (n,).

    Copies made worse would otherwise drag down the say of the agent they were copied from, and move everyone's score.

    >>> cluster_votes(np.array([[9.0, 9.0, 2.0], [9.0, 9.0, 3.0], [2.0, 3.0, 9.0]]), np.array([0, 0, 1]))
    array([0., 1., 1.])
    """
    everyone = Peers(cluster, np.ones(len(cluster)), softmax=False)
    standing = np.nan_to_num(everyone.scores(pairwise), nan=-np.inf)
    vote = np.zeros(len(cluster))
    for number in np.unique(cluster):
        members = np.flatnonzero(cluster == number)
        vote[members[np.argmax(standing[members])]] = 1.0
    return vote


def mean_over_peers(pairwise: Floats, weight: Floats) -> Floats:
    """Weighted mean of each row over the peers it was scored with: (..., n, n) and (..., n) to (..., n).

    >>> mean_over_peers(np.array([[np.nan, 1, 4], [2, np.nan, np.nan], [0, 0, np.nan]]), np.array([0.5, 0.25, 0.25]))
    array([2.5, 2. , 0. ])
    """
    known = ~np.isnan(pairwise)
    return weighted_mean(np.where(known, pairwise, 0.0), known.astype(float), weight)


def weighted_mean(filled: Floats, known: Floats, weight: Floats) -> Floats:
    """`mean_over_peers` of a matrix whose gaps are zeros in `filled` and in `known`, which is 1 elsewhere."""
    total = filled @ weight[..., None]
    say = known @ weight[..., None]
    return np.divide(total, say, out=np.full(total.shape, np.nan), where=say > 0)[..., 0]


def softmax_weights(pairwise: Floats, vote: Floats) -> Floats:
    """The fixed point at which every peer's say grows with its own standing: (..., n), from `vote` (n,).

    ``w = softmax(2 z)`` over the agents with a vote, z the scores under w, standardised over them; 50 steps, each
    halfway. A uniform mean would let a junk peer pay as much as a good one. The weights concentrate on few peers, so
    clones must share one vote.
    """
    known = ~np.isnan(pairwise)
    filled = np.where(known, pairwise, 0.0)
    known = known.astype(float)
    weight = np.broadcast_to(vote / vote.sum(), pairwise.shape[:-1])
    for _ in range(STEPS):
        standing = standardise(weighted_mean(filled, known, weight), vote)
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
