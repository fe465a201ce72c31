"""Resampling tasks: intervals, and how far one half of the tasks repeats the other.

Tasks are drawn, never pairs: all pairs of one task stand or fall together. Tasks with the same prompt are one draw.
Draws from few tasks spread too little; they are widened as Student's t is wider than the normal distribution.
"""

from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np

from elicit.estimators.length import mean_by_agent
from elicit.estimators.ranks import LEVEL, spearman
from elicit.evidence import Bools, Floats, Ints

# Scores of all agents (R, n) when the tasks count as often as each row of weights (R, m) says.
Statistic = Callable[[Floats], Floats]
Advance = Callable[[int], None]

LARGEST_BATCH = 8_000_000  # numbers in the pairwise matrices of one batch


def bootstrap_weights(block: Ints, resamples: int, rng: np.random.Generator) -> Floats:
    """How often each task counts in each resample (R, m); `block` (m,) numbers the tasks, equal numbers go together."""
    n_blocks = int(block.max()) + 1
    drawn = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=resamples)
    return drawn[:, block].astype(float)


def half_weights(block: Ints, splits: int, rng: np.random.Generator) -> Floats:
    """Random halves of the tasks (2, splits, m): ones for the tasks of each half, zeros elsewhere."""
    n_blocks = int(block.max()) + 1
    first = rng.permuted(np.tile(np.arange(n_blocks) % 2, (splits, 1)), axis=1)[:, block]
    return np.stack([first, 1 - first]).astype(float)


def in_batches(statistic: Statistic, weights: Floats, n_agents: int, advance: Advance) -> Floats:
    """The statistic of every row of weights (R, m), a batch at a time: (R, n)."""
    size = max(1, LARGEST_BATCH // n_agents**2)

    def batches() -> Iterator[Floats]:
        for start in range(0, len(weights), size):
            yield statistic(weights[start : start + size])
            advance(min(start + size, len(weights)))

    return np.concatenate(list(batches()))


def bootstrap(
    statistic: Statistic,
    score: Floats,
    block: Ints,
    prompts: Ints,
    *,
    resamples: int,
    rng: np.random.Generator,
    advance: Advance = lambda done: None,
) -> Floats:
    """Replicates of the scores (R, n): the bootstrap draws, centred on `score` (n,) and widened.

    A plug-in estimate of information is biased upwards, and a resample of it once more; centring takes the second
    bias out of intervals, ranks and win probabilities. For means over tasks it changes nothing. `prompts` (n,) says on
    how many different prompts each score rests; a single one says nothing about spread: NaN.
    """
    if block.max() == 0:
        return np.full((resamples, len(score)), np.nan)
    drawn = in_batches(statistic, bootstrap_weights(block, resamples, rng), len(score), advance)
    return widened(centred(drawn, score), score, prompts)


def centred(drawn: Floats, score: Floats) -> Floats:
    """Draws (R, n) shifted to have `score` (n,) as mean; a draw that is missing adds no spread, NaN if all are."""
    known = ~np.isnan(drawn)
    mean = mean_by_agent(drawn)
    return score + np.where(known, drawn - mean, np.where(known.any(axis=0), 0.0, np.nan))


def widened(replicates: Floats, score: Floats, prompts: Ints) -> Floats:
    """Replicates (R, n) further from `score` (n,) by `widening`; NaN for a score that rests on one prompt."""
    return score + widening(prompts) * (replicates - score)


def widening(prompts: Ints, level: float = LEVEL) -> Floats:
    """How many times wider than the bootstrap's an interval from few prompts must be: (n,), NaN below two.

    Draws from m prompts have a spread that is too small by sqrt((m - 1) / m), and the shape of a normal distribution
    where the unknown spread asks for Student's t. For means of normal task scores the corrected interval is the t
    interval; the draws keep their skewness.
    Source: the expanded percentile interval of Hesterberg (2015), arXiv:1411.5279, as a factor.

    >>> widening(np.array([1, 5, 20, 200])).round(2)
    array([ nan, 1.58, 1.1 , 1.01])
    """
    return student(normal_quantile((1 + level) / 2), prompts)


def student(z: float, prompts: Ints) -> Floats:
    """Student's t over the normal quantile z, for the mean of so many prompts, in spreads of its bootstrap draws.

    The expansion of the t quantile in 1 / freedom (Fisher and Cornish 1960; Abramowitz and Stegun 26.7.5).
    """
    free = np.where(prompts > 1, prompts - 1.0, np.nan)
    t = 1 + (z**2 + 1) / (4 * free) + (5 * z**4 + 16 * z**2 + 3) / (96 * free**2)
    t += (3 * z**6 + 19 * z**4 + 17 * z**2 - 15) / (384 * free**3)
    return t * np.sqrt((free + 1) / free)


def normal_quantile(p: float) -> float:
    """The standard normal deviate that the share p lies below."""
    return NormalDist().inv_cdf(p)


def split_half(
    statistic: Statistic,
    n_agents: int,
    block: Ints,
    *,
    splits: int,
    rng: np.random.Generator,
    advance: Advance = lambda done: None,
) -> float:
    """Mean rank correlation of the scores from two random halves of the tasks; NaN below three agents or two tasks."""
    if block.max() == 0:
        return np.nan
    weights = half_weights(block, splits, rng)
    both = in_batches(statistic, weights.reshape(2 * splits, -1), n_agents, advance)
    correlations = [spearman(both[k], both[splits + k]) for k in range(splits)]
    known = [rho for rho in correlations if not np.isnan(rho)]
    return float(np.mean(known)) if known else np.nan


def full_length_reliability(half: float) -> float:
    """What the correlation of two halves says about two tests of full length (Spearman 1910, Brown 1910).

    >>> round(full_length_reliability(0.6), 6)
    0.75
    """
    return 2 * half / (1 + half) if half > -1 else np.nan


def weighted_means(task_scores: Floats, weights: Floats) -> Floats:
    """Mean over tasks of known scores (m, n) for each row of weights (R, m): (R, n), NaN where nothing counts."""
    known = ~np.isnan(task_scores)
    total, count = weights @ np.where(known, task_scores, 0.0), weights @ known
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def blocks_answered(answered: Bools, block: Ints) -> Ints:
    """How many different prompts each agent answered: (m, n) and (m,) to (n,)."""
    return np.array([len(np.unique(block[column])) for column in answered.T])
