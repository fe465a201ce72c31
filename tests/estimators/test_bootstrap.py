"""Intervals that cover, blocks that move together, and halves that agree where there is something to agree on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.bootstrap import (
    bootstrap,
    bootstrap_weights,
    full_length_reliability,
    half_weights,
    in_batches,
    split_half,
    widening,
)
from elicit.estimators.ranks import interval


def rng(seed=0):
    return np.random.default_rng(seed)


def mean_of(values):
    """The statistic "mean over tasks" of values (m, n)."""
    return lambda weights: weights @ values / weights.sum(axis=1, keepdims=True)


def replicates(values, *, block=None, resamples=400, seed=0, score=None):
    block = np.arange(len(values)) if block is None else block
    score = values.mean(axis=0) if score is None else score
    prompts = np.full(values.shape[1], block.max() + 1)
    return bootstrap(mean_of(values), score, block, prompts, resamples=resamples, rng=rng(seed))


# --- intervals ------------------------------------------------------------------------------------------------------


def test_a_95_percent_interval_covers_the_truth_95_times_in_100():
    truth, simulations, tasks = 0.4, 300, 80
    covered = 0
    for seed in range(simulations):
        skewed = rng(seed).exponential(size=(tasks, 1)) * 0.3 + truth - 0.3
        low, high = interval(replicates(skewed, seed=seed))
        covered += low[0] <= truth <= high[0]
    standard_error = np.sqrt(0.95 * 0.05 / simulations)
    assert abs(covered / simulations - 0.95) < 3 * standard_error


def test_an_interval_from_few_tasks_is_as_wide_as_students():
    """The t interval of ten values, and draws in plenty: 2.2622 is the 97.5th percentile of t with nine freedoms."""
    values = rng(1).normal(size=(10, 1))
    low, high = interval(replicates(values, resamples=40_000))
    assert_allclose(high - low, 2 * 2.2622 * values.std(ddof=1) / np.sqrt(10), rtol=0.03)


@pytest.mark.parametrize(("prompts", "t"), [(3, 4.3027), (5, 2.7764), (11, 2.2281), (31, 2.0423), (1001, 1.9623)])
def test_intervals_widen_as_students_t_does(prompts, t):
    wider = t / 1.95996 * np.sqrt(prompts / (prompts - 1))
    assert_allclose(widening(np.array([prompts])), wider, rtol=0.035 if prompts == 3 else 0.003)


def test_from_one_prompt_no_interval_is_drawn():
    assert_array_equal(np.isnan(widening(np.array([0, 1, 2]))), [True, True, False])


def test_replicates_spread_as_the_mean_does():
    values = rng().normal(size=(200, 3)) * [1, 2, 5]
    assert_allclose(replicates(values, resamples=4000).std(axis=0), values.std(axis=0) / np.sqrt(200), rtol=0.05)


def test_replicates_have_the_score_as_their_mean_even_where_resampling_is_biased():
    values = rng().normal(size=(40, 2))
    biased = bootstrap(
        lambda weights: mean_of(values)(weights) ** 2 + 7,
        np.array([0.1, 0.2]),
        np.arange(40),
        np.full(2, 40),
        resamples=200,
        rng=rng(),
    )
    assert_allclose(biased.mean(axis=0), [0.1, 0.2])


def test_centring_moves_no_replicate_relative_to_another():
    values = rng().normal(size=(30, 2))
    moved = replicates(values, score=values.mean(axis=0) + 5)
    assert_allclose(moved - replicates(values), 5.0)


def test_a_draw_that_misses_an_agent_takes_no_part_in_its_centre():
    values = rng().normal(size=(30, 2)) + 3

    def blind_at_times(weights):
        drawn = mean_of(values)(weights)
        drawn[::2, 1] = np.nan
        return drawn

    drawn = bootstrap(blind_at_times, values.mean(axis=0), np.arange(30), np.full(2, 30), resamples=200, rng=rng())
    assert np.isfinite(drawn).all()
    assert_allclose(drawn[1::2, 1].mean(), values[:, 1].mean())
    assert_allclose(drawn[:, 0], replicates(values, resamples=200)[:, 0])


def test_an_agent_that_is_never_scored_has_no_replicates():
    drawn = bootstrap(
        lambda weights: np.full((len(weights), 2), [1.0, np.nan]),
        np.array([1.0, np.nan]),
        np.arange(5),
        np.full(2, 5),
        resamples=10,
        rng=rng(),
    )
    assert_array_equal(np.isnan(drawn).all(axis=0), [False, True])


def test_an_agent_whose_score_no_draw_has_is_not_sure_of_it():
    drawn = bootstrap(
        lambda weights: np.full((len(weights), 2), [1.0, np.nan]),
        np.ones(2),
        np.arange(5),
        np.full(2, 5),
        resamples=10,
        rng=rng(),
    )
    assert_array_equal(np.isnan(drawn).all(axis=0), [False, True])


def test_a_single_block_of_tasks_says_nothing_about_spread():
    values = rng().normal(size=(5, 2))
    assert np.isnan(replicates(values, block=np.zeros(5, dtype=int), resamples=7)).all()
    assert replicates(values, block=np.zeros(5, dtype=int), resamples=7).shape == (7, 2)


# --- blocks ---------------------------------------------------------------------------------------------------------


def test_asking_every_task_twice_does_not_shrink_an_interval():
    values = rng().normal(size=(50, 2))
    once = replicates(values)
    twice = replicates(np.vstack([values, values]), block=np.tile(np.arange(50), 2))
    assert_allclose(twice, once)


def test_tasks_of_one_block_always_count_alike():
    block = np.array([0, 1, 0, 2, 1, 0])
    for weights in (bootstrap_weights(block, 50, rng()), *half_weights(block, 50, rng())):
        assert_array_equal(weights[:, 0], weights[:, 2])
        assert_array_equal(weights[:, 0], weights[:, 5])
        assert_array_equal(weights[:, 1], weights[:, 4])


def test_a_resample_draws_as_many_blocks_as_there_are():
    drawn = bootstrap_weights(np.arange(7), 100, rng())
    assert_array_equal(drawn.sum(axis=1), 7)
    assert_allclose(bootstrap_weights(np.arange(4), 20_000, rng()).mean(axis=0), 1, atol=0.03)


def test_halves_share_no_task_and_leave_none_out():
    first, second = half_weights(np.arange(9), 20, rng())
    assert_array_equal(first + second, 1)
    assert_array_equal(np.unique(first), [0, 1])
    assert set(first.sum(axis=1)) == {4}
    assert len({tuple(row) for row in first}) > 10


# --- batches --------------------------------------------------------------------------------------------------------


def test_batches_change_nothing_but_memory(monkeypatch):
    values = rng().normal(size=(12, 3))
    whole = replicates(values, resamples=50)
    monkeypatch.setattr("elicit.estimators.bootstrap.LARGEST_BATCH", 70)
    assert_allclose(replicates(values, resamples=50), whole)


def test_a_batch_holds_no_more_numbers_than_it_may(monkeypatch):
    monkeypatch.setattr("elicit.estimators.bootstrap.LARGEST_BATCH", 70)
    sizes, told = [], []

    def statistic(weights):
        sizes.append(len(weights))
        return weights[:, :3]

    in_batches(statistic, np.ones((16, 5)), 3, told.append)
    assert sizes == [7, 7, 2]  # of 9 numbers each
    assert told == [7, 14, 16]


# --- halves ---------------------------------------------------------------------------------------------------------


def halves(values, seed=0):
    return split_half(mean_of(values), values.shape[1], np.arange(len(values)), splits=50, rng=rng(seed))


def test_halves_agree_where_agents_differ_and_do_not_where_they_do_not():
    noise = rng().normal(size=(200, 8))
    assert halves(noise + np.arange(8)) > 0.99
    assert abs(np.mean([halves(rng(seed).normal(size=(60, 8)), seed) for seed in range(30)])) < 0.1


def test_halves_of_one_block_or_two_agents_say_nothing():
    values = rng().normal(size=(10, 4))
    assert np.isnan(split_half(mean_of(values), 4, np.zeros(10, dtype=int), splits=5, rng=rng()))
    assert np.isnan(halves(values[:, :2]))


def test_a_split_that_cannot_be_correlated_takes_no_part():
    """Two tasks; with all agents alike on one of them, one half of every split says nothing."""
    values = np.array([[1.0, 2, 3], [5, 5, 5]])
    assert np.isnan(halves(values))


@pytest.mark.parametrize(("half", "full"), [(0.6, 0.75), (1.0, 1.0), (0.0, 0.0), (-0.5, -2.0)])
def test_the_full_set_is_as_reliable_as_spearman_and_brown_say(half, full):
    assert_allclose(full_length_reliability(half), full)


def test_halves_that_contradict_each_other_have_no_full_length():
    assert np.isnan(full_length_reliability(-1.0))
    assert np.isnan(full_length_reliability(np.nan))


def test_the_generator_decides_everything():
    values = rng().normal(size=(20, 2))
    assert_array_equal(replicates(values, seed=3), replicates(values, seed=3))
    assert (replicates(values, seed=3) != replicates(values, seed=4)).any()
