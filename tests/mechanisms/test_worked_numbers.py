"""The numbers of the literature and of paper and pencil, each mechanism on cases small enough to check by hand."""

from itertools import combinations, product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from elicit.errors import InvalidEvaluation
from elicit.evidence import Forecasts, Gains, Labels, PairScores, raised_to_floor
from elicit.mechanisms import MECHANISMS
from elicit.mechanisms.peer_truth_serum import peer_truth_serum
from elicit.mechanisms.surprisingly_popular import surprisingly_popular_answers

A = (1, 1, 1, 1, 0, 0, 0, 0, 1, 0)
B = (1, 1, 1, 0, 0, 0, 0, 1, 1, 0)
INFORMATION = ("tvd", "kl", "chi2", "correlated_agreement", "dmi")


def pay(mechanism, *agents, n_classes=2):
    """What the first two agents earn from each other, each agent given as its labels."""
    labels = Labels(np.array(agents).T, tuple("abcde"[:n_classes]))
    return MECHANISMS[mechanism].pairwise(labels)[0, 1]


def population_pay(mechanism, joint, *, n_tasks=1e9):
    """The same for two agents whose labels meet exactly as often as `joint` (C, C) says, on very many tasks.

    Each cell is one task of that weight; the list comes twice, so that both blocks of dmi hold the population.
    """
    codes = np.indices(np.shape(joint)).reshape(2, -1).T
    labels = Labels(np.vstack([codes, codes]), tuple("abcde"[: len(joint)]))
    return MECHANISMS[mechanism].pairwise(labels, np.tile(np.ravel(joint), 2) * n_tasks)[0, 1]


@pytest.mark.parametrize(
    ("mechanism", "value"),
    [
        ("output_agreement", 0.8),
        ("correlated_agreement", 0.3),
        ("tvd", 0.3),
        ("kl", 0.192745),
        ("chi2", 0.36),
        ("hellinger", 0.0513167),
        ("jensen_shannon", 0.0506718),
        ("kl_corrected", 0.142745),
        ("dasgupta_ghosh", 0.3),
        ("peer_truth_serum", 0.6),
        ("tvd_cross_fitted", 0.24),
        ("correlated_agreement_cross_fitted", 0.24),
        ("dmi", 0.0225),
    ],
)
def test_the_shared_example_pays_what_it_should(mechanism, value):
    assert_allclose(pay(mechanism, A, B), value, atol=5e-7)


def test_the_determinant_of_the_shared_example_is_015():
    assert_allclose(population_pay("dmi", [[0.4, 0.1], [0.1, 0.4]]) ** 0.5, 0.15, atol=1e-8)


@pytest.mark.parametrize(
    ("flip", "tvd", "kl", "chi2", "det"),
    [
        (0, 0.3, 0.1927, 0.36, 0.15),
        (0.1, 0.24, 0.1201, 0.2304, 0.12),
        (0.25, 0.15, 0.0457, 0.09, 0.075),
        (0.5, 0, 0, 0, 0),
    ],
)
def test_a_noisy_channel_costs_what_theory_says(flip, tvd, kl, chi2, det):
    channel = np.array([[1 - flip, flip], [flip, 1 - flip]])
    joint = channel.T @ [[0.4, 0.1], [0.1, 0.4]]
    assert_allclose(population_pay("tvd", joint), tvd, atol=1e-12)
    assert_allclose(population_pay("correlated_agreement", joint), tvd, atol=1e-12)
    assert_allclose(population_pay("kl", joint), kl, atol=5e-5)
    assert_allclose(population_pay("chi2", joint), chi2, atol=1e-12)
    assert_allclose(population_pay("dmi", joint), det**2, atol=1e-8)


THREE_CLASSES = [[0.05, 0.25, 0], [0, 0.05, 0.25], [0.25, 0, 0.15]]


@pytest.mark.parametrize(("mechanism", "value"), [("tvd", 0.42), ("kl", 0.5539), ("chi2", 0.9323), ("dmi", 0.016**2)])
def test_agents_with_different_names_for_the_same_things_are_paid_for_what_they_share(mechanism, value):
    assert_allclose(population_pay(mechanism, THREE_CLASSES), value, atol=5e-5)


