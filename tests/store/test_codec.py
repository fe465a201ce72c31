"""Bytes of inputs: the same content has the same hash, other content another one."""

import csv
import json
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from elicit.evidence import Gains, Labels
from elicit.io import read
from elicit.store import codec, content_hash
from elicit.types import Evaluation, Responses, Source, Task

any_text = st.text(st.characters(exclude_categories=()), max_size=20)
LABELS = Evaluation((Task("t1"), Task("t2")), ("ada", "bob"), Labels(np.array([[0, 1], [-1, 0]]), ("A", "B")))
TEXTS = replace(LABELS, evidence=Responses([["ab", "c"], [None, "d"]]))


@given(st.lists(st.none() | any_text), st.integers(0, 5))
def test_texts_and_arrays_survive_packing(texts, size):
    array = np.linspace(-np.inf, np.nan, size, dtype=np.float32)
    again = codec.unpack(codec.pack(codec.Columns({"response": texts}, {"gain": array})))
    assert again.texts == {"response": texts}
    assert again.arrays["gain"].tobytes() == array.tobytes()


def test_the_hash_of_an_input_never_changes(evaluations):
    found = {kind: content_hash(evaluation)[:12] for kind, evaluation in evaluations.items()}
    assert found == {
        "responses": "bc36e1040666",
        "labels": "0d4573465f04",
        "forecasts": "75275a1ce330",
        "pair scores": "dc73cfa5e0a1",
        "gains": "963819c273a0",
        "gains with contrasts": "ace9d12ec932",
    }


def test_the_hash_is_the_same_for_the_same_rows_in_another_format(tmp_path):
    rows = [
        {"task_id": task, "prompt": "Why?", "agent": agent, "response": f'{agent} says "{task}",\né 😀'}
        for task in ("t1", "t2", "t3")
        for agent in ("ada", "bob")
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with (tmp_path / "b.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert content_hash(read([tmp_path / "a.jsonl"])) == content_hash(read([tmp_path / "b.csv"]))


def test_the_hash_ignores_where_the_input_came_from():
    told = replace(TEXTS, sources=(Source("a.csv", "00"),), notes=("2 rows empty",))
    assert content_hash(told) == content_hash(TEXTS)


def test_the_hash_ignores_how_the_input_is_cut_into_blocks(evaluation, monkeypatch):
    whole = content_hash(evaluation)
    monkeypatch.setattr(codec, "BLOCK_BYTES", 1)
    assert len(list(codec.blocks(evaluation))) > 1
    assert content_hash(evaluation) == whole


def test_the_hash_takes_every_nan_for_the_same():
    other_nan = np.array([0x7FF8_0000_0000_0001], np.uint64).view(np.float64)
    base = np.zeros((1, 1))
    of_gain = [replace(TEXTS, evidence=Gains(nan.reshape(1, 1, 1), base)) for nan in (other_nan, np.array([np.nan]))]
    assert content_hash(of_gain[0]) == content_hash(of_gain[1])


def test_the_hash_tells_contents_apart():
    contents = [
        TEXTS,
        LABELS,
        replace(TEXTS, agents=("ada", "bo")),
        replace(TEXTS, tasks=(Task("t1"), Task("t3"))),
        replace(TEXTS, tasks=(Task("t1", "Why?"), Task("t2"))),
        replace(TEXTS, tasks=(Task("t1", "", "Why?"), Task("t2"))),
        replace(TEXTS, evidence=Responses([["a", "bc"], [None, "d"]])),
        replace(TEXTS, evidence=Responses([["ab", "c"], ["", "d"]])),
        replace(TEXTS, evidence=Responses([["ab", "c"], ["d", None]])),
        replace(TEXTS, evidence=Labels(np.array([[0, 1], [-1, 1]]), ("A", "B"))),
        replace(TEXTS, evidence=Labels(np.array([[0, 1], [-1, 0]]), ("A", "C"))),
        replace(TEXTS, evidence=Gains(np.zeros((2, 2, 2)), np.zeros((2, 2)))),
        replace(TEXTS, evidence=Gains(np.zeros((2, 2, 2)), np.zeros((2, 2)), unit="bits")),
        replace(TEXTS, evidence=Gains(np.zeros((2, 2, 2)), np.zeros((2, 2)), np.zeros((2, 2, 2)))),
    ]
    assert len({content_hash(content) for content in contents}) == len(contents)
