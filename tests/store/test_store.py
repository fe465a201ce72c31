"""What is stored comes back the same, from either database."""

import json
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from elicit.errors import InvalidInput, StoreError, UnknownRun
from elicit.evidence import Forecasts, Gains, Labels, PairScores
from elicit.store import RunSummary, Store, content_hash
from elicit.store.codec import BLOCK_BYTES
from elicit.types import Evaluation, Responses, Task


def assert_same(left, right):
    """Equal to the last bit, types of arrays included."""
    assert type(left) is type(right)
    if isinstance(left, np.ndarray):
        assert (left.dtype, left.shape, left.tobytes()) == (right.dtype, right.shape, right.tobytes())
    elif is_dataclass(left):
        for field in fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            assert_same(left[key], right[key])
    else:
        assert left == right


def test_an_input_of_every_kind_comes_back_as_it_was(store, evaluation, run_of):
    run = run_of(evaluation)
    store.save(evaluation, run)
    assert_same(store.evaluation(run.input_hash), evaluation)


def test_a_run_comes_back_as_it_was(store, responses, run_of):
    run = run_of(responses)
    store.save(responses, run)
    assert_same(store.run(run.id), run)


def test_a_result_comes_back_with_its_keys_in_order(store, responses, run_of):
    run = run_of(responses)
    store.save(responses, run)
    assert json.dumps(store.run(run.id).result) == json.dumps(run.result)


def test_a_moment_is_told_in_utc(store, responses, run_of):
    run = run_of(responses)
    store.save(responses, run)
    assert store.run(run.id).created_at.isoformat() == "2026-11-23T12:30:00.123456+00:00"


def test_an_input_is_stored_once_however_many_runs_read_it(store, responses, run_of, rows_in):
    for _ in range(3):
        store.save(responses, run_of(responses))
    assert rows_in("inputs", "input_blocks", "runs") == [1, 1, 3]


def test_what_is_stored_is_there_for_the_next_process(store, address, responses, run_of):
    run = run_of(responses)
    store.save(responses, run)
    store.close()
    with Store.open(address) as again:
        assert_same(again.run("latest"), run)


def test_an_input_without_sources_and_notes_comes_back(store, responses, run_of):
    run = run_of(responses)
    store.save(replace(responses, sources=run.sources, notes=("2 rows empty",)), run)
    assert_same(store.evaluation(run.input_hash), responses)


