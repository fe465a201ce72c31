"""Files of vectors: what is read, and what is refused where."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from elicit.errors import InvalidInput
from elicit.evidence import Embeddings
from elicit.io import read
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options


def rows(vector_of):
    return [
        {"task_id": f"t{task}", "agent": agent, "embedding": vector_of(task, agent)}
        for task in range(8)
        for agent in "abc"
    ]


def corner(task, agent):
    noise = np.random.default_rng([task, ord(agent)]).normal(size=8)
    return (np.eye(8)[task] + (0.2 + 0.6 * (agent == "c")) * noise).tolist()


def written(path, found):
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    return path


def test_vectors_are_read_as_they_stand_and_a_missing_one_is_counted(tmp_path):
    found = rows(corner)
    found[4]["embedding"] = None
    evaluation = read([written(tmp_path / "vectors.jsonl", found)])
    assert isinstance(evaluation.evidence, Embeddings)
    assert evaluation.evidence.vectors[0, 2].tolist() == corner(0, "c")
    assert not evaluation.evidence.answered[1, 1]
    assert any("1 row without an embedding" in note for note in evaluation.notes)


def test_a_parquet_file_with_a_list_column_says_the_same_as_json_lines(tmp_path):
    found = rows(corner)
    pq.write_table(pa.Table.from_pylist(found), tmp_path / "vectors.parquet")
    from_parquet = read([tmp_path / "vectors.parquet"]).evidence
    from_json = read([written(tmp_path / "vectors.jsonl", found)]).evidence
    np.testing.assert_array_equal(from_parquet.vectors, from_json.vectors)


def test_a_file_of_vectors_is_ranked_with_no_scorer_named(tmp_path):
    ranking = rank_evaluation(read([written(tmp_path / "vectors.jsonl", rows(corner))]), Options(mechanism="cosine"))
    assert ranking.choice.scorer == "embeddings"
    assert ranking.score.argmin() == 2


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ([1.0, 2.0], "must have 8 numbers"),
        ("[1, 2]", "must be a list of numbers, got '[1, 2]'"),
        ([1.0] * 7 + [None], "must be a list of numbers"),
        ([1.0] * 7 + [True], "must be a list of numbers"),
        ([], "must be a list of numbers"),
        ([1.0] * 7 + [float("nan")], "finite numbers only, got nan at position 7"),
    ],
)
def test_what_is_no_vector_is_refused_with_its_file_line_and_field(tmp_path, cell, told):
    found = rows(corner)
    found[5]["embedding"] = cell
    with pytest.raises(InvalidInput, match="line 6, field 'embedding'") as refused:
        read([written(tmp_path / "vectors.jsonl", found)])
    assert told in str(refused.value)


def test_a_file_without_any_vector_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="at least one embedding"):
        read([written(tmp_path / "vectors.jsonl", rows(lambda task, agent: None))])
