"""Which peers have how much say: means by hand, the softmax fixed point, clones that share one vote."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.peers import Peers, cluster_votes, effective_number, mean_over_peers, softmax_weights

NAN = np.nan


def generic(seed, n=6):
    """What n agents of different quality earn from each other; NaN on the diagonal."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    pairwise = quality[:, None] + 0.3 * quality + rng.normal(scale=0.2, size=(n, n))
    np.fill_diagonal(pairwise, NAN)
    return pairwise


def strangers(n, *, softmax, shared=None):
    """Peers without clones."""
    return Peers(np.arange(n), np.ones(n), np.ones((n, n)) if shared is None else shared, softmax)


# On matrices without structure, and on rare ones with it, the steps do not settle; on these they do.
seeds = st.integers(0, 28)
both_weightings = pytest.mark.parametrize("softmax", [False, True], ids=["uniform", "softmax"])


# --- means ----------------------------------------------------------------------------------------------------------


def test_the_mean_over_peers_weighs_votes_and_shared_tasks():
    pairwise = np.array([[NAN, 1.0, 4.0], [2.0, NAN, 6.0], [NAN, 3.0, NAN]])
    shared = np.array([[0.0, 2.0, 1.0], [2.0, 0.0, 3.0], [1.0, 3.0, 0.0]])
    weight = np.array([0.2, 0.3, 0.5])
    first = (0.3 * 2 * 1 + 0.5 * 1 * 4) / (0.3 * 2 + 0.5 * 1)
    second = (0.2 * 2 * 2 + 0.5 * 3 * 6) / (0.2 * 2 + 0.5 * 3)
    assert_allclose(mean_over_peers(pairwise, shared, weight), [first, second, 3.0])


def test_a_peer_that_was_not_scored_has_no_say():
    pairwise = np.array([[NAN, 5.0, NAN], [1.0, NAN, 2.0], [NAN, NAN, NAN]])
    assert_allclose(mean_over_peers(pairwise, np.ones((3, 3)), np.full(3, 1 / 3)), [5.0, 1.5, NAN])


@both_weightings
def test_a_pair_that_shares_no_task_counts_for_nothing(softmax):
    pairwise = generic(1)
    shared = np.ones((6, 6))
    shared[0, 1] = shared[1, 0] = 0
    other = pairwise.copy()
    other[0, 1], other[1, 0] = 1e6, -1e6
    peers = strangers(6, softmax=softmax, shared=shared)
    assert_allclose(peers.scores(other), peers.scores(pairwise), rtol=1e-12)


@both_weightings
def test_an_agent_without_a_comparable_peer_has_no_score_and_disturbs_nobody(softmax):
    pairwise = generic(2, n=5)
    more = np.full((6, 6), NAN)
    more[:5, :5] = pairwise
    scores = strangers(6, softmax=softmax).scores(more)
    assert np.isnan(scores[5])
    assert np.isfinite(scores[:5]).all()
    if not softmax:  # under softmax the stranger stands lowest, which moves everybody's standing
        assert_allclose(scores[:5], strangers(5, softmax=False).scores(pairwise))


# --- the softmax fixed point ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [4, 6, 12, 26])
@given(seed=seeds)
@settings(max_examples=20)
def test_the_softmax_weights_are_a_fixed_point(n, seed):
    pairwise, vote, shared = generic(seed, n), np.ones(n), np.ones((n, n))
    weight = softmax_weights(pairwise, shared, vote)
    score = mean_over_peers(pairwise, shared, weight)
    say = np.exp(2 * (score - score.mean()) / score.std())
    assert_allclose(weight, say / say.sum(), atol=1e-6)
    assert_allclose(weight.sum(), 1)


def test_under_softmax_a_better_agent_has_more_say():
    pairwise = generic(3)
    peers = strangers(6, softmax=True)
    assert_array_equal(np.argsort(peers.weights(pairwise)), np.argsort(peers.scores(pairwise)))


