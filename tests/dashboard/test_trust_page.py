"""The trust page over a real server: a verdict, what to do next, and each reason in words before any chart."""

from datetime import UTC, datetime

import pytest
from facts import wait_for_run

from dashboard.agreement import in_words, table_of
from dashboard.chances import chance_in_words
from dashboard.likeness import side_by_side
from dashboard.next_steps import FINE, next_steps
from dashboard.pair_map import arranged
from dashboard.trust_numbers import numbers_of, separation_of
from elicit.schemas import Agreement, PairMatrix
from elicit.words import trust_points


@pytest.fixture
def document(done, server):
    """The finished run's leaderboard as the API gives it."""
    return server.http("read").get(f"/runs/{done}/leaderboard").json()


def test_every_point_is_a_level_in_words_with_a_sentence(page, document):
    text = "\n".join(part.value for part in page("trust").markdown)
    for point in trust_points(document):
        word = {"good": "good", "caution": "take care", "bad": "bad", "unknown": "not known"}[point.level]
        assert f" {word}]" in text
    assert "What to do next" in [part.value for part in page("trust").subheader]


def test_only_the_tab_that_is_open_is_fetched_and_the_link_opens_it(done, page):
    shown = page("trust", run=done, closer="Two agents")
    assert shown.selectbox(key="chance_first").value == 0
    assert not shown.get("vega_lite_chart")
    assert page("trust", run=done).get("vega_lite_chart")


def test_another_run_on_the_same_tasks_is_told_of_with_how_far_it_agrees(done, page, server, runner):
    assert "No other run" in "\n".join(part.value for part in page("trust", closer="Other runs").markdown)
    http = server.http("evaluate")
    second = http.post("/runs", json={"evaluation": "weekly", "epoch": "2"}).json()["id"]
    wait_for_run(server.http("read"), second)
    shown = page("trust", run=done, closer="Other runs")
    assert shown.dataframe[0].value["agents in both"].tolist() == [3]
    assert "1 other run" in "\n".join(part.value for part in shown.markdown)


def test_the_numbers_behind_the_words_are_there_for_experts(done, page, document):
    shown = page("trust", run=done, closer="Numbers")
    assert shown.dataframe[0].value.equals(numbers_of(document))


def test_the_numbers_of_a_design_are_there_where_it_was_measured(document):
    table = numbers_of(document).set_index("number")["value"]
    assert table["compared"] == "1"
    assert table["other average: pairs"].endswith("; 0")
    del document["diagnostics"]["design"]
    assert "compared" not in set(numbers_of(document)["number"])


def test_neighbours_in_rank_are_told_with_how_many_tasks_would_separate_them():
    pair = {"agent": "a", "next": "b", "difference": 0.1234, "low": -0.1, "high": 0.35, "p_value": 0.2}
    document = {"diagnostics": {"separation": [{**pair, "more_tasks": 1234}, {**pair, "more_tasks": None}]}}
    assert list(separation_of(document)["more tasks"]) == ["1,234", "–"]
    assert separation_of({"diagnostics": {}}).empty


def test_a_ranking_without_doubts_needs_nothing_and_doubts_have_a_step_each(document):
    good = {**document, "n_agents": 9, "n_tasks": 400}
    good["diagnostics"] = good["diagnostics"] | {
        "signal": {"p_value": 0.001, "mean_score": 1.0},
        "split_half": {"spearman": 0.9, "full_length": 0.95},
        "length": None,
        "effective_agents": 9.0,
        "tie_groups": [["careful"], ["concise"], ["hurried"]],
        "separation": [],
    }
    assert next_steps(good) == [FINE]
    near = {"agent": "careful", "next": "concise", "more_tasks": 214}
    far = {"agent": "concise", "next": "hurried", "more_tasks": 400 * 101}
    good["diagnostics"] |= {"signal": {"p_value": 0.4, "mean_score": 0.0}, "separation": [near, far]}
    good["diagnostics"] |= {"tie_groups": [["careful", "concise"], ["hurried"]]}
    first, second, third = next_steps(good)
    assert first.startswith("Do not rank on this")
    assert second == "Quote careful and concise as tied for the lead, in no order."
    assert "careful and concise apart, add about 210 tasks" in third


def test_agents_that_earn_from_each_other_stand_side_by_side():
    score = [[None, 0.1, 0.9, 0.0], [0.1, None, 0.0, 0.8], [0.9, 0.0, None, 0.1], [0.0, 0.8, 0.1, None]]
    assert side_by_side(score) == [0, 2, 1, 3]
    assert side_by_side([[None, None], [None, None]]) == [0, 1]


@pytest.mark.parametrize(
    ("order", "names"),
    [("by rank", ["b", "C", "a"]), ("by name", ["a", "b", "C"]), ("by likeness", ["a", "C", "b"])],
)
def test_the_map_is_arranged_as_asked_for(order, names):
    pairs = PairMatrix(agents=["a", "b", "C"], score=[[None, 0.1, 0.9], [0.2, None, 0.3], [0.8, 0.4, None]])
    shown, score = arranged(pairs, ["b", "C", "a"], order)
    assert shown == names
    assert score[shown.index("a")][shown.index("C")] == 0.9
    assert score[shown.index("b")][shown.index("b")] is None


def test_the_chance_that_one_stands_above_another_is_never_called_certain():
    assert chance_in_words("a", "b", 1.0) == "**a** surely stands above **b**: the chance is over 99 %."
    assert chance_in_words("a", "b*", 0.1) == "**b\\*** probably stands above **a**: the chance is 90 %."
    assert "Not known" in chance_in_words("a", "b", None)


def agreement(spearman):
    """Another run on the same tasks."""
    at = datetime(2026, 5, 1, tzinfo=UTC)
    named = {"run_id": "r", "evaluation_id": "e", "evaluation": "weekly", "scorer": "critic", "mechanism": "mi"}
    return Agreement(**named, at=at, n_agents=7, spearman=spearman, low=None, high=None)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ([0.9, 0.85], "2 other runs"),
        ([0.9, 0.85], "rank much alike"),
        ([0.2], "do not rank alike"),
        ([None], "Too few"),
    ],
)
def test_agreement_is_told_by_the_run_that_agrees_least(known, told):
    others = [agreement(value) for value in known]
    assert told in in_words(others)
    assert list(table_of(others)["95 %"]) == ["–"] * len(known)
