"""Unbiased HSIC: do two agents find the same tasks alike? Only likenesses within one agent are compared."""

import numpy as np

from elicit.evidence import Embeddings, Floats
from elicit.mechanisms.vectors import Measure, all_parts, mean_part, unit


def hsic(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """Hilbert-Schmidt independence criterion between two agents' vectors, with the cosine as kernel.

    ``sum_{t != u} K[t, u] L[t, u] / (b (b - 3))``, K and L being the U-centred cosines of each agent's own answers: the
    estimator of Song et al. with mean 0 for agents that share nothing, whatever the number of tasks or dimensions.

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than 4 shared tasks.
    Source: Song, Smola, Gretton, Bedo and Borgwardt (2012), JMLR 13; U-centring: Szekely and Rizzo (2014).

    >>> line = np.array([[1.0, 0], [0, 1.0], [-1.0, 0], [0, -1.0]])[:, None]
    >>> hsic(Embeddings(np.concatenate([line, line], axis=1))).round(6)
    array([[     nan, 0.666667],
           [0.666667,       nan]])
    """
    return mean_part(embeddings.once(_parts), task_weights)


def hsic_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) how far both agents agree on which other tasks this one is like."""
    return embeddings.once(_parts)[:, agent].copy()


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(Measure(lambda vectors: u_centred(kernel(vectors)), _pair), embeddings)


def _pair(mine: Floats, theirs: Floats) -> Floats:
    by_row = rows_shared(mine, theirs)
    return 2 * by_row - by_row.mean()


def kernel(vectors: Floats) -> Floats:
    """(b, b) the cosines of all pairs of vectors (b, d)."""
    directions = unit(vectors)
    return directions @ directions.T


def rows_shared(mine: Floats, theirs: Floats) -> Floats:
    """(b,) what each task adds to the unbiased HSIC of two U-centred kernels (b, b), which is its mean."""
    return (mine * theirs).sum(axis=1) / (len(mine) - 3)


def u_centred(likeness: Floats) -> Floats:
    """(b, b) U-centred: rows and columns sum to 0 without the diagonal, which is set to 0.

    >>> u_centred(np.array([[9.0, 1, 2, 3], [1, 9, 3, 5], [2, 3, 9, 1], [3, 5, 1, 9]])).sum(axis=0).round(9) + 0
    array([0., 0., 0., 0.])
    """
    b = len(likeness)
    off = likeness - np.diag(np.diagonal(likeness))
    row = off.sum(axis=1) / (b - 2)
    centred = off - row[:, None] - row + off.sum() / ((b - 1) * (b - 2))
    np.fill_diagonal(centred, 0.0)
    return centred
