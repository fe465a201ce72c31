"""Near-duplicate agents: who is a copy of whom.

An agent that enters twice would pay itself. Clones are found here; `peers` sees to it that they share one vote.
"""

import numpy as np
from numpy.typing import NDArray

from elicit.evidence import Embeddings, Floats, Ints, Labels

QUARTILE = 0.25
FEWEST_SHARED_TASKS = 5
# How far from an ordinary pair to identity clones stand. Responses have thousands of ways to differ, so half way is out
# of reach by chance; labels have few, and good agents agree without copying.
RESPONSES_WAY = 0.5
LABELS_WAY = 0.8


def clone_clusters(similarity: Floats, way: float = RESPONSES_WAY) -> Ints:
    """Number the clusters of clones (n,), by single link, in order of first member.

    Two agents are clones when their similarity (1 = identical) stands at least the part `way` of the way from an
    ordinary pair of the pool to identity. The ordinary pair is the pool's lower quartile, which copies cannot lift
    until they make up three quarters of all pairs. NaN means unknown, and unknown agents are no clones.

    >>> clone_clusters(np.array([[1, 0.2, 0.9], [0.2, 1, 0.3], [0.9, 0.3, 1]]))
    array([0, 1, 0])
    """
    known = similarity[np.triu_indices(len(similarity), 1)]
    known = known[~np.isnan(known)]
    ordinary = float(np.clip(np.quantile(known, QUARTILE), 0, 1)) if known.size else 1.0
    rounding = 1e-6  # identical responses must link in a pool where every pair is identical
    return single_link(similarity >= ordinary + way * (1 - ordinary) - rounding)


def single_link(linked: NDArray[np.bool_]) -> Ints:
    """Connected components of a symmetric relation (n, n), numbered in order of first member: (n,)."""
    n = len(linked)
    cluster = np.arange(n)
    for i, j in zip(*np.nonzero(np.triu(linked, 1)), strict=True):
        first, second = sorted((cluster[i], cluster[j]))
        cluster[cluster == second] = first
    return np.unique(cluster, return_inverse=True)[1]


def told_share(gain: NDArray[np.floating]) -> Floats:
    """How much of one agent's typical response another agent tells: (n, n), symmetric, 1 for copies.

    From joint gains (m, n, n) whose diagonal is what a response tells about itself. Per task, the share
    ``gain[i, j] / gain[j, j]`` or its converse, whichever is larger, so that a copy with words dropped, replaced or
    added still contains its original; over tasks, the lower quartile, so that a few tasks with one obvious answer do
    not make clones. NaN where two agents share fewer than five tasks.
    """
    own = np.diagonal(gain, axis1=1, axis2=2)
    share = gain / np.where(own > 0, own, np.nan)[:, None, :]
    either = np.fmax(share, share.transpose(0, 2, 1))
    shared = (~np.isnan(either)).sum(axis=0) >= FEWEST_SHARED_TASKS
    return np.where(shared, lower_quartile(either), np.nan)


def vector_likeness(embeddings: Embeddings) -> Floats:
    """The cosine of two agents' vectors on one task, its lower quartile over tasks: (n, n), 1 for copies.

    NaN where two agents share fewer than five tasks.
    """
    length = np.linalg.norm(embeddings.vectors, axis=2, keepdims=True)
    unit = embeddings.vectors / np.where(length > 0, length, 1.0)
    cosine = np.einsum("tid,tjd->tij", unit, unit)
    shared = (~np.isnan(cosine)).sum(axis=0) >= FEWEST_SHARED_TASKS
    return np.where(shared, lower_quartile(cosine), np.nan)


def lower_quartile(values: Floats) -> Floats:
    """The lower quartile over the first axis of what is not NaN; NaN for nothing.

    numpy's `nanquantile` walks the columns in Python, which takes half a minute for two hundred agents.

    >>> lower_quartile(np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [np.nan, np.nan], [5.0, 4.0]]))
    array([1.75, 4.  ])
    """
    ascending = np.sort(values, axis=0)  # NaN last
    place = QUARTILE * np.maximum((~np.isnan(values)).sum(axis=0) - 1, 0)
    below, above = (
        np.take_along_axis(ascending, edge.astype(np.int64)[None], axis=0)[0]
        for edge in (np.floor(place), np.ceil(place))
    )
    return below + (above - below) * (place % 1)


def label_agreement(labels: Labels) -> Floats:
    """How far two agents surely agree beyond what siding with the majority explains: (n, n), near 1 for copies.

    The chance-adjusted similarity ``(observed - expected) / (1 - expected)`` of Goel et al. (2025, arXiv:2502.04313),
    with the majority label in place of the truth, wrong labels taken as equally likely, and the lower end of Wilson's
    95 % interval as `observed`: agreeing on three tasks proves nothing. NaN where two agents share no task, or where
    the majority explains everything.
    """
    codes, classes = labels.codes, range(len(labels.classes))
    given = (codes >= 0).astype(float)
    sides = (codes == majority_codes(labels)[:, None]) * given
    shared = given.T @ given
    equal = sum(((codes == c).T.astype(float) @ (codes == c) for c in classes), np.zeros_like(shared))
    a = divide(sides.T @ given, shared)  # i's agreement with the majority on the tasks it shares with j
    expected = a * a.T + (1 - a) * (1 - a.T) / max(len(classes) - 1, 1)
    return divide(wilson_low(equal, shared) - expected, 1 - expected)


def wilson_low(successes: Floats, trials: Floats) -> Floats:
    """Lower end of Wilson's 95 % interval for a share; 0 without trials.

    >>> wilson_low(np.array([10.0, 100.0]), np.array([10.0, 100.0])).round(3)
    array([0.722, 0.963])
    """
    z = 1.96
    middle = successes + z**2 / 2
    spread = z * np.sqrt(successes * divide(trials - successes, trials, 0.0) + z**2 / 4)
    return (middle - spread) / (trials + z**2)


def divide(above: Floats, below: Floats, otherwise: float = np.nan) -> Floats:
    """`above / below`, and `otherwise` where `below` is (next to) nothing."""
    return np.divide(above, below, out=np.full(below.shape, otherwise), where=below > 1e-12)


def majority_codes(labels: Labels) -> Ints:
    """The most frequent label of each task (m,), the first class on a tie.

    Agents that answer alike throughout have one vote, or copies would make the majority that explains them.
    """
    distinct = np.unique(labels.codes, axis=1)
    votes = [(distinct == c).sum(axis=1) for c in range(len(labels.classes))]
    return np.argmax(np.stack(votes, axis=1), axis=1)
