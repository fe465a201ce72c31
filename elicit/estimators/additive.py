"""Ability and difficulty: scores as a sum of what an agent can do and what a task asks for.

n agents, m tasks. One rule: a cell that was not scored takes no part. Agents that no chain of shared tasks connects
cannot be compared, and the fit says so by leaving them unknown.
"""

from dataclasses import dataclass

import numpy as np

from elicit.evidence import Floats

SWEEPS = 500
SETTLED = 1e-10
RIDGE = 1e-3  # settles what the pairs leave open; where they settle it, it moves nothing that shows


@dataclass(frozen=True)
class Additive:
    """``score[t, i] = mean + ability[i] - difficulty[t]``; both sum to 0 over what is known, NaN where it is not."""

    mean: float
    ability: Floats
    difficulty: Floats

    def fitted(self, low: float = -np.inf, high: float = np.inf) -> Floats:
        """(m, n) what the model expects of each cell, clipped to the range that scores can have."""
        return np.clip(self.mean + self.ability - self.difficulty[:, None], low, high)


def fit_additive(scores: Floats, weights: Floats | None = None) -> Additive:
    """Least squares on the known cells of scores (m, n), each counted as often as `weights` (m, n) says.

    The identity link: a score near its ceiling is a good critic's, not a saturated one, so it is not bent as a logistic
    model would. Agents are compared within the largest group that shared tasks connect; others are NaN.
    Source: Robertson (2025), arXiv:2510.14966.

    >>> scores = np.array([[0.5, 0.3, 0.1], [0.4, np.nan, 0.0]])
    >>> fit_additive(scores).ability.round(6)
    array([ 0.2,  0. , -0.2])
    """
    known = np.where(np.isnan(scores), 0.0, 1.0 if weights is None else weights)
    known = known * in_largest_group(known > 0)
    value = np.where(known > 0, scores, 0.0)
    ability, level = np.zeros(scores.shape[1]), np.zeros(scores.shape[0])
    for _ in range(SWEEPS):
        level = mean_or_0((known * (value - ability)).sum(axis=1), known.sum(axis=1))
        new = mean_or_0((known * (value - level[:, None])).sum(axis=0), known.sum(axis=0))
        moved, ability = np.abs(new - ability).max(), new
        if moved < SETTLED:
            break
    return centred(np.where(known.any(axis=0), ability, np.nan), np.where(known.any(axis=1), level, np.nan))


def mean_or_0(total: Floats, count: Floats) -> Floats:
    """The means, 0 where there was nothing to average."""
    return np.divide(total, count, out=np.zeros_like(total), where=count > 0)


def centred(ability: Floats, level: Floats) -> Additive:
    """The model with its mean apart."""
    mean_ability, mean_level = np.nanmean(ability), np.nanmean(level)
    return Additive(float(mean_ability + mean_level), ability - mean_ability, mean_level - level)


def in_largest_group(known: np.ndarray) -> np.ndarray:
    """(m, n) True for the cells of the largest group of agents that tasks connect, by way of others or directly."""
    group = connected(known)
    agents = np.bincount(group[known.any(axis=0)], minlength=len(group))
    member = (group == agents.argmax()) & known.any(axis=0)
    return known & member


def connected(known: np.ndarray) -> np.ndarray:
    """(n,) a number for each agent, equal for those that shared tasks connect; `known` (m, n) marks scored cells."""
    group = np.arange(known.shape[1])
    while True:
        lowest = np.where(known, group, known.shape[1]).min(axis=1)  # (m,) the lowest number on each task
        joined = np.where(known, lowest[:, None], known.shape[1]).min(axis=0)
        new = np.minimum(group, joined)
        if (new == group).all():
            return group
        group = new


def curl(scores: Floats, rng: np.random.Generator, *, rectangles: int = 20_000) -> Floats:
    """How far random rectangles of scores (m, n) are from additive: ``|s_ti - s_tj - s_ui + s_uj|`` of each.

    Tasks t, u and agents i, j are drawn; a rectangle with a hole is left out. Of purely additive scores all are 0. The
    median and the 95th percentile tell how far the additive model, and with it a sparse design, can be trusted.
    Source: Robertson (2025), arXiv:2510.14966.

    >>> curl(np.add.outer(np.arange(3.0), np.arange(4.0)), np.random.default_rng(0)).max()
    np.float64(0.0)
    """
    m, n = scores.shape
    t, u = rng.integers(m, size=(2, rectangles))
    i, j = rng.integers(n, size=(2, rectangles))
    found = np.abs(scores[t, i] - scores[t, j] - scores[u, i] + scores[u, j])
    return found[(t != u) & (i != j) & ~np.isnan(found)]


def generosity(pairwise: Floats, weights: Floats, *, ridge: float = RIDGE) -> Floats:
    """(..., n) how much more each peer pays than others do, whoever it is paired with: ``pairwise[i, j] = a_i + b_j``.

    The b of weighted least squares, which add up to 0. For designs that compare the same few pairs on every task, where
    the plain mean pays an agent for having been compared with generous peers. `pairwise` (..., n, n) is NaN where
    unknown, `weights` (n, n) says how much each pair counts. `ridge` draws b to 0 by that share of an average peer's
    weight: what the pairs leave open, as they do if all agents have the same single peer, is then no difference.
    Source: the pair-additive model for sparse peer graphs, after Robertson (2025), arXiv:2510.14966.

    >>> a, b = np.array([0.5, 0.3, 0.1]), np.array([-0.2, 0.0, 0.2])
    >>> generosity(np.add.outer(a, b), np.ones((3, 3)), ridge=0.0).round(6) + 0.0
    array([-0.2,  0. ,  0.2])
    """
    known = ~np.isnan(pairwise)
    alike = known.reshape(-1, *weights.shape)[:1].reshape(weights.shape)
    weight = (alike if (known == alike).all() else known) * weights  # one set of equations where one will do
    value = np.where(known, pairwise, 0.0)
    share = np.divide(weight, weight.sum(-1, keepdims=True), out=np.zeros_like(weight), where=weight > 0)
    above = weight * (value - (share * value).sum(-1, keepdims=True))
    total, n = weight.sum(-2), weight.shape[-1]
    paying = np.maximum((total > 0).sum(-1, keepdims=True), 1)
    usual = np.maximum(total.sum(-1, keepdims=True) / paying, np.finfo(float).tiny)
    normal = np.eye(n) * (total + ridge * usual)[..., None, :] - weight.swapaxes(-1, -2) @ share
    normal = normal + usual[..., None] / n  # the pairs tell b up to a constant: that which makes it add up to 0
    if normal.ndim == 2:
        return np.linalg.solve(normal, above.sum(-2).reshape(-1, n).T).T.reshape(*pairwise.shape[:-2], n)
    return np.linalg.solve(normal, above.sum(-2)[..., None])[..., 0]
