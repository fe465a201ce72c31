"""The length control takes out what follows length, and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.length import length_adjusted, mean_by_agent, within_task

NAN = np.nan

# Each agent is short on one task and long on the other, so that length says nothing about the agent.
BALANCED = np.array([[1.0, 7, 31], [31, 7, 1]])
LONG_WINDED = np.array([[1.0, 3, 31], [3, 7, 127]])


@given(arrays(float, (3,), elements=st.floats(-3, 3)), st.floats(-2, 2))
def test_a_planted_effect_of_length_is_found_and_removed(quality, slope):
    score = quality + slope * np.log1p(BALANCED)
    adjusted, found = length_adjusted(score, BALANCED)
    assert_allclose(found, slope, atol=1e-9)
    assert_allclose(adjusted, quality + slope * np.log1p(BALANCED).mean(), atol=1e-9)


def test_agents_that_only_differ_in_length_are_alike_once_adjusted():
    adjusted, slope = length_adjusted(5 * np.log1p(LONG_WINDED), LONG_WINDED)
    assert_allclose(slope, 5)
    assert_allclose(adjusted, adjusted.mean())


@given(arrays(float, (3,), elements=st.floats(-3, 3)))
def test_a_score_that_does_not_follow_length_stays_as_it_is(quality):
    adjusted, slope = length_adjusted(np.tile(quality, (2, 1)), BALANCED)
    assert_allclose(adjusted, quality, atol=1e-9)
    assert_allclose(slope, 0, atol=1e-9)


def test_answers_are_compared_inside_tasks_only():
    """The second task is longer and pays more for everybody, which says nothing about length."""
    length = np.array([[1.0, 3], [300, 300]])
    adjusted, slope = length_adjusted(np.array([[1.0, 1.0], [9, 9]]), length)
    assert slope == 0
    assert_allclose(adjusted, [5, 5])


def test_where_lengths_never_differ_nothing_is_adjusted():
    score = np.array([[1.0, 2], [3, 5]])
    adjusted, slope = length_adjusted(score, np.full((2, 2), 9.0))
    assert slope == 0
    assert_allclose(adjusted, [2, 3.5])


def test_what_is_missing_takes_no_part():
    """The third agent's only score has no length and its only length no score; a fourth has nothing."""
    score = np.array([[1.0, 3, 50, NAN], [4, 2, NAN, NAN]])
    length = np.array([[1.0, 7, NAN, NAN], [7, 1, 900, NAN]])
    slope = 2 / (np.log1p(7) - np.log1p(1))
    adjusted, found = length_adjusted(score, length)
    assert_allclose(found, slope)
    assert_allclose(adjusted[:2], [2.5, 2.5])
    assert np.isnan(adjusted[2:]).all()


def test_means_are_over_what_is_known():
    assert_allclose(mean_by_agent(np.array([[1.0, NAN, NAN], [3, 5, NAN]])), [2, 5, NAN])
    assert_array_equal(within_task(np.array([[1.0, 3, NAN], [NAN, NAN, NAN]])), [[-1, 1, NAN], [NAN, NAN, NAN]])
