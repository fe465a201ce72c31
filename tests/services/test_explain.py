"""Why a pair earned what it did: the reasons add up, and what was not scored is missing."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_evaluations import (
    POOLS,
    of_gains,
    of_labels,
    of_pairs,
    of_texts,
    pool_gains,
    pool_labels,
    pool_pairs,
    pool_texts,
    ranked,
)

from elicit.errors import InvalidInput
from elicit.scorers.words import words
from elicit.services.explain import explain
from elicit.services.progress import silent
from elicit.services.scoring import Options, choose, score_evaluation

NAN = np.nan


def explained(pool, task="t1", agent="a0", peer="a1", **options):
    return explain(pool, Options(**options), task, agent, peer)


def pairs_of(pool):
    return [(task.id, a, b) for task in pool.tasks for a in pool.agents for b in pool.agents if a != b]


def nats(explanation):
    return sum(row["nats"] for row in explanation.rows)


# --- words ------------------------------------------------------------------------------------------------------------


def test_the_words_of_a_pair_add_up_to_what_it_earned():
    pool = of_texts(pool_texts(m=6, n=3))
    for pair in pairs_of(pool):
        found = explained(pool, *pair)
        assert_allclose(nats(found), found.amount, atol=1e-4)


@pytest.mark.parametrize("mechanism", ["mi", "gppm"])
def test_two_agents_taken_apart_earn_what_they_earn_among_all(mechanism):
    texts = pool_texts(m=8, n=5)
    texts[1][0] = texts[2][3] = None
    pool, options = of_texts(texts), Options(mechanism=mechanism)
    choice = choose(pool, options)
    scored = score_evaluation(pool, choice, options, silent)
    for i, j in ((0, 1), (3, 0), (4, 2)):
        by_task = choice.mechanism.by_task(scored.evidence, i)[:, j]
        found = [explained(pool, task.id, f"a{i}", f"a{j}", mechanism=mechanism) for task in pool.tasks]
        assert_allclose([np.nan if one.amount is None else one.amount for one in found], by_task, rtol=1e-5, atol=1e-6)
        assert_allclose(found[0].pair_mean, scored.pairwise[i, j], rtol=1e-5)


def test_the_words_add_up_where_answers_are_missing_too():
    texts = pool_texts(m=8, n=3)
    texts[1][0] = texts[2][1] = texts[5][2] = texts[6][0] = None
    pool = of_texts(texts)
    known = [found for pair in pairs_of(pool) if (found := explained(pool, *pair)).amount is not None]
    assert len(known) == (8 - 4) * 6 + 4 * 2
    for found in known:
        assert_allclose(nats(found), found.amount, atol=1e-4)


@pytest.mark.parametrize(("mechanism", "last"), [("mi", "chance"), ("gppm", "alone")])
def test_the_reasons_add_up_under_either_mechanism(mechanism, last):
    found = explained(POOLS["responses"], mechanism=mechanism)
    assert_allclose(nats(found), found.amount, atol=1e-4)
    assert found.rows[-1]["reason"] == last


def test_each_word_that_both_said_is_a_row_largest_share_first():
    pool = POOLS["responses"]
    found = explained(pool)
    rows = [row for row in found.rows if row["reason"] == "word"]
    mine, theirs = (set(words(pool.evidence.texts[1][i])) for i in (0, 1))
    assert {row["what"] for row in rows} == mine & theirs
    shares = [row["nats"] for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 0
    assert (found.response, found.peer_response) == tuple(pool.evidence.texts[1][:2])


def test_words_nobody_else_uses_say_more_than_words_all_use():
    texts = [[f"common rare{t} {i} x" for i in range(3)] for t in range(8)]
    shares = {row["what"]: row["nats"] for row in explained(of_texts(texts), clones=False).rows}
    assert shares["rare1"] > 3 * shares["common"]


def test_all_rows_have_the_same_keys():
    for pool in POOLS.values():
        assert len({tuple(row) for row in explained(pool).rows}) == 1


@pytest.mark.parametrize("pool", [POOLS["responses"], POOLS["gains"]], ids=["responses", "gains"])
def test_the_unit_is_that_of_the_leaderboard(pool):
    assert explained(pool).unit == ranked(pool)["diagnostics"]["unit"]


def test_the_mean_of_a_pair_is_that_of_its_tasks():
    pool = POOLS["responses"]
    amounts = [explained(pool, task.id).amount for task in pool.tasks]
    assert_allclose(explained(pool).pair_mean, np.mean(amounts), rtol=1e-6)


def test_the_seed_of_the_run_decides_which_other_answer_is_shown():
    assert explained(POOLS["responses"], seed=1) == explained(POOLS["responses"], seed=1)
    chance = {explained(POOLS["responses"], seed=seed).rows[-1]["nats"] for seed in range(6)}
    assert len(chance) > 1


# --- log-likelihoods --------------------------------------------------------------------------------------------------


def test_given_gains_show_both_log_likelihoods():
    gain, _ = pool_gains(contrast=False)
    pool = of_gains(gain)
    found = explained(pool)
    assert [row["reason"] for row in found.rows] == ["shown", "alone"]
    shown, alone = (row["nats"] for row in found.rows)
    assert_allclose(alone, pool.evidence.base[1, 1])
    assert_allclose(shown - alone, gain[1, 0, 1])
    assert_allclose(found.amount, gain[1, 0, 1])
    assert (found.response, found.peer_response) == (None, None)


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_the_verdicts_of_a_pair_make_up_what_it_earned():
    """One joint and one contrast verdict each way: the amount is the mean of the two differences."""
    pool = POOLS["pair scores"]
    for pair in pairs_of(pool)[::7]:
        found = explained(pool, *pair)
        joint, contrast = (
            [row["score"] for row in found.rows if row["reason"] == reason] for reason in ("joint", "contrast")
        )
        assert (len(joint), len(contrast)) == (2, 2)
        assert_allclose(np.mean(joint) - np.mean(contrast), found.amount)


def test_verdicts_say_who_was_shown_first():
    rows = [(0, 0, 1, 0), (1, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 0), (0, 1, 1, 1), (2, 0, 1, 0)]
    found = explained(of_pairs(rows, [0.9, 0.8, 0.2, 0.1, 0.5, 0.4], 2, 3), "t0")
    told = {(row["reason"], row["what"]): row["score"] for row in found.rows}
    assert told == {
        ("joint", "agent shown first"): 0.9,
        ("joint", "peer shown first"): 0.8,
        ("contrast", "agent shown first"): 0.2,
        ("contrast", "peer shown first"): 0.1,
    }


# --- labels -----------------------------------------------------------------------------------------------------------


def test_labels_show_how_often_they_meet_and_would_by_chance():
    a, b = [0, 0, 0, 1, 1, -1], [0, 0, 1, 1, 1, 0]
    found = explained(of_labels(np.column_stack([a, b]), ("no", "yes")), "t0")
    assert [(row["reason"], row["what"]) for row in found.rows] == [
        ("agent", "no"),
        ("peer", "no"),
        ("together", "no with no"),
        ("by chance", "product of the shares"),
    ]
    assert_allclose([row["share"] for row in found.rows], [3 / 5, 2 / 5, 2 / 5, 6 / 25])
    assert_allclose(found.amount, np.log((2 / 5) / (6 / 25)))  # kl pays the log of how much more often they meet


# --- what is not there ------------------------------------------------------------------------------------------------


def with_a_gap(kind):
    """The pool with nothing known about agent a0 on task t1."""
    pool = POOLS[kind]
    match kind:
        case "responses":
            return of_texts([[None if t == 1 else row[0], *row[1:]] for t, row in enumerate(pool_texts())])
        case "labels":
            codes = pool_labels()
            codes[1, 0] = -1
            return of_labels(codes)
        case "gains":
            gain, contrast = pool_gains()
            gain[1, 0, :] = gain[1, :, 0] = NAN
            return of_gains(gain, contrast)
    rows, scores = pool_pairs()
    kept = [k for k, (i, t, j, other) in enumerate(rows) if (0, 1) not in ((i, t), (j, other))]
    return replace(pool, evidence=of_pairs([rows[k] for k in kept], np.array(scores)[kept], 20, 5).evidence)


@pytest.mark.parametrize("kind", ["responses", "labels", "gains", "pair scores"])
def test_a_pair_that_was_not_scored_has_no_amount_and_no_reasons(kind):
    pool = with_a_gap(kind)
    for agent, peer in (("a0", "a1"), ("a1", "a0")):
        found = explained(pool, "t1", agent, peer)
        assert found.amount is None
        assert [row for row in found.rows if row["reason"] != "contrast"] == []
        assert found.pair_mean is not None
    assert explained(pool, "t2").amount is not None


@pytest.mark.parametrize(
    ("task", "agent", "peer", "message"),
    [
        ("t99", "a0", "a1", r"task must be one of the run's 24 \(such as t9, .*\), got 't99'"),
        ("t1", "nobody", "a1", r"agent must be one of the run's 5 \(such as a., a., a., a., a.\), got 'nobody'"),
        ("t1", "a0", "nobody", "agent must be one of"),
        ("t1", "a1", "a1", "must differ, got 'a1' twice"),
    ],
)
def test_a_name_that_is_not_there_is_an_error_that_shows_what_is(task, agent, peer, message):
    with pytest.raises(InvalidInput, match=message):
        explained(POOLS["responses"], task, agent, peer)


def test_a_win_is_told_from_the_agents_side_whoever_was_asked_about_first():
    pool = of_pairs([(0, t, 1, t) for t in range(4)], [1.0, 0.0, 0.5, 1.0], 4, 2)
    for agent, peer, won in (("a0", "a1", 0.0), ("a1", "a0", 1.0)):
        found = explained(pool, agent=agent, peer=peer, mechanism="win_rate")
        assert found.amount == won
        assert [row["score"] for row in found.rows] == [won]
