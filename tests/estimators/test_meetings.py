"""Who met whom, by rows and by tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from elicit.estimators.meetings import meetings
from elicit.evidence import Gains, PairScores


def of_rows(agent, task, peer, peer_task, *, n, m):
    columns = (np.array(column, dtype=np.int64) for column in (agent, task, peer, peer_task))
    return meetings(PairScores(n, m, *columns, score=np.ones(len(agent)), weight=np.ones(len(agent))))


def of_gains(gain):
    return meetings(Gains(gain, np.zeros(gain.shape[:2])))


def test_a_pair_scored_in_both_orders_and_twice_has_met_once():
    met = of_rows([0, 1, 0], [0, 0, 0], [1, 0, 1], [0, 0, 0], n=3, m=1)
    assert met.by_response.tolist() == [[1, 1, 0]]
    assert met.by_pair.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_a_contrast_pair_is_no_meeting():
    assert not of_rows([0], [0], [1], [1], n=2, m=2).by_pair.any()


@given(st.integers(0, 1000))
def test_rows_and_gains_tell_the_same(seed):
    rng = np.random.default_rng(seed)
    gain = np.where(rng.random((3, 4, 4)) < 0.3, 1.0, np.nan)
    task, agent, peer = np.nonzero(~np.isnan(gain))
    by_rows, by_gains = of_rows(agent, task, peer, task, n=4, m=3), of_gains(gain)
    assert_array_equal(by_rows.by_response, by_gains.by_response)
    assert_array_equal(by_rows.by_pair, by_gains.by_pair)


def test_shares_are_of_the_responses_and_agents_that_met_anybody():
    met = of_rows([0, 1, 0], [0, 0, 1], [1, 2, 1], [0, 0, 1], n=4, m=2)
    assert met.share == pytest.approx(3 / 4)  # of three pairs on the first task two, of one on the second one
    assert met.share_of_agents == pytest.approx(2 / 3)


def test_nothing_scored_has_no_share():
    met = of_gains(np.full((2, 3, 3), np.nan))
    assert np.isnan(met.share)
    assert np.isnan(met.share_of_agents)


def test_agents_that_third_ones_connect_are_one_group():
    met = of_rows([0, 1, 3], [0, 1, 0], [1, 2, 4], [0, 1, 0], n=5, m=2)
    assert met.groups.tolist() == [0, 0, 0, 3, 3]
