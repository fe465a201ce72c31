"""Whether the choice of pairs bends a ranking: who was compared with whom, and what other ways of averaging say.

One rule: it speaks of pairs that somebody chose; labels and forecasts are compared with those of everybody.
"""

from dataclasses import dataclass, replace

import numpy as np

from elicit.estimators.additive import curl, fit_additive
from elicit.estimators.apart import rank_interval
from elicit.estimators.meetings import Meetings, meetings
from elicit.estimators.ranks import ranks, spearman
from elicit.evidence import Floats, Gains, Ints, PairScores
from elicit.services.scoring import Scored


@dataclass(frozen=True)
class Fit:
    """A ranking beside the same by another average: Spearman, the most places one moves, how many leave their interval.

    Over the agents that both rank; `spearman` is `None` where they are too few, or all alike.
    """

    spearman: float | None
    largest_move: int
    beyond_interval: int


@dataclass(frozen=True)
class DesignCheck:
    """Which pairs were compared, and what that does to a ranking.

    `compared` is the share of all pairs of responses to one task, `agent_pairs` that of all pairs of agents; `groups`
    (n,) numbers the agents that comparisons connect. `fits` are other averages: `mean`, plainly over peers; `tasks`,
    ability less difficulty; `pairs`, peers made alike in what they pay. `curl` are the median and the 95th percentile
    of how far rectangles of task scores are from a sum of agent and task, in the unit of the score. NaN is unknown.
    """

    compared: float
    agent_pairs: float
    groups: Ints
    fits: dict[str, Fit]
    curl: tuple[float, float]


def check_design(
    scored: Scored, score: Floats, margin: Floats, task_scores: Floats, rng: np.random.Generator
) -> DesignCheck | None:
    """Check the pairs behind scores (n,), with the margins (n, n) that tell them apart, and task scores (m, n).

    `None` for evidence that compares everybody with everybody.
    """
    if not isinstance(scored.evidence, PairScores | Gains):
        return None
    met, bent = meetings(scored.evidence), curl(task_scores, rng)
    fits = other_fits(scored, task_scores, met)
    return DesignCheck(
        compared=met.share,
        agent_pairs=met.share_of_agents,
        groups=met.groups,
        fits={name: beside(score, margin, other) for name, other in fits.items()},
        curl=(float(np.median(bent)), float(np.quantile(bent, 0.95))) if bent.size else (np.nan, np.nan),
    )


def other_fits(scored: Scored, task_scores: Floats, met: Meetings) -> dict[str, Floats]:
    """Scores (n,) by other averages of the same evidence, by name."""
    alike = replace(scored.peers, softmax=False, additive=False)
    return {
        "mean": alike.scores(scored.pairwise),
        "tasks": fit_additive(task_scores, met.by_response.astype(np.float64)).ability,
        "pairs": replace(alike, additive=True).scores(scored.pairwise),
    }


def beside(score: Floats, margin: Floats, other: Floats) -> Fit:
    """The ranking by one score beside that by another, the first with the margins (n, n) of its scores."""
    known = ~np.isnan(score) & ~np.isnan(other)
    rank, moved = ranks(score[known]), ranks(other[known])
    low, high = rank_interval(score[known], margin[np.ix_(known, known)])
    outside = (moved < np.minimum(low, rank)) | (moved > np.maximum(high, rank))
    found = spearman(score[known], other[known])
    return Fit(
        spearman=None if np.isnan(found) else found,
        largest_move=int(np.abs(rank - moved).max(initial=0)),
        beyond_interval=int(outside.sum()),
    )
