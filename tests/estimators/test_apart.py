"""Who is told apart from whom: seldom anybody by chance, and ranks and ties that say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.apart import margins, rank_interval, tie_groups
from elicit.estimators.ranks import interval, ranks

NAN = np.nan


def drawn(score, *, seed=0, spread=1.0, resamples=2000):
    return score + np.random.default_rng(seed).normal(scale=spread, size=(resamples, len(score)))


def many(n):
    return np.full(n, 10_000)


# --- margins --------------------------------------------------------------------------------------------------------


def test_the_margin_of_two_agents_is_half_the_interval_of_their_difference():
    replicates = drawn(np.zeros(2))
    low, high = interval(replicates[:, [0]] - replicates[:, [1]])
    assert_allclose(margins(np.zeros(2), replicates, many(2))[0, 1], (high - low) / 2, rtol=0.03)


def test_the_margin_of_many_is_that_of_their_range():
    """3.388 is the 95th percentile of the range of 15 normal deviates, 4.796, over the square root of 2."""
    margin = margins(np.zeros(15), drawn(np.zeros(15), resamples=20_000), many(15))
    assert_allclose(margin[np.triu_indices(15, 1)], 4.796, rtol=0.03)


def test_pairs_that_are_settled_leave_the_margin_of_the_others_smaller():
    near, far = np.zeros(15), np.append(np.zeros(2), 100 * np.arange(1, 14))
    assert margins(far, drawn(far), many(15))[0, 1] < 0.9 * margins(near, drawn(near), many(15))[0, 1]


def test_few_prompts_make_margins_wider_than_intervals():
    """The replicates are the same, so this is what the largest of many asks on top of Student's t for one."""
    replicates = drawn(np.zeros(6))
    few, plenty = (margins(np.zeros(6), replicates, np.full(6, prompts)) for prompts in (8, 10_000))
    assert (few[0, 1:] > 1.15 * plenty[0, 1:]).all()


def test_what_scores_have_in_common_sets_nobody_apart_and_hides_nothing():
    score = np.array([0.0, 1.0])
    together = np.random.default_rng(0).normal(scale=50, size=(2000, 1))
    margin = margins(score, drawn(score, spread=0.1) + together, many(2))
    assert margin[0, 1] < 0.4


def test_scores_that_never_differ_are_tied_and_those_that_always_do_are_not():
    score = np.array([1.0, 1.0, 0.5])
    replicates = np.random.default_rng(0).normal(size=(200, 1)) + score
    assert_array_equal(tie_groups(score, margins(score, replicates, many(3))), [1, 1, 2])


def test_an_agent_without_replicates_is_told_apart_from_nobody():
    score = np.array([9.0, 1.0, NAN])
    replicates = np.column_stack([np.full(2000, NAN), drawn(np.ones(1)), np.full(2000, NAN)])
    margin = margins(score, replicates, np.array([1, 10_000, 0]))
    assert_array_equal(np.isnan(margin).all(axis=1), [True, False, True])
    assert_array_equal(tie_groups(score, margin), [1, 1, 0])
    assert_array_equal(rank_interval(score, margin), [[NAN, 1, NAN], [NAN, 2, NAN]])


def test_nothing_known_at_all_is_no_error():
    assert np.isnan(margins(np.full(2, NAN), np.full((5, 2), NAN), np.zeros(2, dtype=int))).all()


def test_of_agents_that_are_alike_one_is_seldom_told_apart_from_another():
    runs, false = 200, 0
    for seed in range(runs):
        score = np.random.default_rng([seed, 1]).normal(size=10)
        margin = margins(score, drawn(score, seed=seed, resamples=300), many(10))
        false += (score[:, None] - score > margin).any()
    assert false <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)


# --- ranks ----------------------------------------------------------------------------------------------------------


@given(st.integers(0, 1000))
def test_a_rank_interval_contains_the_rank(seed):
    score = np.random.default_rng(seed).normal(size=6)
    low, high = rank_interval(score, margins(score, drawn(score, seed=seed, spread=0.4, resamples=100), many(6)))
    assert (low <= ranks(score)).all()
    assert (ranks(score) <= high).all()


def test_ranks_reach_over_those_that_are_not_proven_better_or_worse():
    score = np.array([5.0, 4.5, 3.0, 0.0])
    assert_array_equal(rank_interval(score, np.full((4, 4), 1.6)), [[1, 1, 2, 4], [2, 3, 3, 4]])


# --- ties -----------------------------------------------------------------------------------------------------------


def test_a_group_goes_on_as_long_as_the_leader_is_not_proven_better():
    """The third is within the margin of the second, but not of the leader, so it opens a group."""
    assert_array_equal(tie_groups(np.array([4.0, 3, 2, 1]), np.full((4, 4), 1.5)), [1, 1, 2, 2])


@pytest.mark.parametrize(("margin", "group"), [(0.5, 1), (0.49, 2)])
def test_a_difference_as_large_as_the_margin_is_still_a_tie(margin, group):
    assert_array_equal(tie_groups(np.array([1.0, 0.5]), np.full((2, 2), margin)), [1, group])


def test_groups_are_numbered_from_the_best_whatever_the_order_of_agents():
    score = np.array([3.0, 2.8, 1])
    assert_array_equal(tie_groups(score[[2, 0, 1]], np.full((3, 3), 0.5)), [2, 1, 1])


def test_agents_without_a_score_are_in_no_group():
    assert_array_equal(tie_groups(np.array([NAN, 1.0]), np.full((2, 2), NAN)), [0, 1])
    assert_array_equal(tie_groups(np.full(2, NAN), np.full((2, 2), NAN)), [0, 0])