def test_dasgupta_ghosh_pays_agents_less_than_nothing_that_name_things_differently():
    assert_allclose(population_pay("dasgupta_ghosh", THREE_CLASSES), -0.09, atol=1e-12)


def test_a_public_prior_pays_the_truth_more_than_the_rarer_label_everywhere():
    prior = np.array([0.7, 0.3])
    told, rare_everywhere = (
        peer_truth_serum(Labels(np.array([report, B]).T, ("no", "yes")), prior=prior)[0, 1]
        for report in (A, np.ones(10, int))
    )
    assert_allclose([told, rare_everywhere], [0.9048, 0.6667], atol=5e-5)


def test_fitting_on_other_tasks_pays_the_shared_example_from_either_half():
    # K is learned from tasks 1-5 and paid on 6-10, then the other way round; both pay .24.
    labels = Labels(np.array([A, B]).T, ("no", "yes"))
    by_task = MECHANISMS["tvd_cross_fitted"].by_task(labels, 0)[:, 1]
    assert_allclose([by_task[5:].mean(), by_task[:5].mean()], [0.24, 0.24], atol=1e-12)


@pytest.mark.parametrize("name", ["tvd", "kl", "chi2"])
@pytest.mark.parametrize(("n_tasks", "n_classes"), [(10, 2), (50, 2), (20, 5)])
def test_noise_is_paid_by_the_plug_in_estimate_and_not_by_the_cross_fitted_one(name, n_tasks, n_classes):
    rng = np.random.default_rng(5)
    noise = Labels(rng.integers(n_classes, size=(n_tasks, 120)), tuple("abcde"[:n_classes]))
    plug_in, fitted = (
        MECHANISMS[mechanism].pairwise(noise)[0::2, 1::2].diagonal() for mechanism in (name, f"{name}_cross_fitted")
    )
    assert plug_in.mean() > 3 * plug_in.std() / np.sqrt(60)
    assert fitted.mean() < 3 * fitted.std() / np.sqrt(60)
    if name == "tvd":  # the others pay for a wrong critic less than nothing
        assert abs(fitted.mean()) < 3 * fitted.std() / np.sqrt(60)


@pytest.mark.parametrize(("n_tasks", "bias"), [(10, 0.064), (20, 0.028), (50, 0.0101), (100, 0.0050)])
def test_the_correction_of_kl_is_the_measured_bias(n_tasks, bias):
    rng = np.random.default_rng(2)
    noise = Labels(rng.integers(2, size=(n_tasks, 200)), ("no", "yes"))
    plug_in, corrected = (np.nanmean(MECHANISMS[name].pairwise(noise)) for name in ("kl", "kl_corrected"))
    assert_allclose(plug_in, bias, rtol=0.15)
    assert abs(corrected) < bias / 4  # it is a first-order correction


def test_correlated_agreement_is_a_lower_bound_of_tvd_when_agents_name_things_differently():
    # One symmetric sign matrix cannot follow a cyclic renaming: it pays .09 of the .42 there is.
    assert_allclose(population_pay("correlated_agreement", THREE_CLASSES), 0.09, atol=1e-12)


@pytest.mark.parametrize("mechanism", INFORMATION)
def test_a_constant_report_carries_no_information(mechanism):
    assert_allclose(pay(mechanism, np.ones(10, int), B), 0, atol=1e-12)
    assert_allclose(pay(mechanism, np.ones(10, int), np.ones(10, int)), 0, atol=1e-12)


@pytest.mark.parametrize("mechanism", ["tvd", "kl", "chi2", "correlated_agreement"])
def test_no_single_task_pays_agents_that_are_exactly_independent(mechanism):
    x, y = np.indices((3, 3)).reshape(2, -1)
    times = np.outer([1, 1, 1], [1, 1, 5]).ravel()  # 1 / 21 comes out larger than 1 / 3 * 1 / 7
    labels = Labels(np.repeat(np.array([x, y]).T, times, axis=0), ("a", "b", "c"))
    assert_allclose(MECHANISMS[mechanism].by_task(labels, 0)[:, 1], 0, atol=1e-12)