def test_an_input_larger_than_a_block_comes_back_whole_and_task_by_task(store, run_of):
    texts = [[letter * (BLOCK_BYTES // 3), None] for letter in "abcdefgh"]
    large = Evaluation(tuple(Task(f"t{i}") for i in range(8)), ("ada", "bob"), Responses(texts))
    run = run_of(large)
    store.save(large, run)
    assert_same(store.evaluation(run.input_hash), large)
    for i, task in enumerate(large.tasks):
        assert_same(store.task(run.input_hash, task.id), Evaluation((task,), large.agents, Responses([texts[i]])))


NAN = np.nan
FIRST_TASK = {
    "responses": Responses([["yes", None]]),
    "labels": Labels(np.array([[0, 1]]), ("A", "?", "\0")),
    "forecasts": Forecasts(np.array([[0, 1]]), np.array([[[0.5, 0.3, 0.2], [NAN] * 3]]), ("A", "?", "\0")),
    "gains": Gains(np.array([[[0.1, NAN], [2, -3]]]), np.array([[1 / 3, NAN]]), unit="nats per token"),
    "gains with contrasts": Gains(
        gain=np.array([[[0, 1], [2, 3]]], np.float32),
        base=np.full((1, 2), -1, np.float32),
        contrast=np.full((1, 2, 2), NAN, np.float32),
    ),
}


@pytest.mark.parametrize("kind", FIRST_TASK)
def test_one_task_comes_back_alone(store, evaluations, run_of, kind):
    whole = evaluations[kind]
    run = run_of(whole)
    store.save(whole, run)
    assert_same(store.task(run.input_hash, "t1"), Evaluation(whole.tasks[:1], whole.agents, FIRST_TASK[kind]))


def test_a_task_comes_back_with_its_pair_scores_and_the_tasks_they_contrast_it_with(store, evaluations, run_of):
    whole = evaluations["pair scores"]
    run = run_of(whole)
    store.save(whole, run)
    about = PairScores(
        n_agents=2,
        n_tasks=2,
        agent=np.array([1, 0]),
        task=np.array([0, 0]),
        peer=np.array([0, 1]),
        peer_task=np.array([0, 1]),
        score=np.array([0.25, -0.0]),
        weight=np.array([1.0, 3]),
    )
    tasks = (whole.tasks[2], Task("t1"))
    assert_same(store.task(run.input_hash, "Aufgabe drei"), Evaluation(tasks, whole.agents, about))


def test_an_unknown_task_is_refused_with_ids_like_it(store, responses, run_of):
    run = run_of(responses)
    store.save(responses, run)
    with pytest.raises(InvalidInput, match=r"no task 'Aufgabe 3'; it has 'Aufgabe drei'"):
        store.task(run.input_hash, "Aufgabe 3")


def test_an_unknown_input_is_an_error_of_the_store(store):
    with pytest.raises(StoreError, match="no input abc is stored here"):
        store.evaluation("abc")


def test_runs_are_listed_newest_first(store, responses, run_of):
    old, young = run_of(responses), run_of(responses)
    store.save(responses, young)
    store.save(responses, old)
    summary = RunSummary(
        id=young.id,
        created_at=young.created_at,
        mechanism="mi",
        scorer="lexical",
        seed=2**63 - 1,
        n_agents=2,
        n_tasks=3,
        input_hash=content_hash(responses),
        sources=young.sources,
    )
    assert store.runs(limit=1) == [summary]
    assert [run.id for run in store.runs()] == [young.id, old.id]


def test_the_latest_run_is_the_newest_not_the_last_stored(store, responses, run_of):
    old, young = run_of(responses), run_of(responses)
    store.save(responses, young)
    store.save(responses, old)
    assert store.run("latest").id == young.id


def test_a_run_is_found_by_the_beginning_of_its_id_in_either_case(store, responses, run_of):
    first, second = run_of(responses, id="6ff8800000"), run_of(responses, id="6ff8a00000")
    store.save(responses, first)
    store.save(responses, second)
    assert store.run("6FF8A").id == second.id


def test_a_beginning_that_two_runs_share_is_refused_with_both(store, responses, run_of):
    for run_id in ("6ff8800000", "6ff8a00000"):
        store.save(responses, run_of(responses, id=run_id))
    with pytest.raises(UnknownRun, match="2 runs begin with '6ff8': did you mean 6ff8a00000, 6ff8800000"):
        store.run("6ff8")


@pytest.mark.parametrize("reference", ["6ff8801000", "%", "", "zzz"])
def test_an_unknown_run_is_refused_with_ids_like_it(store, responses, run_of, reference):
    store.save(responses, run_of(responses, id="6ff8800000"))
    with pytest.raises(UnknownRun, match=f"there is no run '{reference}': did you mean 6ff8800000?"):
        store.run(reference)


def test_a_store_without_runs_says_so(store):
    with pytest.raises(UnknownRun, match="there is no run 'latest': none is stored yet"):
        store.run("latest")


def test_a_run_of_another_input_is_refused(store, evaluations, run_of):
    run = run_of(evaluations["labels"])
    with pytest.raises(InvalidInput, match="of another input"):
        store.save(evaluations["responses"], run)
    assert store.runs() == []


def test_a_run_is_stored_whole_or_not_at_all(store, evaluations, run_of, rows_in):
    run = run_of(evaluations["labels"])
    store.save(evaluations["labels"], run)
    with pytest.raises(StoreError, match=r"(?i)unique"):
        store.save(evaluations["responses"], run_of(evaluations["responses"], id=run.id))
    assert rows_in("inputs", "input_blocks", "runs", "run_arrays") == [1, 1, 1, 2]


def test_a_run_takes_its_agents_and_arrays_with_it_and_an_input_in_use_stays(
    store, responses, run_of, connected, rows_in
):
    store.save(responses, run_of(responses))
    with connected() as connection, pytest.raises(IntegrityError), connection.begin():
        connection.execute(text("DELETE FROM inputs"))
    with connected() as connection, connection.begin():
        connection.execute(text("DELETE FROM runs"))
        connection.execute(text("DELETE FROM inputs"))
    assert rows_in("run_agents", "run_arrays", "input_blocks") == [0, 0, 0]
