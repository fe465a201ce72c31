"""Submitting outputs: from anything that holds rows, in batches, once."""

import asyncio
import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from elicit import ApiError, AsyncClient, InvalidInput
from elicit.client import outgoing

TASKS = [{"task_id": f"t{number}", "prompt": f"What is {number}?"} for number in range(40)]
OUTPUTS = [{"task_id": task["task_id"], "response": f"It is {number}."} for number, task in enumerate(TASKS)]


@pytest.fixture
def client(place):
    with place.client("submit") as client:
        client.create_task_set("questions", TASKS)
        yield client


def submitted(place, submission):
    """What the server holds of a submission, through a run's eyes: the ids of the tasks answered."""
    with place.client() as client:
        return client.received(submission)


def jsonl(folder, rows):
    file = folder / "outputs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def csv(folder, rows):
    file = folder / "outputs.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    return file


def parquet(folder, rows):
    file = folder / "outputs.parquet"
    pd.DataFrame(rows).to_parquet(file)
    return str(file)


WAYS = {
    "a list": lambda folder, rows: rows,
    "a generator": lambda folder, rows: (row for row in rows),
    "a DataFrame": lambda folder, rows: pd.DataFrame(rows),
    "JSON Lines": jsonl,
    "CSV": csv,
    "Parquet": parquet,
}


@pytest.mark.parametrize("way", WAYS)
def test_outputs_come_from_anything_that_holds_rows(client, place, tmp_path, way):
    done = client.submit("mine", "questions", WAYS[way](tmp_path, OUTPUTS))
    assert (done.state, done.received, done.n_tasks, done.agent) == ("complete", 40, 40, "mine")
    assert submitted(place, done) == {row["task_id"] for row in OUTPUTS}


def test_an_asynchronous_generator_is_for_the_awaited_client(client, place):
    async def outputs():
        for row in OUTPUTS:
            await asyncio.sleep(0)
            yield row

    async def submit():
        async with AsyncClient(place.url, place.keys["submit"]) as awaited:
            return await awaited.submit("mine", "questions", outputs())

    assert asyncio.run(submit()).received == 40
    with pytest.raises(TypeError, match="AsyncClient"):
        client.submit("mine", "questions", outputs())


def test_columns_may_have_the_names_that_other_readers_accept(client):
    rows = ({"Question ID": row["task_id"], "completion": row["response"], "seconds": 2} for row in OUTPUTS)
    assert client.submit("mine", "questions", rows).received == 40


def test_of_a_table_with_several_agents_only_the_agents_own_rows_are_sent(client):
    rows = [{**row, "agent": agent} for row in OUTPUTS for agent in ("mine", "theirs")]
    assert client.submit("mine", "questions", rows[:20]).received == 10


def test_a_missing_response_is_left_out_and_an_empty_one_is_not(client):
    rows = [{**OUTPUTS[0], "response": None}, {**OUTPUTS[1], "response": ""}]
    assert client.submit("mine", "questions", rows).received == 1
    assert client.submit("mine", "questions", iter(rows)).received == 1


def test_many_batches_arrive_whole_and_in_any_characters(client, place, monkeypatch):
    monkeypatch.setattr(outgoing, "LARGEST_BATCH", 7)
    monkeypatch.setattr(outgoing, "LARGEST_BATCH_BYTES", 300)
    texts = ["naïve", "行\n列", "a\u2028b", "\ud800", '"\\', "x" * 500]
    rows = [{**row, "response": texts[number % len(texts)]} for number, row in enumerate(OUTPUTS)]
    assert client.submit("mine", "questions", iter(rows)).received == 40


def test_the_same_outputs_twice_are_two_submissions_with_the_same_outputs(client, place):
    first, second = client.submit("mine", "questions", OUTPUTS), client.submit("mine", "questions", OUTPUTS)
    assert first.id != second.id
    assert submitted(place, first) == submitted(place, second)


def test_the_same_output_twice_in_a_submission_is_one(client):
    assert client.submit("mine", "questions", iter(OUTPUTS + OUTPUTS)).received == 40


def test_another_output_for_the_same_task_is_refused_by_name(client):
    rows = [*OUTPUTS, {"task_id": "t3", "response": "something else"}]
    with pytest.raises(ApiError, match=r"line 41: .*'t3'") as refused:
        client.submit("mine", "questions", iter(rows))
    assert refused.value.status == 409


def test_an_error_says_which_output_of_all_it_was(client, monkeypatch):
    monkeypatch.setattr(outgoing, "LARGEST_BATCH", 10)
    rows = [*OUTPUTS[:25], {"task_id": "nobody's", "response": "x"}]
    with pytest.raises(ApiError, match=r"line 6: .*\(line 1 of this batch is output 21"):
        client.submit("mine", "questions", iter(rows))


BAD_TABLES = {
    "must be a mapping": ["t1"],
    "must hold the response": [{"task_id": "t1", "words": "x"}],
    "task_id": [{"response": "x"}],
    "row 2.*must be text": [OUTPUTS[0], {"task_id": "t1", "response": {"a": 1}}],
}


@pytest.mark.parametrize("problem", BAD_TABLES)
def test_a_bad_table_is_refused_before_anything_is_sent(client, place, problem):
    with pytest.raises(InvalidInput, match=problem):
        client.submit("mine", "questions", BAD_TABLES[problem])
    with place.client() as reader:
        assert reader.submissions() == []