def test_under_softmax_a_junk_peer_cannot_pay_as_much_as_a_good_one():
    """The last agent earns nothing from anybody but pays the first one a fortune."""
    pairwise = generic(4)
    pairwise[5, :5] = -9.0
    pairwise[0, 5] = 3.0
    uniform, softmax = (strangers(6, softmax=softmax).weights(pairwise) for softmax in (False, True))
    assert softmax[5] < uniform[5] / 10


def test_agents_that_all_stand_alike_have_the_same_say():
    pairwise = np.full((4, 4), 0.7)
    np.fill_diagonal(pairwise, NAN)
    assert_allclose(strangers(4, softmax=True).weights(pairwise), 1 / 4)


def test_uniform_peers_all_have_the_same_say():
    assert_allclose(strangers(6, softmax=False).weights(generic(5)), 1 / 6)


# --- laws -----------------------------------------------------------------------------------------------------------


@both_weightings
def test_a_batch_of_matrices_is_scored_as_each_would_be(softmax):
    batch = np.stack([generic(seed) for seed in range(5)])
    batch[2, 0, 3] = NAN  # gaps of its own
    batch[3, :, 1] = batch[3, 1, :] = NAN
    peers = strangers(6, softmax=softmax, shared=np.random.default_rng(0).integers(1, 9, (6, 6)).astype(float))
    assert_allclose(peers.scores(batch), [peers.scores(matrix) for matrix in batch], rtol=1e-12)
    assert_allclose(peers.weights(batch), [peers.weights(matrix) for matrix in batch], rtol=1e-12)


@both_weightings
@given(seed=seeds, order=st.permutations(range(6)))
@settings(max_examples=30)
def test_the_order_of_agents_does_not_matter(softmax, seed, order):
    pairwise, order = generic(seed), np.array(order)
    peers = Peers(np.array([0, 1, 1, 2, 3, 4]), np.array([1.0, 1, 0, 1, 1, 1]), np.ones((6, 6)), softmax)
    moved = replace(peers, cluster=peers.cluster[order], vote=peers.vote[order])
    assert_allclose(moved.scores(pairwise[np.ix_(order, order)]), peers.scores(pairwise)[order], rtol=1e-9)


@both_weightings
@given(seed=seeds, scale=st.floats(0.01, 100), shift=st.floats(-10, 10))
@settings(max_examples=30)
def test_the_unit_and_the_zero_of_pay_do_not_change_who_has_say(softmax, seed, scale, shift):
    pairwise = generic(seed)
    peers = strangers(6, softmax=softmax)
    assert_allclose(peers.scores(scale * pairwise + shift), scale * peers.scores(pairwise) + shift, atol=1e-6 * scale)


# --- clones ---------------------------------------------------------------------------------------------------------


@both_weightings
def test_clones_do_not_pay_each_other(softmax):
    pairwise = generic(6)
    peers = Peers(np.array([0, 0, 1, 2, 3, 4]), np.array([1.0, 0, 1, 1, 1, 1]), np.ones((6, 6)), softmax)
    bribed = pairwise.copy()
    bribed[0, 1] = bribed[1, 0] = 1e6
    assert_allclose(peers.scores(bribed), peers.scores(pairwise), rtol=1e-12)


@both_weightings
@given(seed=seeds, copied=st.integers(0, 5))
@settings(max_examples=30)
def test_an_exact_copy_changes_nobodys_score(softmax, seed, copied):
    pairwise = generic(seed)
    members = np.append(np.arange(6), copied)
    with_copy = pairwise[np.ix_(members, members)]
    with_copy[6, copied] = with_copy[copied, 6] = 99.0  # what a copy tells about itself
    shared = np.ones((7, 7))
    peers = Peers(members, cluster_votes(with_copy, shared, members), shared, softmax)
    before = strangers(6, softmax=softmax).scores(pairwise)
    assert_allclose(peers.scores(with_copy), before[members], atol=1e-9)


def test_the_member_that_tells_most_about_others_votes_for_its_cluster():
    pairwise = np.array(
        [[NAN, 9, 1, 2], [9, NAN, 4, 5], [1, 1, NAN, 1], [1, 1, 1, NAN]],
    )
    assert_array_equal(cluster_votes(pairwise, np.ones((4, 4)), np.array([0, 0, 1, 2])), [0, 1, 1, 1])


