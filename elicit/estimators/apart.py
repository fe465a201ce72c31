"""Which scores are told apart: every two agents of a ranking at once.

Whoever reads a leaderboard looks at all pairs, and most at those that chance has put far apart. One rule: with 95 %,
not a single pair is told apart that is not so, however many agents there are. Ranks and ties are read off that.
"""

import numpy as np

from elicit.estimators.bootstrap import student, widening
from elicit.estimators.ranks import DIGITS, LEVEL
from elicit.evidence import Bools, Floats, Ints


def margins(score: Floats, replicates: Floats, prompts: Ints, level: float = LEVEL) -> Floats:
    """(n, n) by how much one score must exceed another to be told apart from it; NaN where that is unknown.

    In spreads of the difference over replicates (R, n), the margin is what the largest of all differences stays below
    in `level` of the replicates. Pairs beyond it are settled; for those left the largest is looked for anew, among them
    alone, until none is settled. `prompts` (n,) says on how many prompts each score (n,) rests.
    Source: Romano and Wolf (2005), Econometrica 73(4); for ranks, Mogstad, Romano, Shaikh and Wilhelm (2024), Review of
    Economic Studies 91(1).
    """
    gap = np.abs(score[:, None] - score)
    spread = spreads(replicates)
    fewest = np.minimum(prompts[:, None], prompts)
    open_ = np.triu(spread > 0, 1)
    margin = np.where(np.isnan(spread), np.nan, 10.0**-DIGITS * np.abs(np.nan_to_num(score)).max())
    while open_.any():
        critical = float(np.quantile(largest(replicates, spread, open_), level))
        margin[open_] = (critical * spread * student(critical, fewest) / widening(fewest))[open_]
        settled = open_ & (gap > margin)
        if not settled.any():
            break
        open_ &= ~settled
    return np.where(np.tri(len(score), dtype=bool), margin.T, margin)


def spreads(replicates: Floats) -> Floats:
    """(n, n) the standard deviation over replicates (R, n) of each difference; 0 for rounding, NaN where unknown."""
    from_mean = replicates - replicates.mean(axis=0)
    together = from_mean.T @ from_mean / len(replicates)
    own = np.diagonal(together)
    variance = own[:, None] + own - 2 * together
    return np.sqrt(np.where(variance <= 1e-12 * (own[:, None] + own), 0.0, variance))


def largest(replicates: Floats, spread: Floats, among: Bools) -> Floats:
    """(R,) the largest difference of each replicate (R, n) from the mean one, in spreads, among some pairs (n, n)."""
    from_mean = replicates - replicates.mean(axis=0)
    found = np.zeros(len(replicates))
    for agent, others in enumerate(among):
        away = np.abs(from_mean[:, [agent]] - from_mean[:, others]) / spread[agent, others]
        found = np.maximum(found, away.max(axis=1, initial=0.0))
    return found


def rank_interval(score: Floats, margin: Floats) -> tuple[Floats, Floats]:
    """The ranks that each agent may have: low (n,) and high (n,), NaN where nothing is known of how sure its score is.

    At best one behind those that are proven better, at worst one ahead of those that are proven worse; whoever has a
    score and is in neither group may be on either side. All hold at once with the level of the margins (n, n).

    >>> rank_interval(np.array([0.9, 0.5, 0.4]), np.full((3, 3), 0.2))
    (array([1., 2., 2.]), array([1., 3., 3.]))
    """
    better = score[:, None] - score > margin
    scored = (~np.isnan(score)).sum()
    known = ~np.isnan(margin).all(axis=1)
    low, high = 1.0 + better.sum(axis=0), scored - better.sum(axis=1)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def tie_groups(score: Floats, margin: Floats) -> Ints:
    """Number the groups of tied agents from the top (n,): 1, 2, ...; 0 for agents without a score.

    Each group is opened by the best agent not yet in one, its leader; the agents after it belong to the group as long
    as they are within the margin (n, n) of the leader. So a group reads "not proven worse than its leader".
    """
    group = np.zeros(len(score), dtype=np.int64)
    order = np.argsort(-np.where(np.isnan(score), -np.inf, score), kind="stable")
    leader = None
    for agent in order[: int((~np.isnan(score)).sum())]:
        if leader is None or score[leader] - score[agent] > margin[leader, agent]:
            leader = agent
            group[agent] = group.max() + 1
        else:
            group[agent] = group[leader]
    return group
