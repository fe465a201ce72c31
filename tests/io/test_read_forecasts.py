"""Tables of answers with forecasts: objects of shares, or a column for each label."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from elicit.errors import InvalidInput
from elicit.evidence import Forecasts, Labels
from elicit.io import from_rows, read

ROWS = [
    {"task_id": "t1", "agent": "ann", "label": "Yes", "forecast": {"Yes": 0.7, "no": 0.3}},
    {"task_id": "t1", "agent": "bob", "label": "no", "forecast": {"Yes": 1}},
    {"task_id": "t2", "agent": "ann", "label": "maybe", "forecast": {"Yes": 0.33, "no": 0.33, "maybe": 0.33}},
    {"task_id": "t2", "agent": "bob", "label": "no", "forecast": {"no": 0.9, "maybe": 0.1}},
]
LABELS = ("Yes", "maybe", "no")
SHARES = [[[0.7, 0, 0.3], [1, 0, 0]], [[1 / 3] * 3, [0, 0.1, 0.9]]]


def in_columns(rows):
    """The rows with a column for each label, as CSV has them."""
    return [
        {name: cell for name, cell in row.items() if name != "forecast"}
        | {f"forecast_{label}": row["forecast"].get(label, "") for label in LABELS}
        for row in rows
    ]


@pytest.mark.parametrize("name", ["f.jsonl", "f.json", "f.parquet", "f.csv", "f.tsv", "f.csv.gz"])
def test_answers_with_forecasts_read_alike_in_every_format(write, name):
    rows = ROWS if "sv" not in name.replace("jsonl", "") else in_columns(ROWS)
    evaluation = read([write(name, rows)])
    evidence = evaluation.evidence
    assert isinstance(evidence, Forecasts)
    assert evaluation.agents == ("ann", "bob")
    assert evidence.classes == LABELS
    assert evidence.codes.tolist() == [[0, 2], [1, 2]]
    assert_allclose(evidence.forecast, SHARES)
    assert evaluation.notes == ()


def test_a_label_or_a_forecast_that_is_missing_stays_so_and_is_counted():
    rows = [*ROWS, {"task_id": "t1", "agent": "cleo", "label": None, "forecast": {"no": 1}}]
    rows += [{"task_id": "t2", "agent": "cleo", "label": "no", "forecast": None}]
    evaluation = from_rows(rows)
    assert evaluation.evidence.codes[:, 2].tolist() == [-1, 2]
    assert_allclose(evaluation.evidence.forecast[:, 2], [[0, 0, 1], [np.nan] * 3])
    assert not evaluation.evidence.told[:, 2].any()
    assert "1 of 6 labels missing: such a row is neither paid nor pays" in evaluation.notes
    assert "1 of 6 forecasts missing: such a row is neither paid nor pays" in evaluation.notes


def test_empty_columns_of_shares_are_a_missing_forecast():
    rows = in_columns(ROWS)
    rows += [{"task_id": "t1", "agent": "cleo", "label": "no"} | {f"forecast_{label}": "" for label in LABELS}]
    assert np.isnan(from_rows(rows).evidence.forecast[0, 2]).all()


@pytest.mark.parametrize(
    ("forecast", "message"),
    [
        ({"Yes": 0.7}, "shares must sum to 1 (within 0.02), got 0.7"),
        ({"Yes": 70, "no": 30}, "shares must sum to 1 (within 0.02), got 100"),
        ({"Yes": -0.2, "no": 1.2}, "the share of 'Yes' must be a number of 0 or more, got -0.2"),
        ({"Yes": "most", "no": 0.3}, "the share of 'Yes' must be a number of 0 or more, got 'most'"),
        ("mostly yes", 'must be an object of shares by label, such as {"A": 0.7, "B": 0.3}, got \'mostly yes\''),
        ([0.7, 0.3], "must be an object of shares by label"),
    ],
)
def test_a_cell_that_is_no_forecast_is_an_error_at_its_line(write, forecast, message):
    lines = [json.dumps(row) for row in [*ROWS[:2], {**ROWS[2], "forecast": forecast}]]
    path = write("f.jsonl", "\n".join(lines) + "\n")
    with pytest.raises(InvalidInput) as error:
        read([path])
    assert str(error.value).startswith(f"{path}, line 3, field 'forecast': ")
    assert message in str(error.value)


def test_the_answers_alone_are_read_where_labels_are_asked_for():
    evaluation = from_rows(ROWS, evidence="labels")
    assert isinstance(evaluation.evidence, Labels)
    assert evaluation.evidence.codes.tolist() == [[0, 2], [1, 2]]


def test_forecasts_that_are_asked_for_and_not_there_are_an_error():
    with pytest.raises(InvalidInput, match="must hold the forecast"):
        from_rows([{"task_id": "t", "agent": a, "label": "x"} for a in "ab"], evidence="forecasts")


@pytest.mark.parametrize(
    ("codes", "forecast", "message"),
    [
        ([[0, 1]], [[[0.5, 0.5]]], r"forecast must have shape \(1, 2, 2\), got \(1, 1, 2\)"),
        ([[0, 1]], [[[0.5, 0.5], [0.5, 0.4]]], r"sum to 1 within 1e-06, got \[0.5, 0.4\] of agent 1 on task 0"),
        ([[0, 1]], [[[1.5, -0.5], [0.5, 0.5]]], "shares of 0 or more"),
        ([[0, 1]], [[[np.nan, 1], [0.5, 0.5]]], "of agent 0 on task 0"),
        ([[0, 2]], [[[0.5, 0.5], [0.5, 0.5]]], "codes must lie between -1 and 1"),
    ],
)
def test_evidence_of_forecasts_is_checked_where_it_is_made(codes, forecast, message):
    with pytest.raises(InvalidInput, match=message):
        Forecasts(np.array(codes), np.array(forecast), ("a", "b"))
