"""Mechanisms on embeddings: numbers worked out elsewhere, and what they pay on average for noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from elicit.evidence import Embeddings
from elicit.mechanisms import MECHANISMS
from elicit.mechanisms.gaussian_mi import gaussian_information
from elicit.mechanisms.hsic import u_centred

ON_EMBEDDINGS = [mechanism for mechanism in MECHANISMS.values() if mechanism.evidence is Embeddings]
each_mechanism = pytest.mark.parametrize("mechanism", ON_EMBEDDINGS, ids=lambda mechanism: mechanism.name)


WIDEST = {"mutual_knn": 1.6}  # its parts leave out that neighbours replace each other


def alignment(mine, theirs):
    return (mine * theirs).sum() / np.sqrt((mine**2).sum() * (theirs**2).sum())


def centred(likeness):
    """Rows and columns sum to 0: the biased way."""
    return likeness - likeness.mean(axis=0) - likeness.mean(axis=1)[:, None] + likeness.mean()


def two_agents(rng, n_tasks, dimensions, *, shared=0.0):
    """Two agents, each with noise of its own and a share of what the task says."""
    task = rng.normal(size=(n_tasks, 1, dimensions))
    own = rng.normal(size=(n_tasks, 2, dimensions))
    return Embeddings(np.sqrt(shared) * task + np.sqrt(1 - shared) * own)


def mean_and_error(values):
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


@pytest.mark.parametrize(("correlations", "nats"), [((0.6,), 0.22314), ((0.8, 0.5), 0.65467)])
def test_gaussian_information_is_that_of_the_canonical_correlations(correlations, nats):
    q = len(correlations)
    joint = np.eye(2 * q)
    joint[:q, q:] = joint[q:, :q] = np.diag(correlations)
    assert gaussian_information(joint, q) == pytest.approx(nats, abs=5e-6)


def test_gaussian_mi_finds_the_information_of_gaussian_vectors():
    rng = np.random.default_rng(0)
    found = [MECHANISMS["gaussian_mi"].pairwise(two_agents(rng, 400, 1, shared=0.6))[0, 1] for _ in range(100)]
    mean, error = mean_and_error(found)
    assert mean == pytest.approx(0.22314, abs=3 * error)


def test_linear_alignment_in_one_dimension_is_the_squared_correlation():
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 5])
    assert alignment(centred(np.outer(x, x)), centred(np.outer(y, y))) == pytest.approx(0.965714, abs=5e-7)


@pytest.mark.parametrize(("dimensions", "biased"), [(5, 0.14), (50, 0.63), (500, 0.94)])
def test_alignment_reads_nothing_into_noise_only_where_it_is_unbiased(dimensions, biased):
    rng = np.random.default_rng(dimensions)
    with_bias, without = [], []
    for _ in range(60):
        x, y = rng.normal(size=(2, 30, dimensions))
        with_bias.append(alignment(centred(x @ x.T), centred(y @ y.T)))
        without.append(alignment(u_centred(x @ x.T), u_centred(y @ y.T)))
    assert np.mean(with_bias) == pytest.approx(biased, abs=0.02)
    mean, error = mean_and_error(without)
    assert abs(mean) < 3 * error + 0.005


def test_mutual_neighbours_of_noise_are_those_of_chance():
    rng = np.random.default_rng(0)
    shared = [MECHANISMS["mutual_knn"].pairwise(two_agents(rng, 100, 8))[0, 1] for _ in range(40)]
    mean, error = mean_and_error(shared)  # 10 of 99 by chance, taken off and rescaled
    assert abs(mean) < 3 * error


@each_mechanism
def test_noise_never_pays_on_average(mechanism):
    rng = np.random.default_rng(1)
    found = [mechanism.pairwise(two_agents(rng, 24, 3))[0, 1] for _ in range(150)]
    mean, error = mean_and_error(found)
    assert mean < 3 * error


@each_mechanism
def test_noise_in_one_s_vectors_lowers_the_pay(mechanism):
    rng = np.random.default_rng(2)
    kept, disturbed = [], []
    for _ in range(30):
        evidence = two_agents(rng, 40, 4, shared=0.7)
        vectors = evidence.vectors.copy()
        vectors[:, 0] += rng.normal(size=vectors[:, 0].shape)
        kept.append(mechanism.pairwise(evidence)[0, 1])
        disturbed.append(mechanism.pairwise(Embeddings(vectors))[0, 1])
    assert np.mean(kept) > np.mean(disturbed)


@each_mechanism
def test_one_more_copy_of_an_agent_changes_nothing_between_the_others(mechanism):
    vectors = np.random.default_rng(3).normal(size=(12, 3, 4))
    with_copy = Embeddings(vectors[:, [0, 1, 2, 0]])
    before, after = mechanism.pairwise(Embeddings(vectors)), mechanism.pairwise(with_copy)
    assert_allclose(after[:3, :3], before, atol=1e-12)
    assert_allclose(after[1:3, 3], before[1:, 0], atol=1e-12)


@pytest.mark.drill
@each_mechanism
def test_counting_parts_again_spreads_as_new_tasks_would(mechanism):
    """The standard error from parts against the spread over draws of tasks, for agents that share something."""
    rng = np.random.default_rng(4)
    draws, errors = [], []
    for _ in range(300):
        evidence = two_agents(rng, 60, 4, shared=0.6)
        parts = mechanism.by_task(evidence, 0)[:, 1]
        draws.append(parts.mean())
        errors.append(parts.std(ddof=1) / np.sqrt(len(parts)))
    assert 0.8 < np.median(errors) / np.std(draws) < WIDEST.get(mechanism.name, 1.25)


def test_agents_that_share_fewer_than_four_tasks_are_not_compared():
    vectors = np.random.default_rng(5).normal(size=(6, 2, 3))
    vectors[3:, 0] = np.nan
    assert all(np.isnan(mechanism.pairwise(Embeddings(vectors))).all() for mechanism in ON_EMBEDDINGS)


def test_more_tasks_than_a_block_are_compared_in_blocks(monkeypatch):
    monkeypatch.setattr("elicit.mechanisms.vectors.LARGEST_BLOCK", 10)
    vectors = two_agents(np.random.default_rng(6), 20, 3, shared=0.7).vectors
    cosine = MECHANISMS["cosine"].pairwise
    halves = [cosine(Embeddings(vectors[part]))[0, 1] for part in (slice(0, 10), slice(10, 20))]
    assert cosine(Embeddings(vectors))[0, 1] == pytest.approx(np.mean(halves))


def test_what_is_computed_of_vectors_is_computed_once(monkeypatch):
    times = []

    def counted(evidence):
        times.append(1)
        return evidence.n_tasks

    evidence = Embeddings(np.ones((5, 2, 3)))
    assert [evidence.once(counted), evidence.once(counted)] == [5, 5]
    assert len(times) == 1
