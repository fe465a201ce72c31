"""Whether the choice of pairs bends a ranking: told where it does, and only there."""

import numpy as np
import pytest
from small_evaluations import POOLS, by_agent, of_gains, of_pairs, pool_gains, ranked

from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options
from elicit.words import trust_points


def critic_rows(earns, chosen, m=60, seed=0):
    """Joint and contrast rows of the chosen pairs (K, 2) on all tasks, with noise: a pair scores the sum of its two."""
    rng = np.random.default_rng(seed)
    rows = [(i, t, j, other) for t in range(m) for i, j in chosen for other in (t, (t + 1) % m)]
    scores = [(earns[i] + earns[j]) * (t == other) + rng.normal(scale=0.02) for i, t, j, other in rows]
    return of_pairs(rows, scores, m, len(earns))


def a_chain(n):
    """Everybody beside the next two, so that each end is compared with its own half only."""
    return [(i, j) for i in range(n) for j in range(i + 1, min(i + 3, n))]


EARNS = np.array([0.20, 0.16, 0.30, 0.34, 0.24, 0.10, 0.05, 0.14, 0.40, 0.38])


def fit_of(design, average):
    return next(fit for fit in design["fits"] if fit["average"] == average)


def points(result):
    return {point.name: point for point in trust_points(result)}


def test_a_full_design_raises_no_question():
    result = ranked(POOLS["pair scores"])
    design = result["diagnostics"]["design"]
    assert (design["compared"], design["agent_pairs"], len(design["groups"])) == (1, 1, 1)
    assert fit_of(design, "pairs") == {"average": "pairs", "spearman": 1, "largest_move": 0, "beyond_interval": 0}
    assert not {"design", "additive"} & set(points(result))


def test_labels_have_no_design():
    assert ranked(POOLS["labels"])["diagnostics"]["design"] is None


def test_a_fixed_graph_of_peers_is_found_to_pay_for_generous_ones():
    result = ranked(critic_rows(EARNS, a_chain(10)))
    design = result["diagnostics"]["design"]
    assert design["compared"] == design["agent_pairs"] == pytest.approx(17 / 45)
    assert fit_of(design, "pairs")["beyond_interval"] > 0
    assert points(result)["design"].level == "caution"
    assert points(result)["design"].text.startswith("only 38 % of all pairs of agents were ever compared")


def test_additive_peers_rank_by_what_agents_earn_wherever_they_sit():
    few = critic_rows(EARNS, a_chain(10))
    everything = critic_rows(EARNS, [(i, j) for i in range(10) for j in range(i + 1, 10)])
    by_mean, by_pairs = ranked(few), ranked(few, peers="additive")
    true_rank = by_agent(ranked(everything), "rank")
    assert by_agent(by_mean, "rank") != true_rank
    assert by_agent(by_pairs, "rank") == true_rank
    assert by_pairs["diagnostics"]["peers"] == {"used": "additive", "score_other": "uniform"}
    assert points(by_pairs)["design"].level == "good"


def test_task_scores_of_additive_peers_add_up_to_the_score():
    ranking = rank_evaluation(critic_rows(EARNS, a_chain(10)), Options(peers="additive"))
    np.testing.assert_allclose(ranking.task_scores.mean(axis=0), ranking.score, atol=1e-9)


def test_agents_that_nothing_connects_have_no_common_ranking():
    apart = [(i, j) for half in (range(4), range(4, 10)) for i in half for j in half if i < j]
    result = ranked(critic_rows(EARNS, apart))
    assert [len(group) for group in result["diagnostics"]["design"]["groups"]] == [6, 4]
    assert points(result)["design"].level == "bad"
    assert any("ranks across such groups are not comparable" in note for note in result["diagnostics"]["notes"])


def test_a_surface_that_is_far_from_additive_is_flagged():
    m, n = 40, 6
    rows = [(i, t, j, other) for t in range(m) for i in range(n) for j in range(i + 1, n) for other in (t, (t + 1) % m)]
    scores = [float(t == other and i % 2 == j % 2 == t % 2) for i, t, j, other in rows]
    result = ranked(of_pairs(rows, scores, m, n))
    assert result["diagnostics"]["design"]["curl"]["p95"] > 0.6
    assert points(result)["additive"].level == "caution"


def test_what_is_in_nats_has_a_curl_but_no_verdict_on_it():
    gain, contrast = pool_gains()
    gain[::2, 0, 1:] = np.nan
    gain[::2, 1:, 0] = np.nan
    result = ranked(of_gains(gain, contrast))
    assert result["diagnostics"]["design"]["curl"]["p95"] > 0.6
    assert "additive" not in points(result)


def test_the_same_seed_draws_the_same_rectangles():
    first, again, other = (ranked(POOLS["gains"], seed=seed)["diagnostics"]["design"] for seed in (1, 1, 2))
    assert first == again
    assert first["curl"] != other["curl"]
