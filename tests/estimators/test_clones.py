"""Copies are found, natural pairs are not, and what is unknown is no clone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.clones import (
    LABELS_WAY,
    clone_clusters,
    label_agreement,
    lower_quartile,
    majority_codes,
    single_link,
    told_share,
)
from elicit.evidence import Labels

NAN = np.nan


def similarities(n, pairs, *, ordinary=0.2):
    """An n-agent pool where every pair is ordinary but for the pairs given."""
    similarity = np.full((n, n), ordinary)
    np.fill_diagonal(similarity, 1.0)
    for (i, j), value in pairs.items():
        similarity[i, j] = similarity[j, i] = value
    return similarity


# --- clusters -------------------------------------------------------------------------------------------------------


def test_an_exact_copy_joins_its_original_and_nobody_else():
    assert_array_equal(clone_clusters(similarities(5, {(1, 3): 1.0})), [0, 1, 2, 1, 3])


@pytest.mark.parametrize(("similarity", "linked"), [(0.59, False), (0.61, True)])
def test_clones_stand_half_way_from_an_ordinary_pair_to_identity(similarity, linked):
    """Ordinary 0.2: half way is 0.6."""
    cluster = clone_clusters(similarities(5, {(0, 4): similarity}))
    assert (cluster[0] == cluster[4]) == linked


@pytest.mark.parametrize(("similarity", "linked"), [(0.83, False), (0.85, True)])
def test_the_part_of_the_way_can_be_set(similarity, linked):
    cluster = clone_clusters(similarities(5, {(0, 4): similarity}), way=0.8)
    assert (cluster[0] == cluster[4]) == linked


def test_natural_pairs_are_no_clones():
    rng = np.random.default_rng(0)
    similarity = rng.uniform(0.1, 0.45, (20, 20))
    assert_array_equal(clone_clusters((similarity + similarity.T) / 2), np.arange(20))


def test_a_chain_of_clones_is_one_cluster():
    similarity = similarities(7, {(4, 2): 0.9, (2, 6): 0.9, (0, 6): 0.9, (1, 5): 0.9})
    assert_array_equal(clone_clusters(similarity), [0, 1, 0, 2, 0, 1, 0])


def test_where_all_responses_are_identical_all_agents_are_clones():
    assert_array_equal(clone_clusters(np.ones((4, 4))), [0, 0, 0, 0])


def test_two_agents_are_clones_only_if_identical():
    assert_array_equal(clone_clusters(similarities(2, {(0, 1): 1.0})), [0, 0])
    assert_array_equal(clone_clusters(similarities(2, {(0, 1): 0.9})), [0, 1])


def test_copies_do_not_lift_the_ordinary_pair_until_they_are_most_pairs():
    copies = {(i, j): 1.0 for i in range(6) for j in range(i)}  # 15 of 36 pairs
    assert_array_equal(clone_clusters(similarities(9, copies | {(7, 8): 0.61})), [0, 0, 0, 0, 0, 0, 1, 2, 2])


def test_unknown_agents_are_no_clones():
    similarity = similarities(4, {(0, 1): 1.0})
    similarity[3, :] = similarity[:, 3] = NAN
    assert_array_equal(clone_clusters(similarity), [0, 0, 1, 2])
    assert_array_equal(clone_clusters(np.full((3, 3), NAN)), [0, 1, 2])


def test_a_similarity_below_nothing_counts_as_nothing():
    assert_array_equal(clone_clusters(similarities(5, {(0, 1): 0.49}, ordinary=-3.0)), np.arange(5))
    assert_array_equal(clone_clusters(similarities(5, {(0, 1): 0.51}, ordinary=-3.0)), [0, 0, 1, 2, 3])


@given(st.integers(2, 7), st.data())
def test_single_link_numbers_the_connected_agents_alike(n, data):
    edges = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=n))
    linked = np.eye(n, dtype=bool)
    for i, j in edges:
        linked[i, j] = linked[j, i] = True
    reachable = np.linalg.matrix_power(linked.astype(int), n) > 0
    cluster = single_link(linked)
    assert_array_equal(cluster[:, None] == cluster, reachable)
    first_seen = list(dict.fromkeys(cluster.tolist()))
    assert first_seen == list(range(len(first_seen)))


# --- responses ------------------------------------------------------------------------------------------------------


def joint_gains(n_tasks, told):
    """Joint gains of two agents that tell 10 nats about themselves, and `told` of each other."""
    return np.full((n_tasks, 2, 2), told) + (10 - told) * np.eye(2)


def test_the_told_share_is_what_a_response_tells_of_another_beside_what_it_tells_of_itself():
    assert_allclose(told_share(joint_gains(5, 4.0)), [[1, 0.4], [0.4, 1]])


def test_a_copy_that_adds_text_of_its_own_still_tells_its_original():
    gain = joint_gains(6, 10.0)
    gain[:, 1, 1] = 40.0  # the copy says more than the original does
    assert_allclose(told_share(gain)[0, 1], 1)


def test_what_is_told_is_measured_by_what_the_told_response_tells_about_itself():
    """The first tells 20 of the second's 40 nats, which tells 3 of the first's 10."""
    assert_allclose(told_share(np.tile([[10.0, 20.0], [3.0, 40.0]], (5, 1, 1))), [[1, 0.5], [0.5, 1]])


def test_a_few_tasks_with_one_obvious_answer_do_not_make_clones():
    gain = joint_gains(8, 2.0)
    gain[:5] = 10.0
    assert_allclose(told_share(gain)[0, 1], 0.2)


def test_a_few_tasks_that_differ_do_not_hide_a_copy():
    gain = joint_gains(20, 10.0)
    gain[:4] = joint_gains(4, 0.0)
    assert_allclose(told_share(gain)[0, 1], 1)


@pytest.mark.parametrize(("n_tasks", "known"), [(4, False), (5, True)])
def test_four_shared_tasks_tell_nothing_about_cloning(n_tasks, known):
    gain = joint_gains(9, 10.0)
    gain[n_tasks:, 0, 1] = gain[n_tasks:, 1, 0] = NAN
    assert np.isfinite(told_share(gain)[0, 1]) == known


def test_a_response_that_tells_nothing_about_itself_takes_no_part():
    gain = joint_gains(7, 5.0)
    gain[0] = 0.0
    gain[1] = -1.0
    assert_allclose(told_share(gain), [[1, 0.5], [0.5, 1]])


@given(arrays(float, (7, 4), elements=st.floats(-5, 5) | st.just(NAN)))
def test_the_lower_quartile_is_that_of_the_known_values(values):
    for column, quartile in zip(values.T, lower_quartile(values), strict=True):
        known = column[~np.isnan(column)]
        assert_allclose(quartile, np.quantile(known, 0.25) if known.size else NAN, atol=1e-12)


# --- labels ---------------------------------------------------------------------------------------------------------


def crowd(m=60, n=5, *, correct=0.7, seed=0):
    """Labels in four classes of agents that find the truth independently, as often as `correct` says."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(4, size=(m, 1))
    wrong = (truth + rng.integers(1, 4, size=(m, n))) % 4
    return Labels(np.where(rng.random((m, n)) < correct, truth, wrong), tuple("abcd"))


