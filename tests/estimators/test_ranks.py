"""Ranks from the top, intervals of what replicates show, and who wins how often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.ranks import interval, mean_ranks, ranks, spearman, win_probability

NAN = np.nan

scores = arrays(float, (5,), elements=st.sampled_from([NAN, -1.0, 0.0, 0.5, 2.0]))


# --- ranks ----------------------------------------------------------------------------------------------------------


@given(scores)
def test_a_rank_is_1_more_than_the_number_of_better_agents(score):
    for rank, own in zip(ranks(score), score, strict=True):
        assert_array_equal(rank, NAN if np.isnan(own) else 1 + (score > own).sum())


@given(arrays(float, (2, 3, 5), elements=st.sampled_from([NAN, 0.0, 0.5, 2.0])))
def test_a_batch_of_scores_is_ranked_as_each_would_be(batch):
    assert_array_equal(ranks(batch), [[ranks(score) for score in row] for row in batch])


@pytest.mark.parametrize("scale", [1e-9, 1.0, 300.0])
def test_rounding_makes_no_rank_but_a_difference_in_the_fifth_digit_does(scale):
    score = scale * np.array([1, 1 + 1e-8, 0.5, 0.5 + 1e-5, -0.9])
    assert_array_equal(ranks(score), [1, 1, 4, 3, 5])
    assert_array_equal(ranks(-score), [4, 4, 2, 3, 1])


# --- intervals ------------------------------------------------------------------------------------------------------


def test_an_interval_leaves_out_equally_much_on_both_sides():
    replicates = np.arange(1001.0)[:, None]
    assert_allclose(interval(replicates), [[25], [975]])
    assert_allclose(interval(replicates, level=0.5), [[250], [750]])


def test_an_agent_without_a_score_has_no_interval():
    replicates = np.column_stack([np.arange(10.0), np.full(10, NAN)])
    assert_array_equal(np.isnan(interval(replicates)), [[False, True]] * 2)


# --- wins ----------------------------------------------------------------------------------------------------------


@given(arrays(float, (7, 3), elements=st.sampled_from([0.0, 1.0, 2.0])))
def test_win_probabilities_count_wins_and_half_of_draws(replicates):
    win = win_probability(replicates)
    for i in range(3):
        assert np.isnan(win[i, i])
        for j in {0, 1, 2} - {i}:
            wins = [1 if a > b else 0.5 if a == b else 0 for a, b in replicates[:, [i, j]]]
            assert_allclose(win[i, j], np.mean(wins))


def test_nobody_wins_against_an_agent_without_a_score():
    win = win_probability(np.array([[1.0, NAN, 0.0], [1.0, NAN, 2.0]]))
    assert_array_equal(np.isnan(win), [[True, True, False], [True] * 3, [False, True, True]])


# --- rank correlation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "rho"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1),
        ([1, 2, 2, 3], [1, 3, 2, 4], 4.5 / np.sqrt(4.5 * 5)),
        ([1, 1, 2, 2], [1, 2, 1, 2], 0),
        ([86, 97, 99, 100, 101, 103, 106, 110, 112, 113], [2, 20, 28, 27, 50, 29, 7, 17, 6, 12], -29 / 165),
        ([NAN, 1, 2, 3], [9, 1, 3, 2], 0.5),
        ([1, 2, 3, 9], [1, 3, 2, NAN], 0.5),
    ],
)
def test_spearman_by_hand(a, b, rho):
    assert_allclose(spearman(np.array(a, dtype=float), np.array(b, dtype=float)), rho, atol=1e-12)


@pytest.mark.parametrize(
    ("a", "b"), [([1.0, 2.0], [1.0, 2.0]), ([1.0, 1, 1], [1.0, 2, 3]), ([1.0, 2, NAN], [1.0, NAN, 3])]
)
def test_spearman_of_too_little_is_unknown(a, b):
    assert np.isnan(spearman(np.array(a), np.array(b)))


@given(arrays(float, (6,), elements=st.integers(-3, 3).map(float)))
def test_equal_values_share_their_mean_rank(values):
    for rank, value in zip(mean_ranks(values), values, strict=True):
        below, equal = (values < value).sum(), (values == value).sum()
        assert_allclose(rank, below + (equal + 1) / 2)
