"""The cosine of two answers' vectors, on one task against across tasks: the plainest measure on embeddings."""

from collections.abc import Callable

from elicit.evidence import Embeddings, Floats
from elicit.mechanisms.vectors import Measure, above_contrast, all_parts, contrast_of_rows, mean_part, unit


def cosine(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """How much more alike two agents' answers are on one task than across tasks.

    [i, j] is ``mean cos(u_it, u_jt) - mean cos(u_it, u_js)``, ``s != t``. Half of it is a lower bound on the
    total-variation information, for ``(1 + cos) / 2`` is a critic in [0, 1] that nobody trains. In [-2, 2].

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than 4 shared tasks.
    Source: the TVD-MI of Robertson and Koyejo (2025), arXiv:2508.05469, with the cosine as its critic.

    >>> import numpy as np
    >>> corners = np.eye(4)[:, None, :]
    >>> cosine(Embeddings(np.concatenate([corners, corners], axis=1)))
    array([[nan,  1.],
           [ 1., nan]])
    """
    return mean_part(embeddings.once(_parts), task_weights)


def cosine_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) each task's cosine with each peer, less what both answers share with answers to other tasks."""
    return embeddings.once(_parts)[:, agent].copy()


def cosine_contrast(embeddings: Embeddings) -> Floats:
    """(n, n) the mean cosine of answers to different tasks."""
    return mean_part(all_parts(_measure(contrast_of_rows), embeddings), None)


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(_measure(above_contrast), embeddings)


def _measure(of_scores: Callable[[Floats], Floats]) -> Measure:
    return Measure(unit, lambda mine, theirs: of_scores(mine @ theirs.T))
