"""Ability and difficulty: recovered from part of the cells, and honest about what cannot be compared."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from elicit.estimators.additive import connected, curl, fit_additive, generosity


def additive_scores(rng, n_tasks=40, n_agents=8):
    ability, difficulty = rng.normal(size=n_agents), rng.normal(size=n_tasks)
    return ability - ability.mean(), ability - difficulty[:, None]


def test_a_third_of_the_cells_gives_every_ability_back():
    rng = np.random.default_rng(0)
    ability, scores = additive_scores(rng)
    scores[rng.random(scores.shape) > 1 / 3] = np.nan
    assert_allclose(fit_additive(scores).ability, ability, atol=1e-6)


def test_agents_that_were_asked_other_tasks_are_not_blamed_for_hard_ones():
    rng = np.random.default_rng(1)
    ability, scores = additive_scores(rng, n_agents=2)
    hard = scores.mean(axis=1) < np.median(scores.mean(axis=1))
    scores[hard, 0] = np.nan
    scores[np.flatnonzero(~hard)[:15], 1] = np.nan
    means = np.nanmean(scores, axis=0)
    assert abs((means[0] - means[1]) - (ability[0] - ability[1])) > 0.5
    assert_allclose(fit_additive(scores).ability, ability, atol=1e-6)


def test_agents_that_no_shared_task_connects_are_unknown():
    scores = np.full((4, 5), np.nan)
    scores[:2, :3], scores[2:, 3:] = 1.0, 0.0
    assert connected(~np.isnan(scores)).tolist() == [0, 0, 0, 3, 3]
    assert np.isnan(fit_additive(scores).ability).tolist() == [False] * 3 + [True] * 2


def test_a_fit_is_clipped_to_the_range_of_scores():
    model = fit_additive(np.array([[1.0, 0.9], [0.2, np.nan]]))
    assert model.fitted().max() > 0.9
    assert_allclose(model.fitted(low=0, high=0.5).max(), 0.5)


def test_curl_is_nothing_on_an_additive_surface_and_something_on_a_bent_one():
    rng = np.random.default_rng(2)
    _, scores = additive_scores(rng)
    assert curl(scores, rng).max() < 1e-12
    assert np.median(curl(1 / (1 + np.exp(-3 * scores)), rng)) > 0.05


def test_curl_leaves_rectangles_with_a_hole_out():
    scores = np.array([[0.0, 1.0, np.nan], [1.0, 3.0, 9.0]])
    assert_allclose(curl(scores, np.random.default_rng(3)), 1.0)


def a_ring(n, *, reach):
    """Weights (n, n) of pairs of agents that sit at most so far apart, 0 of others."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return ((apart > 0) & (np.minimum(apart, n - apart) <= reach)).astype(float)


def test_pairs_compared_unevenly_give_the_generosity_of_every_peer_back():
    rng = np.random.default_rng(4)
    earns, pays = rng.normal(0.3, 0.1, size=9), rng.normal(0, 0.1, size=9)
    weights = a_ring(9, reach=2) * rng.integers(1, 5, size=(9, 9))
    pairwise = np.where(weights > 0, np.add.outer(earns, pays), np.nan)
    assert_allclose(generosity(pairwise, weights, ridge=0.0), pays - pays.mean(), atol=1e-10)
    assert_allclose(generosity(pairwise, weights), pays - pays.mean(), atol=1e-3)


def test_what_pairs_leave_open_is_no_difference_in_generosity():
    star = np.full((4, 4), np.nan)
    star[0, 1:], star[1:, 0] = [0.1, 0.2, 0.6], [0.1, 0.2, 0.6]
    pays = generosity(star, np.ones((4, 4)))
    assert abs(pays[0]) < 1e-9
    assert_allclose(pays[1:], [-0.2, -0.1, 0.3], atol=1e-3)


def test_a_batch_of_pairs_with_holes_of_their_own_is_as_one_by_one():
    rng = np.random.default_rng(5)
    batch = rng.normal(size=(3, 6, 6))
    batch[rng.random(batch.shape) < 0.2] = np.nan
    weights = 1.0 - np.eye(6)
    assert_allclose(generosity(batch, weights), [generosity(one, weights) for one in batch], atol=1e-12)


def test_peers_that_pay_nobody_are_as_generous_as_usual():
    assert generosity(np.full((3, 3), np.nan), np.ones((3, 3))).tolist() == [0.0, 0.0, 0.0]
    alone = np.array([[np.nan, 0.5, np.nan], [0.5, np.nan, np.nan], [np.nan] * 3])
    assert_allclose(generosity(alone, np.ones((3, 3))), 0.0, atol=1e-12)


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_weights_count_as_repetitions(scale):
    scores = np.array([[1.0, 0.0], [0.5, 0.4], [0.2, np.nan]])
    weights = np.array([[3.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
    one, other = fit_additive(scores, weights), fit_additive(scores, weights * scale)
    assert_allclose(one.ability, other.ability, atol=1e-8)