BAD_ROWS = {
    "row 2: a row must be a mapping, got str": "t1",
    "row 2: an output must have a response": {"task_id": "t1", "words": "x"},
    "row 2: an output must have a task_id": {"response": "x"},
    "row 2, field 'response': text or a number is expected": {"task_id": "t1", "response": ["x"]},
    "row 2, field 'task_id': must not be empty": {"task_id": " ", "response": "x"},
    "row 2, field 'agent': must be 'mine'": {"task_id": "t1", "response": "x", "agent": "theirs"},
}


@pytest.mark.parametrize("problem", BAD_ROWS)
def test_a_bad_row_of_a_generator_is_named(client, problem):
    with pytest.raises(InvalidInput, match=problem):
        client.submit("mine", "questions", iter([OUTPUTS[0], BAD_ROWS[problem]]))


def test_what_a_generator_raises_comes_through_and_the_submission_can_be_gone_on_with(client, place, monkeypatch):
    def outputs(fails_at):
        for row in OUTPUTS:
            if row["task_id"] == fails_at:
                raise ConnectionError("the model is away")
            yield row

    monkeypatch.setattr(outgoing, "LARGEST_BATCH", 5)
    with pytest.raises(ConnectionError, match="the model is away"):
        client.submit("mine", "questions", outputs("t12"))
    with place.client() as reader:
        (cut_off,) = reader.submissions()
        assert (cut_off.state, reader.received(cut_off)) == ("open", {f"t{number}" for number in range(10)})
    again = client.submit("mine", "questions", outputs(None), resume=True)
    assert (again.id, again.state, again.received) == (cut_off.id, "complete", 40)


def test_resuming_sends_only_what_the_server_does_not_have(client, monkeypatch):
    def cut_off():
        yield OUTPUTS[0]
        raise KeyError

    monkeypatch.setattr(outgoing, "LARGEST_BATCH", 1)
    with pytest.raises(KeyError):
        client.submit("mine", "questions", cut_off())
    another = {**OUTPUTS[0], "response": "It is nothing."}
    assert client.submit("mine", "questions", iter([another, *OUTPUTS[1:]]), resume=True).received == 40


def test_nothing_open_means_a_new_submission(client):
    first = client.submit("mine", "questions", OUTPUTS[:3])
    second = client.submit("mine", "questions", OUTPUTS, resume=True)
    assert (second.id != first.id, second.received) == (True, 40)


def test_an_unknown_task_set_is_an_error_of_its_own(client):
    with pytest.raises(ApiError, match="nothing-here") as unknown:
        client.submit("mine", "nothing-here", OUTPUTS)
    assert unknown.value.status == 404


def test_what_is_too_large_is_refused_by_its_size(client):
    tasks = [{"task_id": f"t{number}", "prompt": "x" * 1000} for number in range(2000)]
    with pytest.raises(ApiError) as refused:
        client.create_task_set("large", tasks)
    assert refused.value.status == 413
    with pytest.raises(ApiError, match="response") as refused:
        client.submit("mine", "questions", [{"task_id": "t1", "response": "x" * 300_000}])
    assert refused.value.status == 422


@pytest.mark.parametrize("way", WAYS)
def test_tasks_come_from_anything_that_holds_rows(place, tmp_path, way):
    tasks = [{**task, "context": "", "category": f"c{number % 2}"} for number, task in enumerate(TASKS)]
    with place.client() as client:
        made = client.create_task_set("questions", WAYS[way](tmp_path, tasks))
        assert (made.name, made.n_tasks) == ("questions", 40)
        assert [task.model_dump(exclude={"images"}) for task in client.tasks("questions")] == tasks
        assert client.create_task_set("questions", tasks) == made == client.task_set("questions")
        assert client.task_sets() == [made]


def test_tasks_without_ids_are_called_by_their_places(place):
    with place.client() as client:
        client.create_task_set("questions", [{"question": "Why?"}, {"question": "How?"}])
        assert [task.task_id for task in client.tasks("questions", limit=1)] == ["task-0001"]


def test_a_bad_task_is_refused_at_its_place(place):
    with place.client() as client, pytest.raises(InvalidInput, match="row 2"):
        client.create_task_set("questions", [{"task_id": 1, "prompt": "Why?"}, {"task_id": 2, "prompt": ""}])


@pytest.mark.drill
def test_memory_is_flat_for_a_generator_of_200_000_rows(client):
    """200 MB of text."""
    rng = np.random.default_rng(0)
    alphabet = np.array(list("abcdefghij"))
    texts = ["".join(alphabet[rng.integers(10, size=1000)]) for _ in TASKS]
    rows = ({"task_id": f"t{number % 40}", "response": texts[number % 40]} for number in range(200_000))
    tracemalloc.start()
    try:
        assert client.submit("mine", "questions", rows).received == 40
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_submitting_twice_in_the_same_words_makes_one_submission_and_sends_nothing_again(client, place):
    first = client.submit("mine", "questions", OUTPUTS, once="these")
    assert client.submit("mine", "questions", OUTPUTS, once="these").id == first.id
    assert client.submit("mine", "questions", OUTPUTS, once="others").id != first.id


def test_a_submission_that_was_cut_off_is_ended_by_submitting_again_in_the_same_words(client, place):
    def cut_off():
        yield from OUTPUTS[:30]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.submit("mine", "questions", cut_off(), once="these")
    whole = client.submit("mine", "questions", iter(OUTPUTS), once="these")
    assert (whole.state, whole.received) == ("complete", 40)
    with place.client() as reader:
        assert len(reader.submissions()) == 1
