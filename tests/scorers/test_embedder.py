"""The offline embedder: what its vectors hold, and what they do not."""

import sys

import numpy as np
import pytest

from elicit.errors import ElicitError
from elicit.scorers.embedder import embed
from elicit.scorers.lexical import Vocabulary, count_words
from elicit.types import Task

TASKS = [Task("a", "Why do cats purr?"), Task("b", "Name a red planet."), Task("c", "What is rust?"), Task("d")]
TEXTS = [
    ["the muscles of the larynx make the sound", "larynx muscles twitch", "Why do cats purr?"],
    ["mars, for its iron dust", "mars", "Name a red planet."],
    ["iron oxide forms with water", "oxide of iron", None],
    ["an answer", "something else entirely", ""],
]


def vectors(texts=TEXTS, weight=(1.0, 1.0, 1.0), seed=0):
    vocabulary = Vocabulary()
    counts = list(count_words(TASKS, texts, vocabulary))
    return embed(counts, len(vocabulary), np.array(weight), seed)


def test_a_missing_response_has_no_vector_and_an_empty_one_says_nothing():
    found = vectors()
    assert np.isnan(found[2, 2]).all()
    assert not found[3, 2].any()
    assert np.isfinite(found[:2]).all()


def test_an_answer_that_echoes_its_prompt_keeps_nothing():
    found = vectors()
    assert np.abs(found[:2, 2]).max() < 1e-9
    assert np.linalg.norm(found[0, 0]) > 0.5


def test_the_same_texts_and_seed_give_the_same_vectors():
    np.testing.assert_array_equal(vectors(), vectors())


def test_agents_without_weight_do_not_move_the_vectors_of_others():
    other = [[row[0], row[1], "purple rain falls on mars and iron"] for row in TEXTS]
    cosines = [
        np.einsum("tid,sjd->tisj", found, found)
        for found in (vectors(given, (1.0, 1.0, 0.0))[:, :2] for given in (TEXTS, other))
    ]
    np.testing.assert_allclose(*cosines, atol=1e-9)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.decomposition", None)
    with pytest.raises(ElicitError, match=r"elicit\[embeddings\]"):
        vectors()
