"""Answers with forecasts from evidence to document, advice and reasons."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_evaluations import evaluation

from elicit.errors import InvalidInput
from elicit.evidence import Forecasts
from elicit.services.advice import advice_on
from elicit.services.audit import audit
from elicit.services.document import document
from elicit.services.explain import explain
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options


def crowd(m=60, n=6, seed=0):
    """Every agent forecasts by its own answer; agent i is right less often the larger i is."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=(m, 1))
    codes = np.where(rng.random((m, n)) < 0.95 - 0.08 * np.arange(n), truth, 1 - truth)
    of_yes = np.where(codes == 1, 0.7, 0.3)
    return evaluation(Forecasts(codes, np.stack([1 - of_yes, of_yes], axis=-1), ("no", "yes")), m, n)


def ranked(pool, **options):
    return document(rank_evaluation(pool, Options(**options)))


@pytest.mark.parametrize("mechanism", ["bayesian_truth_serum", "robust_bayesian_truth_serum", "surprisingly_popular"])
def test_agents_that_are_right_more_often_rank_higher(mechanism):
    board = ranked(crowd(m=400), mechanism=mechanism)
    assert board["agents"][0]["agent"] in ("a0", "a1")
    assert board["agents"][-1]["agent"] in ("a4", "a5")
    assert board["diagnostics"]["signal"]["p_value"] is None


def test_the_serum_is_the_default_and_its_scores_sum_to_nothing():
    board = ranked(crowd())
    assert (board["mechanism"], board["scorer"]) == ("bayesian_truth_serum", "labels")
    assert board["diagnostics"]["choices"][1].endswith("the default for answers with forecasts")
    assert_allclose(sum(row["score"] for row in board["agents"]), 0, atol=1e-12)


def test_an_answer_without_a_forecast_counts_in_the_shares_and_is_not_paid():
    pool = crowd()
    silent = pool.evidence.forecast.copy()
    silent[:, 5] = np.nan
    board = ranked(replace(pool, evidence=replace(pool.evidence, forecast=silent)))
    unpaid = board["agents"][-1]
    assert (unpaid["agent"], unpaid["score"], unpaid["coverage"]) == ("a5", None, 0)


def test_a_copy_of_an_agent_shares_its_vote_and_changes_nobody_else_s_place():
    pool = crowd(m=200)
    forecasts = pool.evidence
    codes, shares = (np.concatenate([told, told[:, 4:5]], axis=1) for told in (forecasts.codes, forecasts.forecast))
    with_copy = replace(pool, agents=(*pool.agents, "copy"), evidence=replace(forecasts, codes=codes, forecast=shares))
    board = ranked(with_copy)
    assert board["diagnostics"]["clusters"] == [["a4", "copy"]]
    others = [row["agent"] for row in board["agents"] if row["agent"] != "copy"]
    assert others == [row["agent"] for row in ranked(pool)["agents"]]


def test_the_document_tells_the_surprisingly_popular_answer_to_each_task():
    codes, of_yes = np.array([[1] * 13 + [0] * 7, [1, 0] * 10]), np.array([[0.75] * 20, [0.5] * 20])
    pool = evaluation(Forecasts(codes, np.stack([1 - of_yes, of_yes], axis=-1), ("no", "yes")), 2, 20)
    board = ranked(pool, mechanism="surprisingly_popular", clones=False)
    first, tied = board["diagnostics"]["answers"]
    assert (first["task"], first["answer"]) == ("t0", "no")
    assert_allclose([first["share"], first["mean_forecast"]], [0.35, 0.25])
    assert tied == {"task": "t1", "answer": None, "share": None, "mean_forecast": None}
    assert any("pays nobody for honesty" in note for note in board["diagnostics"]["notes"])


def test_reasons_are_the_shares_and_what_the_two_expected_them_to_be():
    pool = crowd()
    codes = pool.evidence.codes
    t = f"t{np.flatnonzero(codes[:, 0] != codes[:, 5])[0]}"
    told = explain(pool, Options(), t, "a0", "a5")
    mine, theirs = ({row["reason"]: row for row in told.rows}[who] for who in ("agent", "peer"))
    pay = np.log(mine["share"] / mine["peer_forecast"]) + np.log(theirs["agent_forecast"] / theirs["share"])
    assert_allclose(told.amount, pay, atol=1e-12)
    assert {row["reason"] for row in told.rows} == {"agent", "peer", "surprisingly popular"}


def test_more_labels_than_two_are_an_error_of_the_robust_serum_only():
    pool = evaluation(Forecasts(np.array([[0, 1, 2]] * 5), np.full((5, 3, 3), 1 / 3), ("a", "b", "c")), 5, 3)
    assert ranked(pool)["n_agents"] == 3
    with pytest.raises(InvalidInput, match="out of two labels, got 3"):
        ranked(pool, mechanism="robust_bayesian_truth_serum")
    assert "robust_bayesian_truth_serum" not in [advised.mechanism for advised in advice_on(pool)]


def test_advice_on_forecasts_names_what_reads_them_the_serum_first():
    advised = advice_on(crowd())
    assert [(one.scorer, one.mechanism, one.recommended) for one in advised] == [
        ("labels", "bayesian_truth_serum", True),
        ("labels", "robust_bayesian_truth_serum", False),
        ("labels", "surprisingly_popular", False),
    ]


def test_an_audit_of_forecasts_says_that_it_needs_answers_alone():
    with pytest.raises(InvalidInput, match="an audit needs answers, got forecasts"):
        audit(crowd())
