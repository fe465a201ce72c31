"""InfoNCE: can a peer's answer be used to find mine among all that I said? No training, cosines only."""

import numpy as np

from elicit.evidence import Embeddings, Floats
from elicit.mechanisms.vectors import Measure, all_parts, mean_part, unit

TEMPERATURE = 0.07  # usual where such a loss is trained (Wu et al. 2018; Radford et al. 2021)


def infonce(embeddings: Embeddings, task_weights: Floats | None = None) -> Floats:
    """InfoNCE bound on the information between two agents' vectors, in nats; at most ``ln b`` on b shared tasks.

    [i, j] is ``ln b + mean_t ln softmax_s(cos(u_is, u_jt) / 0.07)[t]``: how surely j's answer to task t picks i's
    answer to it out of all that i said. A lower bound on the mutual information; negative where a guess would do
    better. An agent that says the same everywhere earns exactly 0.

    `task_weights` (..., m) says how often each task's part counts. Returns (..., n, n), not symmetric; NaN on the
    diagonal and for pairs with fewer than 4 shared tasks.
    Source: van den Oord, Li and Vinyals (2018), arXiv:1807.03748; temperature: Wu et al. (2018), arXiv:1805.01978.

    >>> corners = np.eye(4)[:, None, :]
    >>> infonce(Embeddings(np.concatenate([corners, corners], axis=1))).round(4)  # ln 4 = 1.3863
    array([[   nan, 1.3863],
           [1.3863,    nan]])
    """
    return mean_part(embeddings.once(_parts), task_weights)


def infonce_by_task(embeddings: Embeddings, agent: int) -> Floats:
    """(m, n) how surely each task's answer is found, less how much it draws peers' answers to other tasks."""
    return embeddings.once(_parts)[:, agent].copy()


def _parts(embeddings: Embeddings) -> Floats:
    return all_parts(Measure(unit, lambda mine, theirs: found_by(mine @ theirs.T / TEMPERATURE)), embeddings)


def found_by(score: Floats) -> Floats:
    """(b,) the part of each task, from scores (b, b) of my answers, one a row, with the peer's, one a column."""
    highest = score.max(axis=0)
    log_share = score - highest - np.log(np.exp(score - highest).sum(axis=0))
    return np.log(len(score)) + np.diagonal(log_share) + 1 - np.exp(log_share).sum(axis=1)
