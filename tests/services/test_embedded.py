"""Rankings by vectors: from texts by way of the offline embedder, and from vectors handed in."""

import numpy as np
import pytest

from elicit.errors import InvalidInput
from elicit.evidence import Embeddings
from elicit.services.advice import advice_on
from elicit.services.document import document
from elicit.services.explain import explain
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options
from elicit.store.codec import blocks, content_hash, evaluation_from, head_columns, task_from
from elicit.types import Evaluation, Responses, Task

TASKS = tuple(Task(f"t{number}") for number in range(24))
AGENTS = ("good", "fair", "poor", "constant")


def told(task, agent):
    """Words of the task and words of one's own; the poorer, the more of these."""
    rng = np.random.default_rng([task, AGENTS.index(agent)])
    n_own = {"good": 2, "fair": 5, "poor": 11}.get(agent)
    if n_own is None:
        return "I cannot help with that."
    own = [f"w{number}" for number in rng.integers(200, size=n_own)]
    return " ".join([*(f"fact{task}x{k}" for k in rng.choice(14, size=12 - n_own, replace=False)), *own])


@pytest.fixture(scope="module")
def texts():
    return Evaluation(TASKS, AGENTS, Responses([[told(task, agent) for agent in AGENTS] for task in range(24)]))


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    noise = np.array([0.5, 1.0, 3.0, 0.8])[:, None]
    found = rng.normal(size=(24, 1, 6)) + noise * rng.normal(size=(24, 4, 6))
    found[3, 1] = np.nan
    return Evaluation(TASKS, AGENTS, Embeddings(found))


def test_texts_are_ranked_by_the_vectors_of_their_words(texts):
    found = document(rank_evaluation(texts, Options(scorer="embeddings", mechanism="cosine")))
    assert [row["agent"] for row in found["agents"]] == list(AGENTS)
    assert found["scorer"] == "embeddings"
    assert found["agents"][-1]["score"] == pytest.approx(0, abs=1e-9)
    assert found["agents"][0]["mean_words"] == 12
    assert found["diagnostics"]["signal"]["p_value"] < 0.01


def test_same_task_is_what_embeddings_are_read_by_unless_told_otherwise(vectors):
    ranking = rank_evaluation(vectors, Options())
    assert (ranking.choice.scorer, ranking.choice.mechanism.name) == ("embeddings", "same_task")
    assert AGENTS[int(np.argmin(ranking.score))] == "poor"


def test_the_cap_of_infonce_stands_among_the_notes(vectors):
    notes = document(rank_evaluation(vectors, Options(mechanism="infonce")))["diagnostics"]["notes"]
    assert any("infonce never exceeds 3.2 nats" in note for note in notes)


def test_copies_of_vectors_share_one_vote(vectors):
    found = vectors.evidence.vectors
    copied = Evaluation(TASKS, (*AGENTS, "copy"), Embeddings(np.concatenate([found, found[:, :1]], axis=1)))
    cluster = rank_evaluation(copied, Options(mechanism="cosine")).scored.peers.cluster
    assert cluster[4] == cluster[0]
    assert len(np.unique(cluster)) == 4


def test_a_mechanism_of_other_evidence_is_refused(texts):
    with pytest.raises(InvalidInput, match="'tvd' reads labels, which this input is not; what fits: same_task"):
        rank_evaluation(texts, Options(scorer="embeddings", mechanism="tvd"))


def test_a_pair_is_explained_by_its_cosine_and_those_of_other_tasks(vectors):
    found = explain(vectors, Options(mechanism="cosine"), "t0", "good", "fair")
    joint, mine, theirs = (row["score"] for row in found.rows)
    ranking = rank_evaluation(vectors, Options(mechanism="cosine"))
    contrast = ranking.choice.mechanism.contrast(ranking.scored.evidence)[0, 1]
    assert found.amount == pytest.approx(joint - mine - theirs + contrast)


def test_vectors_are_stored_to_the_last_bit_and_task_by_task(vectors):
    parts = [columns for _, columns in blocks(vectors)]
    back = evaluation_from("embeddings", head_columns(vectors), parts)
    np.testing.assert_array_equal(back.evidence.vectors, vectors.evidence.vectors)
    assert content_hash(back) == content_hash(vectors)
    one = task_from("embeddings", head_columns(vectors), parts[0], first=0, index=3)
    np.testing.assert_array_equal(one.evidence.vectors[0], vectors.evidence.vectors[3])


def test_advice_on_vectors_names_what_reads_them(vectors):
    first, *others = advice_on(vectors)
    assert (first.scorer, first.mechanism, first.recommended) == ("embeddings", "same_task", True)
    assert {"cka", "infonce"} <= {advised.mechanism for advised in others}
