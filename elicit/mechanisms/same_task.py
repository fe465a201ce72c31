"""Can a classifier tell same-task pairs of vectors from others? Learned on one half of the tasks, paid on the other."""

from collections.abc import Callable

import numpy as np

from elicit.evidence import Bools, Embeddings, Floats
from elicit.mechanisms.cross_fitting import halves
from elicit.mechanisms.vectors import Measure, above_contrast, all_parts, contrast_of_rows, mean_part, unit

STEPS = 25
RIDGE = 1.0  # on the slope for a standardised cosine, as a standard normal prior; it matters on a few tasks only


def same_task(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """Total-variation information as a cross-fitted same-task classifier finds it: ``2 * balanced accuracy - 1``.

    For each pair of agents a logistic classifier on the cosine of two answers learns, on one half of the tasks they
    share, which pairs answer one task. On the other half it earns the share of joint pairs it says yes to, less that
    of all contrast pairs. An estimate of a lower bound, 0 on average for agents that share nothing; in [-1, 1].

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than 4 shared tasks.
    Source: Robertson and Koyejo (2025), arXiv:2508.05469; Schoenebeck and Yu (2021), ITCS.

    >>> corners = np.eye(8)[:, None, :]
    >>> same_task(Embeddings(np.concatenate([corners, corners], axis=1)))
    array([[nan,  1.],
           [ 1., nan]])
    """
    return mean_part(embeddings.once(_parts), task_weights)


def same_task_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) the verdict on each task's pair, less how often both answers are taken for answers to one task."""
    return embeddings.once(_parts)[:, agent].copy()


def same_task_contrast(embeddings: Embeddings) -> Floats:
    """(n, n) the share of contrast pairs that the classifier takes for answers to one task."""
    return mean_part(all_parts(_measure(contrast_of_rows), embeddings), None)


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(_measure(above_contrast), embeddings)


def _measure(of_verdicts: Callable[[Floats], Floats]) -> Measure:
    return Measure(unit, lambda mine, theirs: _cross_fitted(mine @ theirs.T, of_verdicts))


def _cross_fitted(score: Floats, of_verdicts: Callable[[Floats], Floats]) -> Floats:
    """(b,) something of the verdicts on each half, from the scores (b, b) of all pairs."""
    found = np.empty(len(score))
    for learned, paid in halves(len(score)):
        here = paid > 0
        verdicts = same_task_verdicts(score[np.ix_(learned > 0, learned > 0)], score[np.ix_(here, here)])
        found[here] = of_verdicts(verdicts.astype(np.float64))
    return found


def same_task_verdicts(learned: Floats, paid: Floats) -> Bools:
    """(h', h') which pairs a classifier takes for answers to one task, after learning from scores (h, h) of others.

    It learns from all joint pairs and as many contrast pairs, those half the tasks away in either order.
    """
    h = len(learned)
    tasks, away = np.arange(h), np.arange(h) + h // 2
    joint = np.diagonal(learned)
    contrast = np.concatenate([learned[tasks, away % h], learned[away % h, tasks]])
    centre, spread = np.mean([joint.mean(), contrast.mean()]), learned.std()
    if spread < 1e-12:
        return np.zeros(paid.shape, dtype=bool)
    intercept, slope = logistic((joint - centre) / spread, (contrast - centre) / spread)
    return intercept + slope * (paid - centre) / spread > 0


def logistic(yes: Floats, no: Floats) -> tuple[float, float]:
    """Intercept and slope of a ridge logistic regression on one feature, both classes of equal weight in all.

    >>> intercept, slope = logistic(np.array([1.0, 2.0]), np.array([-1.0, -2.0]))
    >>> abs(intercept) < 1e-9, slope > 0
    (True, True)
    """
    x = np.column_stack([np.ones(len(yes) + len(no)), np.concatenate([yes, no])])
    y = np.repeat([1.0, 0.0], [len(yes), len(no)])
    weight = np.repeat([1.0, len(yes) / len(no)], [len(yes), len(no)])
    penalty, found = np.diag([1e-9, RIDGE]), np.zeros(2)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (weight * (y - chance)) - penalty @ found
        step = np.linalg.solve((x.T * (weight * chance * (1 - chance))) @ x + penalty, slope)
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return float(found[0]), float(found[1])
