"""The tables behind the leaderboard's page: what they hold, leave out, find and sort."""

import pytest

from dashboard.board import category_table, found, in_order, more_of, only, table_of, troubles
from dashboard.board_table import dollars_format
from elicit.charts import forest
from elicit.schemas import CategoryBoard, Standing


def agent(name, rank, score, **more):
    """An agent of a leaderboard's document."""
    known = rank is not None
    return {
        "agent": name,
        "rank": rank,
        "rank_low": rank,
        "rank_high": rank + 1 if known else None,
        "score": score,
        "low": score - 0.05 if known else None,
        "high": score + 0.05 if known else None,
        "n_tasks": 40,
        "coverage": 0.996,
        "score_length_adjusted": None,
        "score_other": score,
        "chance": 0.0,
        "p_value": 0.01,
        "say": 0.25,
        "mean_words": None,
        "reason": None if known else "no usable answer",
    } | more


def spend(calls=40, cost=0.5, latency=1.25, **failures):
    """What an agent that was called took."""
    return {"spend": {"calls": calls, "cost": cost, "mean_latency_s": latency, "failures": failures}}


@pytest.fixture
def document():
    """Two that are tied and copies, one ahead, one without a rank."""
    agents = [
        agent("Zed", 1, 0.9, **spend(cost=0.25)),
        agent("beta", 2, 0.5, **spend(cost=None)),
        agent("Beta-2", 3, 0.4, **spend(refused=2)),
        agent("silent", None, None, **spend(latency=None, empty=40)),
    ]
    diagnostics = {
        "clusters": [["beta", "Beta-2"]],
        "tie_groups": [["Zed"], ["beta", "Beta-2"]],
        "unit": "bits",
        "signal": {"p_value": 0.01},
    }
    return {"agents": agents, "scorer": "lexical", "mechanism": "mi", "diagnostics": diagnostics}


def test_the_table_tells_of_ranks_intervals_ties_copies_cost_and_failures_and_leaves_out_what_nobody_has(document):
    table = table_of(document)
    assert list(table["rank 95 %"]) == ["1–2", "2–3", "3–4", "–"]
    assert list(table["score 95 %"]) == ["0.85 … 0.95", "0.45 … 0.55", "0.35 … 0.45", "–"]
    assert list(table["tied"].fillna("")) == ["", "A", "A", ""]
    assert list(table["clones"].fillna("")) == ["", "A", "A", ""]
    assert table["failed"].fillna(0).tolist() == [0, 0, 2, 40]
    assert "length out" not in table


def test_a_share_below_all_is_never_shown_as_all(document):
    assert set(table_of(document)["answered"]) == {99}


def test_an_unknown_price_is_no_price_and_of_agents_outside_there_is_none(document):
    assert table_of(document)["cost"].isna().tolist() == [False, True, False, False]
    outside = {**document, "agents": [entry | spend(calls=0, cost=0.0, latency=None) for entry in document["agents"]]}
    assert not {"cost", "latency"} & set(table_of(outside))


def test_money_has_the_digits_that_the_smallest_amount_needs(document):
    assert dollars_format(table_of(document)) == "$%.2f"
    document["agents"][0]["spend"]["cost"] = 0.004
    assert dollars_format(table_of(document)) == "$%.4f"


def test_agents_are_found_by_a_part_of_their_name_taken_literally(document):
    table = table_of(document)
    assert list(found(table, " BETA ")["agent"]) == ["beta", "Beta-2"]
    assert found(table, ".*").empty
    assert len(found(table, "")) == 4


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("rank", ["Zed", "beta", "Beta-2", "silent"]),
        ("agent", ["beta", "Beta-2", "silent", "Zed"]),
        ("cost", ["Zed", "Beta-2", "silent", "beta"]),
    ],
)
def test_sorting_puts_what_is_not_known_last(document, by, names):
    assert list(in_order(table_of(document), by)["agent"]) == names


def test_a_chart_of_some_agents_keeps_their_ranks_and_joins_only_those_shown(document):
    part = only(document, ["Beta-2", "silent"])
    assert [(entry["agent"], entry["rank"]) for entry in part["agents"]] == [("Beta-2", 3), ("silent", None)]
    assert part["diagnostics"]["tie_groups"] == [["Beta-2"]]
    assert forest(part).to_dict()
    assert len(document["agents"]) == 4


def test_whoever_has_no_rank_or_failed_answers_is_listed_with_the_reason(document):
    assert dict(troubles(document)) == {
        "Beta-2": "Failed answers: 2 refused.",
        "silent": "no rank: no usable answer. Failed answers: 40 empty.",
    }


def test_more_columns_are_joined_by_name(document):
    assert more_of(document)["say"].tolist() == [25.0] * 4


def test_a_category_has_ranks_of_its_own():
    standing = Standing(agent="a", rank=1, rank_low=1, rank_high=2, score=0.5, low=0.4, high=0.6, n_tasks=12)
    table = category_table(CategoryBoard(category="c", n_tasks=12, agents=[standing]))
    assert table.to_dict("records") == [
        {"rank": 1, "rank 95 %": "1–2", "agent": "a", "score": 0.5, "score 95 %": "0.40 … 0.60", "tasks": 12}
    ]