def test_an_agent_that_copies_labels_is_found_among_good_agents():
    codes = crowd().codes
    with_copy = Labels(np.column_stack([codes, codes[:, 2]]), tuple("abcd"))
    assert_array_equal(clone_clusters(label_agreement(with_copy), LABELS_WAY), [0, 1, 2, 3, 4, 2])


def test_an_agent_that_copies_nearly_all_labels_is_found():
    codes = crowd(m=200).codes
    copy = np.where(np.arange(200) % 50 == 0, (codes[:, 2] + 1) % 4, codes[:, 2])
    with_copy = Labels(np.column_stack([codes, copy]), tuple("abcd"))
    assert_array_equal(clone_clusters(label_agreement(with_copy), LABELS_WAY), [0, 1, 2, 3, 4, 2])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("correct", [0.3, 0.7, 0.95])
def test_agents_that_are_good_on_their_own_are_no_clones(correct, seed):
    agreement = label_agreement(crowd(correct=correct, seed=seed))
    assert_array_equal(clone_clusters(agreement, LABELS_WAY), np.arange(5))


def test_agreement_on_three_tasks_proves_nothing():
    codes = np.column_stack([crowd().codes, np.full((60, 1), -1)])
    codes[:3, 5] = codes[:3, 2]
    assert_array_equal(clone_clusters(label_agreement(Labels(codes, tuple("abcd"))), LABELS_WAY), np.arange(6))


