"""Which tasks are alike, by the words they share: where a hard contrast looks for its other task."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elicit.evidence import Ints
from elicit.scorers.words import words

NEAREST = 5  # how many most similar tasks a hard contrast is drawn from
SIMILARITY_ROWS, MOST_COLUMNS = 512, 4096  # at a time, and of words: both bound memory


def nearest_tasks(texts: Sequence[str], count: int = NEAREST) -> Ints:
    """Each text's most similar others by the words they share, the most similar first: (m, min(count, m - 1)).

    Hand in each task's prompt, or all its responses in one. Similarity is the cosine of tf-idf vectors.

    >>> nearest_tasks(["red cat", "blue whale", "cat in red hat", "a whale"], 1).ravel()
    array([2, 3, 0, 1])
    """
    vectors = tf_idf(texts)
    m = len(texts)
    found = [np.empty((0, min(count, m - 1)), dtype=np.int64)]
    for start in range(0, m, SIMILARITY_ROWS):
        similarity = vectors[start : start + SIMILARITY_ROWS] @ vectors.T
        similarity[np.arange(len(similarity)), np.arange(start, start + len(similarity))] = -np.inf  # not itself
        found.append(np.argsort(-similarity, axis=1, kind="stable")[:, : min(count, m - 1)])
    return np.concatenate(found)


def tf_idf(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors (m, d) of the texts' words, rare words weighing more; beyond `MOST_COLUMNS` words share columns."""
    found = [np.unique(words(text), return_counts=True) for text in texts]
    number = {word: k for k, word in enumerate(dict.fromkeys(word for row, _ in found for word in row.tolist()))}
    text = np.repeat(np.arange(len(texts)), [len(row) for row, _ in found])
    word = np.array([number[word] for row, _ in found for word in row.tolist()], dtype=np.int64)
    count = np.concatenate([np.empty(0), *(count for _, count in found)])
    rarity = np.log(len(texts) / np.bincount(word, minlength=1)) if len(word) else np.empty(0)
    vectors = np.zeros((len(texts), min(max(len(number), 1), MOST_COLUMNS)), dtype=np.float32)
    sign = 1 - 2 * (word // MOST_COLUMNS % 2)  # so that words that share a column cancel out on average
    np.add.at(vectors, (text, word % MOST_COLUMNS), sign * (1 + np.log(count)) * rarity[word])
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    length[length == 0] = 1
    return np.asarray(vectors / length)
