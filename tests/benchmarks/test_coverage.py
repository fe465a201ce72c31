"""Intervals cover and tests err as often as they say: a small, seeded part of the simulation study."""

import coverage
import numpy as np
import pytest
from coverage import Case, between, intervals_of, rank_row, runs, share, signal
from numpy.testing import assert_allclose
from simulated import population, world_of

from elicit.mechanisms import MECHANISMS


def shares(test, case, count, level=0.05):
    """How often each p-value of a test falls to the level."""
    found = [test(case, one) for one in runs(case, count)]
    return {name: np.mean([outcome[name] <= level for outcome in found]) for name in found[0]}


def mean_of(cell):
    """The share in a cell, without its interval."""
    return float(cell.split()[0])


def test_the_interval_of_a_score_from_few_tasks_covers_and_as_drawn_it_does_not():
    found = intervals_of(Case("scores apart", "tvd_mi", n=5, m=8), 300)
    covered = mean_of(share((found.low <= found.true) & (found.true <= found.high)))
    as_drawn = mean_of(share((found.low_as_drawn <= found.true) & (found.true <= found.high_as_drawn)))
    assert 0.93 <= covered <= 0.97
    assert as_drawn < covered - 0.03


def test_ranks_of_equal_agents_are_all_covered_at_once_in_most_runs():
    row = rank_row(Case("gains alike", "mi", n=6, m=40), 120)
    all_ranks, each_rank, all_replicates, *_ = (mean_of(cell) for cell in row[5:])
    assert 0.9 <= all_ranks <= each_rank
    assert all_replicates < 0.5


@pytest.mark.parametrize("design", ["full", "rotating"])
def test_where_nothing_is_told_signal_is_seldom_found(design):
    found = shares(signal, Case("verdicts nothing", "tvd_mi", n=8, m=50, design=design), 100)
    assert found["signal, pool"] <= 0.1
    assert found["signal, one agent"] <= 0.12


def test_equal_agents_of_a_sparse_design_are_seldom_called_different():
    found = shares(between, Case("verdicts alike", "tvd_mi", n=8, m=50, design="rotating"), 100)
    assert found["difference, p"] <= 0.12
    assert found["separation, p"] <= 0.12
    assert found["told apart, any two"] <= 0.12


@pytest.mark.drill
@pytest.mark.parametrize("study", coverage.STUDIES)
def test_every_study_prints_a_table_whose_rows_fit_its_header(study):
    header, rows = coverage.STUDIES[study](4)
    assert rows
    assert {len(row) for row in rows} == {len(header)}


@pytest.mark.drill
@pytest.mark.parametrize(
    "case",
    [
        Case("verdicts apart", "tvd_mi", m=50, design="rotating"),
        Case("verdicts apart", "tvd_mi", m=50, design="fixed"),
        Case("scores apart", "tvd_mi", m=50, missing=0.2),
        Case("four apart", "correlated_agreement", m=50),
    ],
    ids=str,
)
def test_what_is_unbiased_covers_the_population_score(case):
    found = intervals_of(case, 300)
    assert 0.92 <= mean_of(share((found.low <= found.true) & (found.true <= found.high))) <= 0.98


# --- the worlds themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["kl", "tvd", "correlated_agreement", "peer_truth_serum", "tvd_cross_fitted"])
def test_the_population_score_of_labels_is_that_of_very_many_tasks(mechanism):
    case = Case("skewed apart", mechanism, n=3)
    drawn = world_of(case.world, 3).draw(200_000, 0.0, np.random.default_rng(0))
    assert_allclose(MECHANISMS[mechanism].pairwise(drawn), population(case), atol=0.02)


@pytest.mark.parametrize(("world", "mechanism"), [("verdicts apart", "tvd_mi"), ("gains apart", "mi")])
def test_the_population_score_of_pairs_is_that_of_very_many_tasks(world, mechanism):
    case = Case(world, mechanism, n=3, m=20_000, design="fixed")
    (one,) = runs(case, 1)
    apart = ~np.eye(3, dtype=bool)
    assert_allclose(one.scored.pairwise[apart], population(case)[apart], atol=0.03)
