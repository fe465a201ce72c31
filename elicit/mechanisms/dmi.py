"""Determinant mutual information: truthful with finitely many tasks, blind to anything short of full rank.

A pair's shared tasks, in the order of the table, fall into two blocks: the first half and the rest (which has
one more if their number is odd). Blocks never move with the weights of the tasks.
"""

import numpy as np
from numpy.typing import NDArray

from elicit.evidence import Floats, Labels, narrowed
from elicit.mechanisms.averages import for_each_agent, weights_or_ones
from elicit.mechanisms.contingency import labelled_together, look_up

Mask = NDArray[np.bool_]


def dmi(labels: Labels, task_weights: Floats | None = None) -> Floats:
    """Unbiased estimate of ``det(P)**2``: ``det M1 * det M2``, each scaled to estimate det P.

    P is the joint distribution (C, C) of the labels i and j gave to the tasks both labelled, over the C classes
    anybody used; M1 and M2 count the two blocks of these tasks. Dividing det M by N (N - 1) ... (N - C + 1), N the
    block's tasks, makes it exactly unbiased. In [-1, 1], negative by chance only; 0 if either agent leaves a
    class out of a block.

    `task_weights` (..., m) says how often each task counts. Returns (..., n, n), symmetric; NaN on the diagonal
    and for pairs with fewer than C tasks in a block.
    Source: Kong (2020), arXiv:1911.00272.

    >>> import numpy as np
    >>> a, b = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0, 0, 1, 1, 0]
    >>> dmi(Labels(np.array([a, b]).T, ("no", "yes"))).round(9)
    array([[   nan, 0.0225],
           [0.0225,    nan]])
    """
    labels = labels.of_used_classes()
    weights = weights_or_ones(task_weights, labels.n_tasks)
    return for_each_agent(lambda agent: _pay(labels, agent, weights), labels.n_agents)


def _pay(labels: Labels, agent: int, weights: Floats) -> Floats:
    first, second = _blocks(labels, agent)
    return _determinant(_counts(labels, agent, first, weights)) * _determinant(_counts(labels, agent, second, weights))


def _blocks(labels: Labels, agent: int) -> tuple[Mask, Mask]:
    """(m, n) each: the tasks `agent` and each peer both labelled, cut in two."""
    together = labelled_together(labels, agent)
    first = together & (together.cumsum(axis=0) <= together.sum(axis=0) // 2)
    return first, together & ~first


def _counts(labels: Labels, agent: int, block: Mask, weights: Floats) -> Floats:
    """(..., n, C, C) on how many tasks of the block `agent` said x while each peer said y."""
    m, n, c = labels.one_hot.shape
    own = narrowed(weights)[..., None, :] * labels.one_hot[:, agent].T  # (..., C, m)
    peers = (block[:, :, None] * labels.one_hot).reshape(m, n * c)
    counts = own.reshape(-1, m) @ peers  # one product for the whole batch
    return np.moveaxis(counts.astype(np.float64).reshape(*weights.shape[:-1], c, n, c), -2, -3)


def _determinant(counts: Floats) -> Floats:
    """(...) the unbiased estimate of det P from counts (..., C, C); NaN with fewer than C tasks."""
    c = counts.shape[-1]
    total = counts.sum(axis=(-2, -1))
    enough = total >= max(c, 1)
    size = np.where(enough, total, c)[..., None]
    unbiased = np.prod(size / (size - np.arange(c)), axis=-1)
    # One class tells nothing, though the determinant of its 1 x 1 table is 1.
    det = np.linalg.det(counts / size[..., None]) if c > 1 else np.zeros_like(total)
    return np.where(enough, det * unbiased, np.nan)


def dmi_by_task(labels: Labels, agent: int) -> Floats:
    """(m, n) jackknife pseudo-values: ``N pay - (N - 1) pay without the task``, N the tasks of the pair.

    Their mean over tasks is `dmi` [agent]. NaN too where a block without the task has fewer than C left.
    """
    labels = labels.of_used_classes()
    once = np.ones(labels.n_tasks)
    first, second = _blocks(labels, agent)
    counts_1, counts_2 = (_counts(labels, agent, block, once) for block in (first, second))
    det_1, det_2 = _determinant(counts_1), _determinant(counts_2)
    without_task = np.where(
        first,
        look_up(_without_one(counts_1), labels, agent) * det_2,
        look_up(_without_one(counts_2), labels, agent) * det_1,
    )
    n_shared = (first | second).sum(axis=0)
    return n_shared * det_1 * det_2 - (n_shared - 1) * without_task


def _without_one(counts: Floats) -> Floats:
    """(n, C, C) the determinant for each peer, had one task fewer got labels x and y."""
    c = counts.shape[-1]
    one_task = np.eye(c * c).reshape(c, c, c, c)
    return np.stack([_determinant(table - one_task) for table in counts])
