"""Nulls: uniform p-values where nothing is there, small ones where something is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.permutation import exceedance_p, shuffle_labels, shuffled_scores, sign_flip_p
from elicit.evidence import Labels

NAN = np.nan


def p_of(difference, *, block=None, flips=199, seed=0):
    block = np.arange(len(difference)) if block is None else block
    return sign_flip_p(difference, block, flips=flips, rng=np.random.default_rng(seed))


def largest_gap_from_uniform(p):
    """Kolmogorov's distance of a sample in [0, 1] from the uniform distribution."""
    p, k = np.sort(p), np.arange(len(p))
    return max(np.max((k + 1) / len(p) - p), np.max(p - k / len(p)))


def null_ps(tasks_alike):
    """p-values of 400 null samples of 30 tasks, each asked `tasks_alike` times."""
    block = np.repeat(np.arange(30), tasks_alike)
    found = []
    for seed in range(400):
        once = np.random.default_rng(seed).standard_t(3, size=(30, 1))
        found.append(p_of(once[block], block=block, seed=seed)[0])
    return np.array(found)


@pytest.mark.parametrize("tasks_alike", [1, 3])
def test_without_signal_p_values_are_uniform(tasks_alike):
    kolmogorov_1_percent = 1.63 / np.sqrt(400)
    assert largest_gap_from_uniform(null_ps(tasks_alike)) < kolmogorov_1_percent + 1 / 200


def test_the_uniform_test_itself_can_fail():
    assert largest_gap_from_uniform(null_ps(1) ** 1.5) > 1.63 / np.sqrt(400) + 1 / 200


def test_with_signal_p_values_are_small_and_against_it_large():
    noise = np.random.default_rng(0).normal(size=(50, 1))
    p = p_of(np.hstack([noise + 1, noise - 1]), flips=999)
    assert_allclose(p, [0.001, 1.0])


def test_the_p_value_of_three_tasks_is_that_of_all_eight_signs():
    """Sums of +-1, +-2, +-4: 5 = 4 + 2 - 1 is reached by 7 and 5 only, so p is 2/8."""
    assert_allclose(p_of(np.array([[-1.0], [2.0], [4.0]]), flips=20_000), 2 / 8, atol=0.01)


def test_missing_tasks_take_no_part():
    difference = np.random.default_rng(0).normal(size=(40, 1)) + 0.2
    with_holes = np.vstack([difference, np.full((20, 1), NAN)])
    assert_array_equal(p_of(with_holes, block=np.append(np.arange(40), np.full(20, 39))), p_of(difference))
    assert_array_equal(np.isnan(p_of(np.hstack([difference, np.full((40, 1), NAN)]))), [False, True])


def test_a_sum_equal_to_the_observed_one_counts_as_reached_in_spite_of_rounding():
    """Every sum of differences that are 0 or missing is 0: p must be 1, whatever the order of addition."""
    assert_array_equal(p_of(np.zeros((17, 1))), [1.0])
    tenths = np.array([0.1, 0.2, -0.3] * 7)[:, None]
    block = np.repeat(np.arange(7), 3)  # each block adds up to 0 but for rounding
    assert_array_equal(p_of(tenths, block=block), [1.0])


def test_all_columns_of_a_task_flip_together():
    one = np.random.default_rng(0).normal(size=(30, 1))
    p = p_of(np.hstack([one, one, 2 * one]))
    assert p[0] == p[1] == p[2]


# --- labels ---------------------------------------------------------------------------------------------------------


@given(
    arrays(np.int64, (7, 3), elements=st.integers(-1, 3)),
    st.lists(st.integers(0, 3), min_size=7, max_size=7),
    st.integers(0, 99),
)
def test_shuffling_keeps_each_agents_labels_and_gaps(codes, block, seed):
    before = codes.copy()
    shuffled = shuffle_labels(Labels(codes, tuple("abcd")), np.array(block), np.random.default_rng(seed))
    assert_array_equal(shuffled.codes < 0, codes < 0)
    assert_array_equal(np.sort(shuffled.codes, axis=0), np.sort(codes, axis=0))
    assert shuffled.classes == tuple("abcd")
    assert_array_equal(codes, before)


def test_agents_are_shuffled_independently():
    same = np.repeat(np.arange(200)[:, None] % 4, 2, axis=1)
    shuffled = shuffle_labels(Labels(same, tuple("abcd")), np.arange(200), np.random.default_rng(0)).codes
    assert abs((shuffled[:, 0] == shuffled[:, 1]).mean() - 0.25) < 0.1
    assert abs((shuffled[:, 0] == same[:, 0]).mean() - 0.25) < 0.1


def test_labels_of_one_prompt_change_places_together():
    block = np.array([0, 1, 0, 2, 1, 3, 4, 4, 5])
    labels = Labels(block[:, None] + [0, 10], tuple("abcdefghijklmnop"))  # an agent answers a prompt alike each time
    shuffled = shuffle_labels(labels, block, np.random.default_rng(1)).codes
    for number in (0, 1, 4):
        assert (shuffled[block == number] == shuffled[block == number][0]).all()
    assert (shuffled != labels.codes).any(axis=0).all()


def test_agents_that_answer_prompts_by_chance_but_alike_each_time_show_no_signal():
    """Every prompt comes three times. Shuffled one by one, the labels would show signal in most runs."""
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        labels = Labels(np.tile(rng.integers(2, size=(12, 2)), (3, 1)), ("no", "yes"))

        def agreement(seen):
            return np.array([abs((seen.codes[:, 0] == seen.codes[:, 1]).mean() - 0.5)])

        null = shuffled_scores(agreement, labels, np.tile(np.arange(12), 3), shuffles=99, rng=rng)
        found += exceedance_p(agreement(labels), null)[0] <= 0.05
    assert found <= 6


def test_every_shuffle_is_a_new_one():
    labels = Labels(np.arange(12).reshape(6, 2) % 4, tuple("abcd"))
    drawn = shuffled_scores(
        lambda seen: seen.codes[:, 0], labels, np.arange(6), shuffles=9, rng=np.random.default_rng(0)
    )
    assert drawn.shape == (9, 6)
    assert len({tuple(row) for row in drawn}) > 5


@pytest.mark.parametrize(("observed", "p"), [(5.0, 0.2), (3.0, 0.4), (0.0, 1.0), (NAN, NAN)])
def test_an_exceedance_counts_the_observed_value_as_one_draw(observed, p):
    assert_allclose(exceedance_p(np.array([observed]), np.array([[0.0], [1.0], [2.0], [3.0]])), [p])
