"""How many more tasks would tell two agents apart: numbers worked by hand, and whether it comes true."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from elicit.estimators.bootstrap import bootstrap_weights, weighted_means
from elicit.estimators.ranks import interval
from elicit.estimators.separation import more_tasks

SPREAD, RESAMPLES = 1.0, 400


def asked(difference, low, high, n_tasks):
    """For one difference."""
    values = (np.array([float(value)]) for value in (difference, low, high))
    return more_tasks(*values, n_tasks=np.array([n_tasks]))[0]


@pytest.mark.parametrize(
    ("difference", "low", "high", "n_tasks", "more"),
    [
        (0.1, -0.1, 0.4, 100, 300),  # half the length takes four times the tasks
        (-0.1, -0.4, 0.1, 100, 300),
        (0.2, -0.1, 0.5, 40, 50),  # (3/2)^2 * 40 = 90
        (0.3, -0.01, 0.61, 10, 1),  # 10.68 in all
        (0.2, 0.05, 0.35, 40, 0),
        (-0.2, -0.35, -0.05, 40, 0),
        (0.2, 0.0, 0.4, 40, 0),
    ],
)
def test_the_side_towards_0_narrows_with_the_square_root_of_the_number_of_tasks(difference, low, high, n_tasks, more):
    assert asked(difference, low, high, n_tasks) == more


def test_no_number_of_tasks_tells_apart_what_does_not_differ_or_is_not_known():
    nan = np.nan
    difference, low, high = np.array([0.0, nan, 0.1]), np.array([-0.1, nan, nan]), np.array([0.1, nan, nan])
    assert_array_equal(more_tasks(difference, low, high, n_tasks=np.full(3, 50)), [nan, nan, nan])


def intervals(difference, n_tasks, runs, rng):
    """Means (runs,) of paired differences with this mean in expectation, and their bootstrap intervals."""
    by_task = rng.normal(difference, SPREAD, size=(n_tasks, runs))
    drawn = weighted_means(by_task, bootstrap_weights(np.arange(n_tasks), RESAMPLES, rng))
    return by_task.mean(axis=0), *interval(drawn)


def test_with_so_many_more_tasks_half_of_all_runs_separate_two_agents_and_with_twice_as_many_four_of_five():
    rng = np.random.default_rng(5)
    difference, n_tasks, runs = 0.2, 40, 400
    half = 1.96 * SPREAD / np.sqrt(n_tasks)
    whole = n_tasks + int(asked(difference, difference - half, difference + half, n_tasks))
    assert whole == 97  # (1.96 / 0.2)^2, rounded up
    separated = {}
    for size in (n_tasks, whole, 2 * whole):
        _, low, high = intervals(difference, size, runs, rng)
        separated[size] = np.mean((low > 0) | (high < 0))
    assert separated[n_tasks] < 0.35
    assert 0.42 < separated[whole] < 0.6
    assert 0.72 < separated[2 * whole] < 0.88


@pytest.mark.drill
def test_what_a_single_run_says_is_about_right_where_its_difference_is():
    rng = np.random.default_rng(6)
    mean, low, high = intervals(0.2, 40, 4000, rng)
    near = np.abs(mean - 0.2) < 0.02
    said = 40 + more_tasks(mean[near], low[near], high[near], n_tasks=np.full(near.sum(), 40))
    assert near.sum() > 300
    assert 85 < np.median(said) < 110  # 96 in truth
