"""Several scorers as one: on one scale, within the task, and never out of what is missing."""

import numpy as np
from numpy.testing import assert_allclose

from elicit.estimators.combined import combined


def test_the_units_of_a_scorer_do_not_matter():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 6, 4))
    assert_allclose(combined([one, other]), combined([1000 * one - 7, other]))


def test_a_task_that_a_scorer_finds_easy_outweighs_no_other():
    scores = np.array([[1.0, 2.0], [100.0, 200.0]])
    assert_allclose(combined([scores]), [[-1, 1], [-1, 1]])


def test_a_response_that_a_scorer_could_not_score_stays_missing():
    found = combined([np.array([[1.0, 2.0, np.nan]]), np.array([[1.0, 2.0, 3.0]])])
    assert np.isnan(found[0]).tolist() == [False, False, True]


def test_a_task_on_which_all_are_alike_tells_nothing():
    assert_allclose(combined([np.full((1, 3), 0.1 + 0.2)]), 0)
