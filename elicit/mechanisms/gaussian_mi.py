"""Gaussian copula information: ranks made normal, the leading directions of each agent, their correlations."""

from functools import cache
from statistics import NormalDist

import numpy as np

from elicit.evidence import Embeddings, Floats
from elicit.mechanisms.vectors import Measure, all_parts, mean_part

TASKS_PER_DIRECTION = 10


def gaussian_mi(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """Mutual information between two agents' vectors if their copula were Gaussian, in nats.

    Each agent's vectors on b shared tasks are turned to their b / 10 leading principal directions, each coordinate is
    replaced by its normal score, and ``-1/2 sum ln(1 - rho^2)`` over the canonical correlations is taken, correlations
    being shrunk by the weight of one task towards 0. What chance adds for Gaussian coordinates is taken off, so agents
    that share nothing earn about 0, and may earn less.

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than 4 shared tasks.
    Source: Ince et al. (2017), doi:10.1002/hbm.23471; the bias of log-determinants: Misra, Singh and Demchuk (2005).
    """
    return mean_part(embeddings.once(_parts), task_weights)


def gaussian_mi_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) how much likelier each pair of vectors is together than apart, moved to have the pay as its mean."""
    return embeddings.once(_parts)[:, agent].copy()


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(Measure(leading_normal_scores, _pair), embeddings)


def leading_normal_scores(vectors: Floats) -> Floats:
    """(b, q) standardised normal scores of the leading principal coordinates of vectors (b, d); none for constants."""
    b = len(vectors)
    left, size, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    kept = min(max(1, b // TASKS_PER_DIRECTION), int((size > 1e-9 * max(1.0, np.abs(vectors).max())).sum()))
    scores = normal_scores(left[:, :kept])
    return scores / np.sqrt((scores**2).mean(axis=0))


def normal_scores(values: Floats) -> Floats:
    """(b, q) the normal quantile of each entry's rank in its column, equal entries sharing their mean rank.

    >>> normal_scores(np.array([[3.0], [-1.0], [8.0]])).round(3)
    array([[ 0.   ],
           [-0.967],
           [ 0.967]])
    """
    b, close = len(values), np.round(values, 9)
    twice_mean_rank = [
        np.searchsorted(ascending, column, "left") + np.searchsorted(ascending, column, "right")
        for column, ascending in zip(close.T, np.sort(close.T, axis=1), strict=True)
    ]
    return normal_quantiles(b)[np.array(twice_mean_rank, dtype=np.int64).reshape(-1, b).T]


@cache
def normal_quantiles(b: int) -> Floats:
    """(2 b,) the normal quantiles of 0, 1, ... 2 b - 1 parts in 2 b; that of 0 is never asked for."""
    return np.array([np.nan, *(NormalDist().inv_cdf(part / (2 * b)) for part in range(1, 2 * b))])


def gaussian_information(correlation: Floats, first: int) -> float:
    """``-1/2 sum ln(1 - rho^2)`` between the `first` coordinates and the others of a correlation matrix, in nats.

    >>> round(gaussian_information(np.array([[1, 0.6], [0.6, 1]]), 1), 5)
    0.22314
    """
    apart, other, together = (
        np.linalg.slogdet(part)[1] for part in (correlation[:first, :first], correlation[first:, first:], correlation)
    )
    return float(apart + other - together) / 2


def _pair(mine: Floats, theirs: Floats) -> Floats:
    b, first, other = len(mine), mine.shape[1], theirs.shape[1]
    if not first or not other:
        return np.zeros(b)
    both = np.hstack([mine, theirs])
    correlation = (both.T @ both + np.eye(first + other)) / (b + 1)
    pay = gaussian_information(correlation, first) - gaussian_bias(b, first, other)
    likelier = distance(mine, correlation[:first, :first]) + distance(theirs, correlation[first:, first:])
    likelier -= distance(both, correlation)
    return pay + (likelier - likelier.mean()) / 2


def distance(scores: Floats, correlation: Floats) -> Floats:
    """(b,) squared Mahalanobis length of each row."""
    return np.einsum("tk,tk->t", scores, np.linalg.solve(correlation, scores.T).T)


@cache
def gaussian_bias(b: int, first: int, other: int) -> float:
    """What independent Gaussian coordinates earn on b tasks with their means taken off, in nats.

    >>> round(gaussian_bias(1000, 1, 1), 6)  # about 1 / (2 b)
    0.000501
    """
    terms = np.array([digamma((b - 1 - k) / 2) for k in range(first + other)])
    return float(terms[:first].sum() + terms[:other].sum() - terms.sum()) / 2


def digamma(x: float) -> float:
    """The digamma function for x > 0, to about ten digits.

    >>> round(digamma(1.0), 6)  # minus Euler's constant
    -0.577216
    """
    below = 0.0
    while x < 10:
        below += 1 / x
        x += 1
    return float(np.log(x)) - 1 / (2 * x) - 1 / (12 * x**2) + 1 / (120 * x**4) - 1 / (252 * x**6) - below