@pytest.mark.parametrize("scale", [1 / 3, 2.0**24 + 1, 1e12])
def test_only_the_proportions_of_task_weights_matter_to_the_last_digit(scale):
    labels, weights = Labels(np.array([A, B]).T, ("no", "yes")), np.arange(1.0, 11)
    for mechanism in ("output_agreement", "kl"):
        pairwise = MECHANISMS[mechanism].pairwise
        assert_allclose(pairwise(labels, weights * scale), pairwise(labels, weights), rtol=1e-14)


def test_output_agreement_pays_for_a_constant_report():
    assert pay("output_agreement", np.ones(10, int), B) == 0.5
    assert pay("output_agreement", np.ones(10, int), np.ones(10, int)) == 1


@pytest.mark.parametrize("ones", range(1, 10))
def test_total_variation_of_a_report_with_itself_is_its_gini_entropy(ones):
    report, g = np.arange(10) < ones, ones / 10
    assert_allclose(pay("tvd", report.astype(int), report.astype(int)), 2 * g * (1 - g), atol=1e-12)


def test_flipping_every_bit_costs_a_committed_critic_only():
    """Pays are `1 + information / 2` for a fair bit: 5/4 for the truth; flipped, 3/4 committed, 5/4 re-optimised."""
    bit = np.array([0, 1])
    truthful, flipped = (bit,) * 5, (1 - bit, bit, bit, bit, bit)  # the pool still sets the rule
    for mechanism in ("tvd", "correlated_agreement"):
        assert 1 + pay(mechanism, *truthful) / 2 == 5 / 4
    assert 1 + pay("tvd", *flipped) / 2 == 5 / 4
    assert 1 + pay("correlated_agreement", *flipped) / 2 == 3 / 4


def arrangements():
    """B's labels in all 252 orders."""
    for ones in combinations(range(10), 5):
        yield np.isin(np.arange(10), ones).astype(int)


@pytest.mark.parametrize(("mechanism", "value"), [("tvd", 1 / 7), ("kl", 0.0597247), ("chi2", 1 / 9)])
def test_the_mean_over_all_permutations_is_known(mechanism, value):
    assert_allclose(np.mean([pay(mechanism, A, b) for b in arrangements()]), value, atol=5e-8)


def test_the_permutation_p_value_of_the_shared_example_is_known():
    as_good = [pay("tvd", A, b) >= 0.3 - 1e-12 for b in arrangements()]
    assert_allclose(np.mean(as_good), 0.206349, atol=5e-7)


@pytest.mark.parametrize(
    ("mechanism", "n_classes", "n_tasks", "bias", "digits"),
    [
        ("tvd", 2, 10, 0.119, 3),
        ("tvd", 2, 20, 0.088, 3),
        ("tvd", 2, 50, 0.055, 3),
        ("tvd", 2, 100, 0.039, 3),
        ("tvd", 2, 200, 0.028, 3),
        ("kl", 2, 10, 0.064, 3),
        ("kl", 2, 20, 0.028, 3),
        ("kl", 2, 50, 0.0101, 4),
        ("kl", 2, 100, 0.0050, 4),
        ("kl", 2, 200, 0.0025, 4),
        ("chi2", 2, 10, 0.110, 3),
        ("chi2", 2, 20, 0.053, 3),
        ("chi2", 2, 50, 0.020, 3),
        ("chi2", 2, 100, 0.0100, 4),
        ("chi2", 2, 200, 0.0049, 4),
        ("tvd", 5, 20, 0.347, 3),
        ("tvd", 5, 50, 0.224, 3),
        ("tvd", 5, 200, 0.112, 3),
    ],
)
def test_the_plug_in_bias_of_independent_agents_is_as_published(mechanism, n_classes, n_tasks, bias, digits):
    runs = independent_pays(mechanism, n_classes, n_tasks, seed=n_tasks)
    ours = runs.std(ddof=1) / len(runs) ** 0.5
    published = runs.std(ddof=1) / 4000**0.5
    tolerance = 4 * np.hypot(ours, published) + 0.5 * 10**-digits
    assert abs(runs.mean() - bias) < tolerance


