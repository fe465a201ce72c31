"""The interval of a rank correlation: ranks of draws by hand, and whether it covers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.agreement import FEWEST_AGENTS, correlations, drawn_ranks, spearman_interval
from elicit.estimators.bootstrap import bootstrap_weights
from elicit.estimators.ranks import mean_ranks, spearman


def test_ranks_of_a_draw_are_those_of_its_agents_written_out():
    rng = np.random.default_rng(0)
    values = rng.integers(5, size=8).astype(float)
    weights = bootstrap_weights(np.arange(8), 50, rng)
    for row, found in zip(weights, drawn_ranks(values, weights), strict=True):
        written_out = np.repeat(values, row.astype(int))
        there = row > 0
        expected = dict(zip(written_out, mean_ranks(written_out), strict=True))
        assert_array_equal(found[there], [expected[value] for value in values[there]])


def test_correlations_of_draws_are_those_of_their_agents_written_out():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 12))
    weights = bootstrap_weights(np.arange(12), 30, rng)
    found = correlations(drawn_ranks(a, weights), drawn_ranks(b, weights), weights)
    expected = [spearman(*(np.repeat(v, row.astype(int)) for v in (a, b))) for row in weights]
    assert_allclose(found, expected)


def test_few_agents_and_agents_all_alike_give_no_interval():
    rng = np.random.default_rng(2)
    few = np.arange(FEWEST_AGENTS - 1.0)
    assert_array_equal(spearman_interval(few, few, resamples=100, rng=rng), [np.nan, np.nan])
    alike, other = np.ones(20), np.arange(20.0)
    assert_array_equal(spearman_interval(alike, other, resamples=100, rng=rng), [np.nan, np.nan])


def test_rankings_that_agree_wholly_do_so_in_every_draw():
    a = np.arange(30.0)
    assert spearman_interval(a, a**3, resamples=200, rng=np.random.default_rng(3)) == pytest.approx((1, 1))


@pytest.mark.drill
def test_the_interval_covers_the_correlation_of_all_agents_there_could_be():
    rng = np.random.default_rng(4)
    truth = 6 / np.pi * np.arcsin(0.7 / 2)  # Spearman's of a normal pair that correlates with 0.7
    pairs = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], size=(400, 40))
    intervals = [spearman_interval(*pair.T, resamples=400, rng=rng) for pair in pairs]
    assert 0.88 < np.mean([low <= truth <= high for low, high in intervals]) < 0.98
