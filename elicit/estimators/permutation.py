"""Is there any signal? What the scores would be if responses had nothing to do with their tasks."""

from collections.abc import Callable, Iterator

import numpy as np

from elicit.evidence import Floats, Ints, Labels


def sign_flip_p(difference: Floats, block: Ints, *, flips: int, rng: np.random.Generator) -> Floats:
    """One-sided p-value that the mean over tasks of each column exceeds 0: (m, k) to (k,).

    `difference[t]` is joint minus contrast. Were responses shuffled over tasks, the two would be exchangeable, so
    their difference would be as often negative; all columns of a task, and all tasks of a `block`, flip together.
    NaN is missing. The smallest value is ``1 / (flips + 1)``; the observed signs count as one draw.

    >>> sign_flip_p(np.full((20, 1), 0.3), np.arange(20), flips=999, rng=np.random.default_rng(0))
    array([0.001])
    """
    known = ~np.isnan(difference)
    total = np.where(known, difference, 0.0)
    signs = rng.integers(2, size=(flips, int(block.max()) + 1)) * 2.0 - 1.0
    drawn = signs[:, block] @ total
    observed = total.sum(axis=0)
    # Rounding in the matrix product must not turn a draw equal to the observed sum into a smaller one.
    slack = 1e-9 * np.abs(total).sum(axis=0)
    p = (1 + (drawn >= observed - slack).sum(axis=0)) / (flips + 1)
    return np.where(known.any(axis=0), p, np.nan)


def shuffle_labels(labels: Labels, block: Ints, rng: np.random.Generator) -> Labels:
    """The same labels with each agent's shuffled over the tasks it labelled: what is left is chance.

    Labels of tasks with one number in `block` (m,) change places together, with those of blocks in which the agent gave
    as many: whoever answers a prompt alike each time it comes must not count as if it had been asked that often.
    """
    codes = labels.codes.copy()
    for column in codes.T:
        given = np.flatnonzero(column >= 0)
        for rows in alike_in_size(given[np.argsort(block[given], kind="stable")], block):
            column[rows] = column[rng.permutation(rows)]
    return Labels(codes, labels.classes)


def alike_in_size(tasks: Ints, block: Ints) -> Iterator[Ints]:
    """Tasks that are sorted by block, as one (b, s) array for each size s that blocks have, a row a block.

    >>> [rows.tolist() for rows in alike_in_size(np.array([0, 1, 2, 4]), np.array([0, 1, 1, 9, 2]))]
    [[[0], [4]], [[1, 2]]]
    """
    _, first, size = np.unique(block[tasks], return_index=True, return_counts=True)
    for s in np.unique(size):
        yield tasks[first[size == s][:, None] + np.arange(s)]


def shuffled_scores(
    score: Callable[[Labels], Floats], labels: Labels, block: Ints, *, shuffles: int, rng: np.random.Generator
) -> Floats:
    """Scores (R, n) after `shuffles` independent shuffles of the labels within agents."""
    return np.stack([score(shuffle_labels(labels, block, rng)) for _ in range(shuffles)])


def exceedance_p(observed: Floats, null: Floats) -> Floats:
    """One-sided p-value of `observed` (...,) among draws `null` (R, ...), the observed value counting as one draw.

    >>> exceedance_p(np.array(2.0), np.array([0.0, 1.0, 3.0]))
    array(0.5)
    """
    p = (1 + (null >= observed).sum(axis=0)) / (len(null) + 1)
    return np.where(np.isnan(observed), np.nan, p)


def two_sided_p(draws: Floats) -> Floats:
    """How often each column of draws (R, n) reaches 0 from its mean's side, doubled: (n,), at most 1, or NaN."""
    tail = np.minimum((draws <= 0).sum(axis=0), (draws >= 0).sum(axis=0))
    p = np.minimum(1.0, 2 * (1 + tail) / (len(draws) + 1))
    return np.where(np.isnan(draws).any(axis=0), np.nan, p)
