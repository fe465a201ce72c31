"""What tasks do to scores: what they pay where scores are means, and more where they are learned from."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators import jackknife
from elicit.estimators.bootstrap import weighted_means
from elicit.estimators.jackknife import pseudo_values


def values_with_holes():
    values = np.random.default_rng(0).normal(size=(12, 3))
    values[:5, 1] = np.nan
    return values


def of_means(values):
    ones = np.ones((1, len(values)))
    return pseudo_values(
        lambda weights: weighted_means(values, weights), weighted_means(values, ones)[0], ~np.isnan(values)
    )


def test_of_means_they_are_what_each_task_pays_and_missing_where_it_is():
    values = values_with_holes()
    assert_allclose(of_means(values), values, atol=1e-12)


def test_a_batch_at_a_time_they_are_the_same(monkeypatch):
    values = values_with_holes()
    whole = of_means(values)
    monkeypatch.setattr(jackknife, "LARGEST_BATCH", 60)  # five tasks at a time, and two at last
    assert_array_equal(of_means(values), whole)


def test_their_mean_is_the_score_even_of_a_statistic_that_is_biased():
    values = np.random.default_rng(1).normal(size=(20, 2))

    def squared(weights):
        return weighted_means(values, weights) ** 2

    score = squared(np.ones((1, 20)))[0]
    assert_allclose(pseudo_values(squared, score, np.ones((20, 2), dtype=bool)).mean(axis=0), score)


def test_a_ratio_spreads_as_much_as_it_varies_from_sample_to_sample():
    """Ten times as many tasks in the numerator as in the denominator: what the few say moves the score most."""
    rng = np.random.default_rng(2)

    def sample():
        joint, contrast = rng.normal(size=200), np.where(np.arange(200) % 10 == 0, rng.normal(size=200), np.nan)
        return np.column_stack([joint, contrast])

    def advantage(values):
        return lambda weights: weighted_means(values, weights) @ np.array([[1.0], [-1.0]])

    ones, there = np.ones((1, 200)), np.ones((200, 1), dtype=bool)
    samples = [sample() for _ in range(300)]
    scores = [advantage(values)(ones)[0] for values in samples]
    spread = [pseudo_values(advantage(v), s, there).std() / np.sqrt(200) for v, s in zip(samples, scores, strict=True)]
    assert np.mean(spread) == pytest.approx(np.std(scores), rel=0.15)


def test_an_agent_that_has_no_score_without_one_task_is_not_pulled_by_it():
    values = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, np.nan]])
    found = of_means(values)
    assert_allclose(found[:, 0], [1, 2, 3])
    assert_array_equal(found[:, 1], [5.0, np.nan, np.nan])