def independent_pays(mechanism, n_classes, n_tasks, *, seed, n_pairs=2000):
    """(n_pairs,) pays of pairs of agents that guess; disjoint pairs out of pools of 20 agents."""
    rng = np.random.default_rng(seed)
    pays = []
    for _ in range(n_pairs // 10):
        labels = Labels(rng.integers(n_classes, size=(n_tasks, 20)), tuple("abcde"[:n_classes]))
        matrix = MECHANISMS[mechanism].pairwise(labels)
        pays.append(matrix[np.arange(0, 20, 2), np.arange(1, 20, 2)])
    return np.concatenate(pays)


@pytest.mark.parametrize("n_tasks", [4, 5])
def test_dmi_is_exactly_unbiased_with_a_handful_of_tasks(n_tasks):
    cells, chance = [(0, 0), (0, 1), (1, 0), (1, 1)], np.array([0.4, 0.1, 0.2, 0.3])
    expected = 0.0
    for drawn in product(range(4), repeat=n_tasks):  # every data set there can be
        expected += chance[list(drawn)].prod() * pay("dmi", *zip(*(cells[c] for c in drawn), strict=True))
    assert_allclose(expected, (0.4 * 0.3 - 0.1 * 0.2) ** 2, atol=1e-12)


def test_dmi_puts_the_odd_task_into_the_second_block():
    first, second = [0, 1], [0, 1, 1]
    blocks = [np.linalg.det(np.diag(np.bincount(part))) for part in (first, second)]
    assert_allclose(pay("dmi", first + second, first + second), blocks[0] / (2 * 1) * blocks[1] / (3 * 2))


def test_dmi_needs_as_many_tasks_in_a_block_as_there_are_classes():
    assert np.isnan(pay("dmi", [0, 1, 2, 0, 1], [0, 1, 2, 0, 1], n_classes=3))
    assert pay("dmi", [0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2], n_classes=3) == pytest.approx(1 / 36)


def pair_scores(rows, *, n_agents=2, n_tasks=2):
    """Rows of (agent, task, peer, peer_task, score)."""
    agent, task, peer, peer_task, score = (np.array(column) for column in zip(*rows, strict=True))
    return PairScores(n_agents, n_tasks, agent, task, peer, peer_task, score.astype(float), np.ones(len(rows)))


def test_tvd_mi_of_a_yes_or_no_critic_is_its_true_less_its_false_positive_rate():
    verdicts_joint, verdicts_contrast = [1, 1, 1, 0], [0, 1, 0, 0]
    rows = [(0, t, 1, t, v) for t, v in enumerate(verdicts_joint)]
    rows += [(0, t, 1, (t + 1) % 4, v) for t, v in enumerate(verdicts_contrast)]
    matrix = MECHANISMS["tvd_mi"].pairwise(pair_scores(rows, n_tasks=4))
    assert_allclose(matrix, [[np.nan, 3 / 4 - 1 / 4], [3 / 4 - 1 / 4, np.nan]])


def test_tvd_mi_averages_both_directions():
    rows = [(0, 0, 1, 0, 1.0), (0, 0, 1, 1, 0.0), (1, 0, 0, 0, 0.25), (1, 0, 0, 1, 0.25)]
    scores = pair_scores(rows)
    assert_allclose(MECHANISMS["tvd_mi"].pairwise(scores)[0, 1], ((1 - 0) + (0.25 - 0.25)) / 2)
    assert_allclose(MECHANISMS["tvd_mi"].by_task(scores, 0), [[np.nan, 0.5], [np.nan, np.nan]])


@pytest.mark.parametrize("kept", [(0, 0, 1, 0, 1.0), (0, 0, 1, 1, 0.0)], ids=["joint", "contrast"])
def test_tvd_mi_pays_nothing_knowable_without_both_kinds_of_pair(kept):
    assert np.isnan(MECHANISMS["tvd_mi"].pairwise(pair_scores([kept]))).all()


def test_a_row_of_weight_two_counts_like_two_rows():
    rows = [(0, 0, 1, 0, 1.0), (0, 1, 1, 1, 0.25), (0, 0, 1, 1, 0.0)]
    twice = pair_scores([*rows, rows[0]])
    once = pair_scores(rows)
    weighted = PairScores(
        2, 2, once.agent, once.task, once.peer, once.peer_task, once.score, weight=np.array([2.0, 1.0, 1.0])
    )
    assert_allclose(MECHANISMS["tvd_mi"].pairwise(weighted), MECHANISMS["tvd_mi"].pairwise(twice))
    assert_allclose(MECHANISMS["tvd_mi"].pairwise(weighted)[0, 1], (2 * 1 + 0.25) / 3)


def test_a_win_is_the_loss_of_the_other_and_a_pair_asked_about_once_tells_of_both():
    rows = [(0, 0, 1, 0, 1.0), (0, 1, 1, 1, 0.5), (1, 0, 2, 0, 0.0)]
    matrix = MECHANISMS["win_rate"].pairwise(pair_scores(rows, n_agents=3))
    assert_allclose(matrix, [[np.nan, 0.75, np.nan], [0.25, np.nan, 0], [np.nan, 1, np.nan]])
    by_task = MECHANISMS["win_rate"].by_task(pair_scores(rows, n_agents=3), 1)
    assert_allclose(by_task, [[0, np.nan, 0], [0.5, np.nan, np.nan]])


def test_win_rate_counts_games_from_either_side_and_no_contrast_pair():
    rows = [(0, 0, 1, 0, 1.0), (1, 0, 0, 0, 1.0), (1, 1, 0, 1, 0.0), (0, 0, 1, 1, 0.25)]
    matrix = MECHANISMS["win_rate"].pairwise(pair_scores(rows))
    assert_allclose(matrix, [[np.nan, 2 / 3], [1 / 3, np.nan]])
    assert MECHANISMS["win_rate"].contrast(pair_scores(rows)) is None
    assert np.isnan(MECHANISMS["win_rate"].pairwise(pair_scores(rows[-1:]))).all()


def test_win_rate_pays_what_a_judge_likes_and_tvd_mi_does_not():
    """Agent 2 flatters: the judge prefers it to all, while it shares nothing with anybody."""
    duels = [(i, t, j, t, 1.0 if i == 2 else 0.5) for t in (0, 1) for i, j in ((0, 1), (2, 0), (2, 1))]
    pays = np.nanmean(MECHANISMS["win_rate"].pairwise(pair_scores(duels, n_agents=3)), axis=1)
    assert_allclose(pays, [0.25, 0.25, 1])
    same = [(i, t, j, t, float(2 not in (i, j))) for t in (0, 1) for i in range(3) for j in range(3) if i != j]
    other = [(i, t, j, 1 - t, 0.0) for t in (0, 1) for i in range(3) for j in range(3) if i != j]
    assert np.nanmean(MECHANISMS["tvd_mi"].pairwise(pair_scores(same + other, n_agents=3)), axis=1).argmin() == 2


def test_mi_is_the_rise_in_log_likelihood_and_gppm_the_log_likelihood():
    gain = np.full((2, 2, 2), np.nan)
    gain[:, 0, 1], gain[:, 1, 0] = [1.0, 3.0], [0.5, np.nan]
    base = np.array([[-4.0, -5.0], [-6.0, -9.0]])
    assert_allclose(MECHANISMS["mi"].pairwise(Gains(gain, base)), [[np.nan, 2], [0.5, np.nan]])
    assert_allclose(MECHANISMS["gppm"].pairwise(Gains(gain, base)), [[np.nan, (-4 - 6) / 2], [-3.5, np.nan]])


def test_mi_subtracts_what_another_task_would_have_told():
    gain, contrast = np.full((2, 2, 2), 3.0), np.full((2, 2, 2), np.nan)
    contrast[0] = 1.0
    gains = Gains(gain, np.zeros((2, 2)), contrast)
    assert_allclose(MECHANISMS["mi"].pairwise(gains), [[np.nan, 2], [2, np.nan]])
    assert_allclose(MECHANISMS["mi"].by_task(gains, 0), [[np.nan, 2], [np.nan, 2]])


def test_every_mechanism_tells_the_user_what_it_promises_and_what_it_misses():
    for name, mechanism in MECHANISMS.items():
        assert mechanism.name == name
        assert mechanism.evidence.kind in {"pair-scores", "gains", "labels", "forecasts", "embeddings"}
        for sentence in (mechanism.guarantees, mechanism.blindness):
            assert sentence.endswith(".")
        assert any(year in mechanism.source for year in map(str, range(2000, 2030)))


ANSWERS, OF_ONE = np.array([[1, 1, 0]]), np.array([[0.6, 0.7, 0.4]])


def forecasts(answers, of_one):
    of_one = np.asarray(of_one, dtype=float)
    return Forecasts(np.asarray(answers), np.stack([1 - of_one, of_one], axis=-1), ("no", "yes"))


def test_the_bayesian_truth_serum_pays_the_published_information_and_prediction_scores():
    example = forecasts(ANSWERS, OF_ONE)
    told = {(i, j): np.log(y) for i, y in enumerate(OF_ONE[0]) for j, y in ((1, y), (0, 1 - y))}
    share = np.log([1 / 3, 2 / 3])
    information = [share[x] - np.mean([told[k, x] for k in range(3)]) for x in ANSWERS[0]]
    prediction = [np.mean([told[i, x] - share[x] for x in ANSWERS[0]]) for i in range(3)]
    assert_allclose(information, [0.189132, 0.189132, -0.221583], atol=5e-7)
    assert_allclose(prediction, [-0.009466, -0.002593, -0.144622], atol=5e-7)
    totals = np.nanmean(MECHANISMS["bayesian_truth_serum"].pairwise(example), axis=1) * 2 / 3
    assert_allclose(totals, np.add(information, prediction), atol=1e-12)
    assert_allclose(totals, [0.179666, 0.186539, -0.366204], atol=5e-7)
    assert_allclose(totals.sum(), 0, atol=1e-12)


def test_the_robust_serum_pays_around_the_ring_as_published():
    pay = MECHANISMS["robust_bayesian_truth_serum"].pairwise(forecasts(ANSWERS, OF_ONE))
    assert_allclose(pay[[0, 1, 2], [1, 2, 0]], [0.64, 1.87, 1.00], atol=1e-12)


def test_the_robust_serum_takes_the_mean_over_all_third_agents():
    answers, of_one = [[1, 0, 1, 1]], [[0.6, 0.3, 0.8, 0.5]]
    pay = MECHANISMS["robust_bayesian_truth_serum"].pairwise(forecasts(answers, of_one))
    one, zero = (lambda y: 2 * y - y**2), (lambda y: 1 - y**2)
    shadow = 0.3 + 0.3  # of agent 1, moved up by the answer of agent 0; agents 2 and 3 answered 1
    assert_allclose(pay[0, 1], one(shadow) + one(0.6), atol=1e-12)
    shadow = 0.8 - 0.2  # of agent 2, moved down by the answer of agent 1; agents 0 and 3 answered 1
    assert_allclose(pay[1, 2], one(shadow) + one(0.3), atol=1e-12)
    shadow = 0.8 + 0.2  # of agent 2, moved up by that of agent 0; agents 1 and 3 answered 0 and 1
    assert_allclose(pay[0, 2], (one(shadow) + zero(shadow) + one(0.6) + zero(0.6)) / 2, atol=1e-12)


def test_the_robust_serum_reads_two_labels_and_three_agents_only():
    pairwise = MECHANISMS["robust_bayesian_truth_serum"].pairwise
    assert np.isnan(pairwise(forecasts([[1, 0]], [[0.5, 0.5]]))).all()
    with pytest.raises(InvalidEvaluation, match="out of two labels, got 3: use bayesian_truth_serum"):
        pairwise(Forecasts(np.array([[0, 1, 2]]), np.full((1, 3, 3), 1 / 3), ("a", "b", "c")))


def test_no_is_surprisingly_popular_where_most_say_yes_and_expected_even_more_to():
    crowd = forecasts([[1] * 13 + [0] * 7], np.full((1, 20), 0.75))
    assert surprisingly_popular_answers(crowd).tolist() == [0]
    assert_allclose(np.nanmean(MECHANISMS["surprisingly_popular"].pairwise(crowd), axis=1), [0] * 13 + [1] * 7)


def test_where_two_answers_are_as_surprising_neither_is_the_crowd_s_and_both_earn_half():
    crowd = forecasts([[1, 1, 1, 0]] * 2, [[0.75] * 4, [0.25, 0.25, np.nan, np.nan]])
    assert surprisingly_popular_answers(crowd).tolist() == [-1, 1]
    even = forecasts([[1, 0, 1, 0, 1]], np.full((1, 5), 0.5))
    by_task = MECHANISMS["surprisingly_popular"].by_task(even, 0)
    assert_allclose(by_task, [[np.nan, 0.5, 0.5, 0.5, 0.5]])


def test_a_forecast_of_nothing_costs_no_more_than_one_of_half_a_percent():
    pairwise = MECHANISMS["bayesian_truth_serum"].pairwise
    blind, careful = (pairwise(forecasts(ANSWERS, [[y, 0.7, 0.4]])) for y in (0.0, 0.005))
    assert_allclose(blind, careful, atol=1e-12)
    assert np.isfinite(blind[0, 1:]).all()


def test_of_the_forecasts_above_the_floor_the_honest_one_pays_most():
    truth = np.array([0.9, 0.097, 0.003])
    others = np.array([[0.9, 0.095, 0.005], [0.88, 0.09, 0.03], [0.9, 0.0942, 0.0058], [0.91, 0.085, 0.005]])
    best = truth @ np.log(raised_to_floor(truth, np.ones(3, dtype=bool)))
    assert (truth @ np.log(others).T < best + 1e-12).all()


def common_prior(rng, *, n_tasks, n_agents, right=0.75, prior=0.6):
    """Each task is 1 with chance `prior`; agents see it through noise. Signals (m, n), and honest forecasts of 1."""
    state = rng.random((n_tasks, 1)) < prior
    signal = np.where(rng.random((n_tasks, n_agents)) < right, state, ~state).astype(int)
    seen_one = prior * right + (1 - prior) * (1 - right)
    one_given_one = (prior * right**2 + (1 - prior) * (1 - right) ** 2) / seen_one
    one_given_zero = right * (1 - right) / (1 - seen_one)
    return signal, np.where(signal == 1, one_given_one, one_given_zero)


LIES = {
    "the other answer": lambda x, y: (1 - x, y),
    "always yes": lambda x, y: (np.ones_like(x), y),
    "a random answer": lambda x, y: (np.arange(len(x)) % 2, y),
    "another forecast": lambda x, y: (x, 1 - y),
    "a forecast without looking": lambda x, y: (x, np.full(len(y), 0.5)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
@pytest.mark.parametrize("name", ["bayesian_truth_serum", "robust_bayesian_truth_serum"])
def test_among_honest_agents_a_lie_pays_less_than_the_truth_on_average(name, lie):
    x, y = common_prior(np.random.default_rng(3), n_tasks=4000, n_agents=12)
    lied, foreseen = x.copy(), y.copy()
    lied[:, 0], foreseen[:, 0] = lie(x[:, 0], y[:, 0])
    truth, told = (
        np.nanmean(MECHANISMS[name].by_task(forecasts(*reports), 0), axis=1) for reports in ((x, y), (lied, foreseen))
    )
    gap = truth - told
    assert gap.mean() > 5 * gap.std() / len(gap) ** 0.5
