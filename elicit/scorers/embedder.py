"""The offline embedder: a vector for each response from the words it uses, with no model and no network.

Latent semantic analysis (Deerwester et al. 1990): counts of words, rare words weighing more, projected to the leading
directions of the pool. It is fitted on the responses themselves, without labels, and a cluster of clones counts once.

One rule: what a response shares with its task's prompt and context is no news. The direction of the prompt is taken
out of every answer to it, so an answer that echoes its prompt keeps nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from elicit.errors import ElicitError
from elicit.evidence import Floats, Ints
from elicit.scorers.lexical import WordCounts

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DIMENSIONS = 100  # as usual for latent semantic analysis
MOST_FITTED = 5000  # responses that the directions are learned from; more of them hardly move the leading ones


def embed(counts: Sequence[WordCounts], n_words: int, agent_weight: Floats, seed: int) -> Floats:
    """(m, n, d) the responses as vectors, NaN where there is none; zeros for one with no words, or the prompt's only.

    The weights of words and the directions are learned from agents with an `agent_weight` (n,) above 0. Raises
    `ElicitError` where scikit-learn is not installed.
    """
    tf_idf, svd, normalised = sklearn_parts()
    n, answered = len(agent_weight), np.array([task.answered for task in counts])
    fitted = np.flatnonzero((answered & (agent_weight > 0)).ravel())
    responses, prompts = response_table(counts, n_words), prompt_table(counts, n_words)
    weighting = tf_idf(sublinear_tf=True).fit(responses[fitted])
    weighted = weighting.transform(responses)
    sample = fitted[np.linspace(0, len(fitted) - 1, min(MOST_FITTED, len(fitted))).astype(int)]
    directions = svd(min(DIMENSIONS, n_words, len(sample)), random_state=seed).fit(weighted[sample])
    vectors = normalised(directions.transform(weighted)).reshape(len(counts), n, -1)
    found = without(vectors, normalised(directions.transform(weighting.transform(prompts))))
    found[~answered] = np.nan
    return found


def without(vectors: Floats, prompts: Floats) -> Floats:
    """(m, n, d) the vectors without their parts along the unit vectors of their prompts (m, d).

    >>> without(np.array([[[3.0, 4.0], [2.0, 0.0]]]), np.array([[1.0, 0.0]]))
    array([[[0., 4.],
            [0., 0.]]])
    """
    return vectors - np.einsum("tid,td->ti", vectors, prompts)[:, :, None] * prompts[:, None]


def response_table(counts: Sequence[WordCounts], n_words: int) -> "csr_matrix":
    """(m * n, words) how often each response uses each word."""
    n = len(counts[0].answered)
    row = np.concatenate([place * n + task.agent for place, task in enumerate(counts)])
    times = np.concatenate([task.share * task.length[task.agent] for task in counts])
    return table(times, row, np.concatenate([task.word for task in counts]), (len(counts) * n, n_words))


def prompt_table(counts: Sequence[WordCounts], n_words: int) -> "csr_matrix":
    """(m, words) how often each task's prompt and context use each word."""
    row = np.repeat(np.arange(len(counts)), [len(task.prompt) for task in counts])
    word = np.concatenate([task.prompt for task in counts])
    return table(np.ones(len(word)), row, word, (len(counts), n_words))


def table(values: Floats, row: Ints, column: Ints, shape: tuple[int, int]) -> "csr_matrix":
    """A sparse table; what falls into one cell adds up."""
    from scipy.sparse import csr_matrix

    return csr_matrix((values, (row, column)), shape=shape)


def sklearn_parts() -> tuple[Any, Any, Any]:
    """Tf-idf weights, truncated SVD and scaling to unit length, from scikit-learn."""
    try:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.preprocessing import normalize
    except ImportError as error:
        raise ElicitError("the scorer 'embeddings' needs scikit-learn: pip install 'elicit[embeddings]'") from error
    return TfidfTransformer, TruncatedSVD, normalize
