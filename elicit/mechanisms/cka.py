"""Unbiased CKA: HSIC on a scale from 0 to 1, so that agents of different spread compare."""

from dataclasses import dataclass

import numpy as np

from elicit.evidence import Embeddings, Floats
from elicit.mechanisms.hsic import kernel, rows_shared, u_centred
from elicit.mechanisms.vectors import Measure, all_parts, mean_part

ROUNDING = 1e-12  # below it an agent's answers are one and the same, up to rounding


def cka(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """Centred kernel alignment between two agents' vectors: ``HSIC(i, j) / sqrt(HSIC(i, i) HSIC(j, j))``, unbiased.

    1 where both find the same tasks alike to the same degree, whatever their spaces; 0 on average where they share
    nothing. An agent that says the same everywhere earns 0. In [-1, 1].

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than 4 shared tasks.
    Source: Kornblith, Norouzi, Lee and Hinton (2019), arXiv:1905.00414; unbiased: Nguyen, Raghu and Kornblith (2021).

    >>> line = np.array([[1.0, 0], [0, 1.0], [-1.0, 0], [0, -1.0]])[:, None]
    >>> cka(Embeddings(np.concatenate([line, line], axis=1))).round(6)
    array([[nan,  1.],
           [ 1., nan]])
    """
    return mean_part(embeddings.once(_parts), task_weights)


def cka_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) how far both agents agree on which other tasks this one is like, against what either varies itself."""
    return embeddings.once(_parts)[:, agent].copy()


@dataclass(frozen=True)
class _Own:
    """An agent's centred kernel (b, b), what each task adds to its HSIC with itself (b,), and that HSIC."""

    centred: Floats
    by_row: Floats
    spread: float


def _prepare(vectors: Floats) -> _Own:
    centred = u_centred(kernel(vectors))
    by_row = rows_shared(centred, centred)
    return _Own(centred, by_row, float(by_row.mean()))


def _pair(mine: _Own, theirs: _Own) -> Floats:
    if min(mine.spread, theirs.spread) < ROUNDING:
        return np.zeros(len(mine.by_row))
    by_row = rows_shared(mine.centred, theirs.centred) / np.sqrt(mine.spread * theirs.spread)
    aligned = by_row.mean()
    return 2 * by_row + aligned * (1 - mine.by_row / mine.spread - theirs.by_row / theirs.spread)


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(Measure(_prepare, _pair), embeddings)