def test_a_member_without_a_score_votes_only_where_no_other_can():
    pairwise = np.array([[NAN, NAN, NAN], [NAN, NAN, 1], [NAN, 1, NAN]])
    assert_array_equal(cluster_votes(pairwise, np.ones((3, 3)), np.array([0, 0, 1])), [0, 1, 1])
    assert_array_equal(cluster_votes(np.full((2, 2), NAN), np.ones((2, 2)), np.array([0, 0])), [1, 0])


@given(seeds, st.integers(1, 4))
@settings(max_examples=30)
def test_members_without_a_vote_say_nothing(seed, voter):
    pairwise = generic(seed)
    vote = np.zeros(6)
    vote[[0, voter, 5]] = 1
    assume(voter not in (0, 5))
    for softmax in (False, True):
        weight = Peers(np.arange(6), vote, np.ones((6, 6)), softmax).weights(pairwise)
        assert_array_equal(weight[vote == 0], 0)
        assert_allclose(weight.sum(), 1)


def test_a_pool_of_clones_only_scores_nobody():
    peers = Peers(np.zeros(3, dtype=int), np.array([1.0, 0, 0]), np.ones((3, 3)), softmax=True)
    assert np.isnan(peers.scores(generic(7, n=3))).all()


@pytest.mark.parametrize(("weight", "number"), [([0.25] * 4, 4), ([1, 0, 0], 1), ([2, 1, 1], 16 / 6)])
def test_the_effective_number_is_that_of_equal_weights_that_spread_as_far(weight, number):
    assert_allclose(effective_number(np.array(weight, dtype=float)), number)


# --- additive -------------------------------------------------------------------------------------------------------


def additive(n, **facts):
    """Additive peers without clones."""
    return replace(strangers(n, softmax=False, **facts), additive=True)


@given(seeds)
def test_where_every_pair_was_scored_additive_peers_change_nothing(seed):
    pairwise = generic(seed)
    assert_allclose(additive(6).scores(pairwise), strangers(6, softmax=False).scores(pairwise), atol=1e-12)


def test_an_agent_that_met_generous_peers_only_is_not_paid_for_that():
    earns, pays = np.array([0.1, 0.5, 0.3, 0.2]), np.array([0.0, 0.9, -0.9, 0.0])
    pairwise = np.add.outer(earns, pays)
    np.fill_diagonal(pairwise, NAN)
    whole = strangers(4, softmax=False).scores(pairwise)
    pairwise[0, 2] = pairwise[1, 3] = NAN  # agent 0 now lacks the miser
    assert strangers(4, softmax=False).scores(pairwise)[0] > whole[0] + 0.4
    assert_allclose(additive(4).scores(pairwise), whole, atol=2e-3)


def test_a_clone_is_no_witness_of_how_generous_its_peers_are():
    pairwise = generic(3)
    pairwise[0, 3] = pairwise[4, 1] = NAN
    with_copy = np.pad(pairwise, (0, 1), mode="edge")
    with_copy[6, :6], with_copy[:6, 6], with_copy[6, 6] = pairwise[0], pairwise[:, 0], NAN
    with_copy[0, 6] = with_copy[6, 0] = 9.0
    cluster, vote = np.array([0, 1, 2, 3, 4, 5, 0]), np.array([1.0, 1, 1, 1, 1, 1, 0])
    peers = replace(additive(7), cluster=cluster, vote=vote)
    assert_allclose(peers.scores(with_copy)[:6], additive(6).scores(pairwise), atol=1e-10)


def test_the_weighting_to_compare_with_is_never_the_same():
    uniform, softmax = strangers(3, softmax=False), strangers(3, softmax=True)
    assert [peers.name for peers in (uniform, softmax, additive(3))] == ["uniform", "softmax", "additive"]
    assert [peers.other.name for peers in (uniform, softmax, additive(3))] == ["softmax", "uniform", "uniform"]