def test_agents_that_share_no_task_have_no_agreement():
    codes = crowd(m=20, n=3).codes.copy()
    codes[:10, 0] = -1
    codes[10:, 1] = -1
    agreement = label_agreement(Labels(codes, tuple("abcd")))
    assert np.isnan(agreement[0, 1])
    assert np.isfinite(agreement[0, 2])


def test_where_siding_with_the_majority_explains_everything_nothing_is_known():
    same = np.repeat(np.arange(12)[:, None] % 4, 3, axis=1)
    assert np.isnan(label_agreement(Labels(same, tuple("abcd")))).all()


@pytest.mark.parametrize("n_classes", [2, 5])
def test_label_agreement_by_hand(n_classes):
    """Ten tasks; a and b agree on 8, and with the majority on 8 each."""
    truth = np.array([0, 1] * 5)
    a, b = truth.copy(), truth.copy()
    a[[0, 1]] = 1 - a[[0, 1]]
    b[[0, 2]] = 1 - b[[0, 2]]
    others = [np.where(np.arange(10) == wrong, 1 - truth, truth) for wrong in (7, 8, 9)]
    labels = Labels(np.column_stack([a, b, *others]), tuple("abcde"[:n_classes]))
    expected = 0.8 * 0.8 + 0.2 * 0.2 / (n_classes - 1)
    z = 1.96
    low = (8 + z**2 / 2 - z * np.sqrt(8 * 2 / 10 + z**2 / 4)) / (10 + z**2)
    assert_allclose(label_agreement(labels)[0, 1], (low - expected) / (1 - expected))


@pytest.mark.parametrize(("copied", "clone"), [(0.5, False), (0.8, False), (1.0, True)])
def test_an_agent_that_copies_some_labels_is_no_clone(copied, clone):
    codes = crowd(m=400, correct=0.5).codes
    own = crowd(m=400, correct=0.5, seed=9).codes[:, 0]
    partly = np.where(np.arange(400) % 10 < 10 * copied, codes[:, 2], own)
    cluster = clone_clusters(label_agreement(Labels(np.column_stack([codes, partly]), tuple("abcd"))), LABELS_WAY)
    assert (cluster[5] == cluster[2]) == clone


def test_the_majority_is_the_commonest_label_given():
    codes = np.array([[0, 1, 1, -1], [2, 2, 0, 0], [-1, -1, -1, 1]])
    assert_array_equal(majority_codes(Labels(codes, tuple("abc"))), [1, 0, 1])


def test_copies_are_no_majority():
    codes = np.array([[0, 0, 0, 1, 1], [2, 2, 2, 1, 0]])
    assert_array_equal(majority_codes(Labels(codes, tuple("abc"))), [1, 0])


def test_ten_copies_do_not_make_the_majority_that_explains_them():
    codes = crowd(m=100).codes
    with_copies = Labels(np.column_stack([codes, *[codes[:, 2]] * 10]), tuple("abcd"))
    assert_array_equal(clone_clusters(label_agreement(with_copies), LABELS_WAY), [0, 1, 2, 3, 4, *[2] * 10])
