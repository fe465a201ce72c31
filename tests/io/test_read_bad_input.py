"""What is wrong with an input: one clear error that names file, line and field, or a note with counts."""

import gzip
import json
import re
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.errors import InvalidInput
from elicit.io import from_rows, read

HEAD = "task_id,agent,response\n"
GOOD = [
    {"task_id": task, "agent": agent, "response": f"{agent} on {task}"}
    for task in ("t1", "t2", "t3", "t4")
    for agent in ("ann", "bob")
]
PAIRS = "task_id,agent,peer,peer_task_id,score\n"
LOGPROBS = "task_id,agent,peer,logp_cond,logp_base,n_tokens\n"


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def good_but(**changes):
    """Four good rows and a fifth, on line 5, with other values."""
    return lines(*GOOD[:4], {**GOOD[4], **changes})


BAD_FILES = {
    "an empty file": ("a.jsonl", "", ["a.jsonl", "empty"]),
    "an empty CSV file": ("a.csv", "", ["a.csv", "empty"]),
    "a header alone": ("a.csv", HEAD, ["a.csv", "empty"]),
    "an empty JSON file": ("a.json", " \n", ["a.json", "empty"]),
    "an empty list": ("a.json", "[]", ["a.json", "empty"]),
    "a broken line": ("a.jsonl", lines(*GOOD[:2]) + '{"task_id": "t2", "ag\n', ["a.jsonl, line 3", "JSON"]),
    "a broken line after blank ones": ("a.jsonl", "\n\n" + lines(GOOD[0]) + "{\n", ["a.jsonl, line 4", "JSON"]),
    "a line that is a list": ("a.jsonl", "[1, 2]\n", ["a.jsonl, line 1", "got list", ".json file"]),
    "a line that is a number": ("a.jsonl", lines(GOOD[0]) + "7\n", ["a.jsonl, line 2", "got int"]),
    "endless nesting": ("a.jsonl", "[" * 100_000, ["a.jsonl, line 1", "JSON"]),
    "endless nesting in JSON": ("a.json", "[" * 100_000, ["a.json", "JSON"]),
    "an endless number": ("a.jsonl", '{"task_id": ' + "1" * 5000 + "}", ["a.jsonl, line 1", "JSON"]),
    "broken JSON": ("a.json", '[\n{"task_id": 1},\n{]', ["a.json, line 3", "JSON"]),
    "a JSON list of numbers": ("a.json", "[1]", ["a.json, row 1", "object", "got int"]),
    "a JSON text": ("a.json", '"hello"', ["a.json", "list of objects", "got str"]),
    "columns of unequal length": (
        "a.json",
        '{"task_id": ["t1", "t2"], "agent": ["ann"]}',
        ["a.json, field 'agent'", "got 1 values and 2 in 'task_id'"],
    ),
    "bytes that are not UTF-8": (
        "a.jsonl",
        lines(*GOOD[:2]).encode() + b'{"response": "caf\xe9"}\n',
        ["a.jsonl, line 3", "UTF-8", "0xe9", f"byte offset {len(lines(*GOOD[:2])) + 17}"],
    ),
    "gzipped bytes that are not UTF-8": (
        "a.jsonl.gz",
        gzip.compress(lines(GOOD[0]).encode() + b"\xe9\n"),
        ["a.jsonl.gz, line 2", f"byte offset {len(lines(GOOD[0]))}"],
    ),
    "JSON that is not UTF-8": ("a.json", b'[\n{"a": "\xff"}]', ["a.json, line 2", "0xff", "byte offset 9"]),
    "CSV that is not UTF-8": ("a.csv", HEAD.encode() + b"t1,ann,\xe9\n", ["a.csv, line 2", "byte offset 30"]),
    "UTF-16": ("a.csv", HEAD.encode("utf-16"), ["a.csv, line 1", "byte offset 0"]),
    "a gzip file cut short": ("a.jsonl.gz", gzip.compress(b"{}" * 9999)[:-20], ["a.jsonl.gz", "cut short"]),
    "a damaged gzip file": ("a.jsonl.gz", b"\x1f\x8b\x08\x00" + b"\x00" * 99, ["a.jsonl.gz", "damaged"]),
    "a CSV row too short": ("a.csv", HEAD + "t1,ann,x\n\nt1,bob\n", ["a.csv, line 4", "3 fields, got 2"]),
    "a CSV row too long": ("a.csv", HEAD + 't1,ann,"x\ny"\nt1,bob,y,z\n', ["a.csv, line 4", "got 4"]),
    "an open quote": ("a.csv", HEAD + 't1,ann,"x\nt1,bob,y\n', ["a.csv, line 3", "CSV"]),
    "a column twice": ("a.csv", "task_id,agent,agent\nt1,a,b\n", ["a.csv, line 1", "'agent' twice"]),
    "a Parquet file cut short": ("a.parquet", b"PAR1" + b"\x00" * 50, ["a.parquet", "Parquet"]),
    "text called Parquet": ("a.parquet", "hello", ["a.parquet", "Parquet"]),
    "prose": ("notes.md", "# Hello\nyou, there\n", ["notes.md", "must be of type", ".jsonl"]),
    "no agent column": (
        "a.csv",
        "task_id,agnet,response\nt1,ann,x\nt1,bob,y\n",
        [
            "a.csv",
            "the agent",
            "accepted names: agent, ",
            "found: 'task_id', 'agnet', 'response'",
            "did you mean 'agent'",
        ],
    ),
    "no response column": (
        "a.jsonl",
        lines({"task_id": 1, "agent": 2, "respnse": 3}),
        ["a.jsonl", "the response (accepted names: response, output", "found: 'task_id', 'agent', 'respnse'"],
    ),
    "no task column": ("a.csv", "agent,response\nann,x\nbob,y\n", ["a.csv", "the task_id (accepted names: "]),
    "one agent only": ("a.csv", HEAD + "t1,ann,x\nt2,ann,y\n", ["a.csv, line 2, field 'agent'", "at least 2", "'ann'"]),
    "one agent's labels only": (
        "a.csv",
        "task_id,agent,label\nt1,ann,x\n",
        ["a.csv", "'agent'", "at least 2", "'ann'"],
    ),
    "no task in common": (
        "a.csv",
        HEAD + "t1,ann,x\nt2,bob,y\n",
        ["a.csv, line 2, field 'task_id'", "answered by 2 agents or more, none of 2"],
    ),
    "a duplicate cell": (
        "a.jsonl",
        good_but() + lines(GOOD[1]),
        ["a.jsonl, line 6, field 'task_id'", "task 't1' and agent 'bob'", "a.jsonl, line 2"],
    ),
    "a duplicate row of JSON": (
        "a.json",
        json.dumps([*GOOD[:2], GOOD[0]]),
        ["a.json, row 3", "task 't1' and agent 'ann'", "a.json, row 1"],
    ),
    "a duplicate CSV cell after a long cell": (
        "a.csv",
        HEAD + 't1,ann,"x\ny\nz"\nt1,bob,y\nt1,ann,\n',
        ["a.csv, line 6, field 'task_id'", "a.csv, line 2"],
    ),
    "a wide task twice": (
        "a.csv",
        "id,ann,bob\nt1,A,B\nt2,A,B\nt1,B,B\n",
        ["a.csv, line 4, field 'task_id'", "line 2"],
    ),
    "an empty agent": ("a.jsonl", good_but(agent=""), ["a.jsonl, line 5, field 'agent'", "must not be empty, got ''"]),
    "no agent": ("a.jsonl", good_but(agent=None), ["a.jsonl, line 5, field 'agent'", "must not be empty, got None"]),
    "a blank task": ("a.jsonl", good_but(task_id=" "), ["a.jsonl, line 5, field 'task_id'", "must not be empty"]),
    "a NUL in an agent": (
        "a.jsonl",
        good_but(agent="a\0b"),
        ["line 5, field 'agent'", "control characters", r"a\x00b"],
    ),
    "an escape in an agent": ("a.jsonl", good_but(agent="a\x1b[31m"), ["line 5, field 'agent'", "control characters"]),
    "a line end in a task": ("a.jsonl", good_but(task_id="t\n1"), ["line 5, field 'task_id'", "control characters"]),
    "half a character": ("a.jsonl", good_but(agent="a\ud800"), ["line 5, field 'agent'", r"'a\ud800'"]),
    "a list as a response": (
        "a.jsonl",
        good_but(response=["x"]),
        ["line 5, field 'response'", "must be text, got list"],
    ),
    "an object as an agent": (
        "a.jsonl",
        good_but(agent={"id": 1}),
        ["line 5, field 'agent'", "must be text, got dict"],
    ),
    "a list as a prompt": ("a.jsonl", good_but(prompt=[]), ["a.jsonl, line 5, field 'prompt'", "got list"]),
    "a list as a label": (
        "a.jsonl",
        lines({"id": 1, "worker": 1, "vote": "x"}, {"id": 1, "worker": 2, "vote": [1]}),
        ["a.jsonl, line 2, field 'vote'", "must be text, got list"],
    ),
    "no prompt to tell the task": (
        "a.jsonl",
        lines({"instruction": "Why?", "agent": 1, "output": "x"}, {"agent": 2, "output": "x"}),
        ["a.jsonl, line 2, field 'instruction'", "tells the tasks apart"],
    ),
    "tasks alone": ("a.csv", "task_id,prompt\nt1,Why?\n", ["a.csv", "only holds tasks"]),
    "a NaN score": (
        "a.csv",
        PAIRS + "t1,a,b,t1,1\nt1,a,b,t2,NaN\n",
        ["a.csv, line 3, field 'score'", "finite", "'NaN'"],
    ),
    "a NaN score in JSON": (
        "a.jsonl",
        '{"task_id": 1, "agent": "a", "peer": "b", "peer_task_id": 1, "score": NaN}',
        ["a.jsonl, line 1, field 'score'", "finite", "nan"],
    ),
    "no score": ("a.csv", PAIRS + "t1,a,b,t1,\n", ["a.csv, line 2, field 'score'", "finite number, got ''"]),
    "a word as a score": ("a.csv", PAIRS + "t1,a,b,t1,high\n", ["a.csv, line 2, field 'score'", "got 'high'"]),
    "an infinite score": ("a.csv", PAIRS + "t1,a,b,t1,inf\n", ["a.csv, line 2, field 'score'", "got 'inf'"]),
    "a truth value as a score": (
        "a.jsonl",
        '{"task_id": 1, "agent": "a", "peer": "b", "peer_task_id": 1, "score": true}',
        ["a.jsonl, line 1, field 'score'", "got True"],
    ),
    "a pair twice": (
        "a.csv",
        PAIRS + "t1,a,b,t1,1\nt1,a,b,t2,0\nt1,a,b,t1,1\n",
        ["a.csv, line 4", "task 't1', agent 'a', peer 'b' and peer task 't1'", "a.csv, line 2"],
    ),
    "a negative weight": (
        "a.csv",
        "task_id,agent,peer,peer_task_id,score,weight\nt1,a,b,t1,1,1\nt1,a,b,t2,1,-1\n",
        ["a.csv, line 3, field 'weight'", "at least 0, got -1.0"],
    ),
    "no scores at all": ("a.csv", "task_id,agent,peer\nt1,a,b\n", ["a.csv", "the score (accepted names: score"]),
    "no base": ("a.csv", "task_id,agent,peer,logp_cond\nt1,a,b,-1\n", ["a.csv", "the logp_base"]),
    "no tokens": ("a.csv", LOGPROBS + "t1,a,b,-1,-2,0\n", ["a.csv, line 2, field 'n_tokens'", "above 0, got 0.0"]),
    "a NaN log-probability": ("a.csv", LOGPROBS + "t1,a,b,nan,-2,3\n", ["a.csv, line 2, field 'logp_cond'", "finite"]),
    "two bases": (
        "a.csv",
        LOGPROBS + "t1,a,b,-1,-2,3\nt1,c,b,-1,-2.1,3\n",
        ["a.csv, line 3, field 'logp_base'", "task 't1' and peer 'b'", "-2.1", "a.csv, line 2"],
    ),
    "two lengths": (
        "a.csv",
        LOGPROBS + "t1,a,b,-1,-2,3\nt1,c,b,-1,-2,4\n",
        ["a.csv, line 3, field 'n_tokens'", "4.0 and 3.0"],
    ),
}


@pytest.mark.parametrize(("name", "content", "parts"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_one_error_that_says_where_and_why(write, name, content, parts):
    with pytest.raises(InvalidInput) as caught:
        read([write(name, content)])
    assert "\n" not in str(caught.value).strip()
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("extension", ["jsonl", "csv"])
def test_a_line_of_50_mb_is_named_with_its_length(write, extension):
    path = write(f"a.{extension}", "x" * 50 * 2**20 + "\n")
    with pytest.raises(InvalidInput, match=r"line 1: a line must not exceed 32 MB, this one is 50 MB .* \.json file"):
        read([path])


@pytest.mark.parametrize("evidence", ["pair-scores", "logprobs", "labels", "responses"])
def test_evidence_that_the_file_does_not_hold_is_an_error_with_the_columns_found(write, evidence):
    with pytest.raises(
        InvalidInput, match=r"a\.csv: a column must hold the .*; columns found: 'task_id', 'agent', 'x'"
    ):
        read([write("a.csv", "task_id,agent,x\nt1,ann,y\n")], evidence=evidence)


@pytest.mark.parametrize("content", ["task_id\nt1\n", "task_id,ann\nt1,A\n"])
def test_a_wide_table_of_one_agent_or_none_lacks_an_agent(write, content):
    with pytest.raises(InvalidInput, match=r"a\.csv: a column must hold the agent"):
        read([write("a.csv", content)], evidence="labels")


def test_evidence_that_does_not_exist_is_an_error_with_the_choices():
    kinds = "pair-scores, logprobs, forecasts, labels, responses, embeddings"
    with pytest.raises(InvalidInput, match=f"one of {kinds}, got 'label'"):
        from_rows(GOOD, evidence="label")


def test_a_parquet_file_with_text_that_is_not_utf8_is_an_error(write):
    columns = {name: pa.array([b"caf\xe9"]).cast(pa.binary()).view(pa.string()) for name in GOOD[0]}
    path = write("a.parquet", b"")
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InvalidInput, match=r"a\.parquet: must be a Parquet file, whole and with UTF-8 text"):
        read([path])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"none\.jsonl: cannot be read: No such file"):
        read([tmp_path / "none.jsonl"])


def test_nothing_to_read_is_an_error():
    with pytest.raises(InvalidInput, match="at least one file"):
        read([])


def test_a_folder_with_nothing_readable_says_what_it_holds(write, tmp_path):
    write("run/a.md", "")
    with pytest.raises(InvalidInput, match=r"run: the folder must hold files of type .*, got 1 \.md"):
        read([tmp_path / "run"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match=r"empty: the folder must hold .* got no files"):
        read([tmp_path / "empty"])


def test_a_folder_without_responses_says_why_each_file_is_none(write, tmp_path):
    write("run/a.csv", "agent,elo\nann,1\n")
    write("run/b.json", '{"version": 1}')
    with pytest.raises(InvalidInput, match=r"a\.csv: no column holds the response.*b\.json: a \.json file must hold"):
        read([tmp_path / "run"])


def test_a_broken_file_in_a_folder_is_an_error_not_a_note(write, tmp_path):
    write("run/a.jsonl", GOOD)
    write("run/b.jsonl", "{\n")
    with pytest.raises(InvalidInput, match=r"b\.jsonl, line 1"):
        read([tmp_path / "run"])


def test_a_duplicate_across_files_names_both(write):
    paths = [write("a.jsonl", GOOD), write("b.csv", [GOOD[3]])]
    with pytest.raises(InvalidInput, match=r"b\.csv, line 2, .* the first is at .*a\.jsonl, line 4"):
        read(paths)


def test_files_with_and_without_task_ids_do_not_mix(write):
    bare = [{"instruction": "Why?", "agent": "cleo", "output": "x"}]
    with pytest.raises(
        InvalidInput, match=r"b\.json, field 'task_id': all files must have task ids or none, 1 file of 2"
    ):
        read([write("a.jsonl", GOOD), write("b.json", bare)])


@pytest.mark.parametrize("task", ["Why?", "Where?"])
def test_one_file_without_agents_cannot_be_ranked(write, task):
    rows = [{"instruction": "Why?", "output": "x"}, {"instruction": task, "output": "y"}]
    with pytest.raises(InvalidInput, match=r"answers\.json: a column must hold the agent"):
        read([write("answers.json", rows)])


def test_a_task_repeated_in_files_without_agents_means_the_agent_is_missing(write):
    rows = [{"task_id": "t1", "agnet": agent, "response": "x"} for agent in ("ann", "bob")]
    with pytest.raises(InvalidInput, match=r"the agent .*did you mean 'agent' by 'agnet'\?"):
        read([write("a.jsonl", rows), write("b.jsonl", rows)])


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ("task_id,prompt\nx1,Why?\n", r"tasks\.csv, field 'task_id': .*none does \('x1' here, 't1' there\)"),
        ("task_id,prompt\nt1,Why?\nt1,What?\n", r"tasks\.csv, line 3, .*task 't1', the first is at .*line 2"),
        ("prompt\nWhy?\n", r"tasks\.csv: a column must hold the task_id"),
        ("task_id,category\nt1,maths\n", r"tasks\.csv: a column must hold the prompt .* or the context"),
    ],
)
def test_a_bad_tasks_file_is_named(write, tasks, message):
    answers, path = write("answers.jsonl", GOOD), write("tasks.csv", tasks)
    with pytest.raises(InvalidInput, match=message):
        read([answers], tasks=path)


def test_a_list_as_a_task_in_files_without_agents_is_an_error(write):
    paths = [write(f"{name}.jsonl", lines({"task_id": [1], "response": "x"})) for name in ("ann", "bob")]
    with pytest.raises(InvalidInput, match=r"ann\.jsonl, line 1, field 'task_id': must be text, got list"):
        read(paths)


def test_errors_about_rows_in_memory_count_rows():
    rows = [*GOOD[:4], {**GOOD[4], "agent": ""}]
    with pytest.raises(InvalidInput, match=re.escape("rows, row 5, field 'agent': must not be empty")):
        from_rows(rows)
    with pytest.raises(InvalidInput, match=re.escape("mine, row 2: a row must be a mapping, got str")):
        from_rows([GOOD[0], "x"], name="mine")


def test_errors_about_parquet_count_rows(write):
    path = write("a.parquet", b"")
    columns = {"task_id": ["t1", "t1", "t2"], "agent": ["ann", "bob", None], "response": ["x", "y", "z"]}
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InvalidInput, match=r"a\.parquet, row 3, field 'agent': must not be empty, got None"):
        read([path])


def notes_of(rows):
    return from_rows(rows).notes


def test_an_agent_that_misses_half_of_its_tasks_is_kept_and_counted():
    rows = [*GOOD, {"task_id": "t1", "agent": "cleo", "response": "x"}]
    assert from_rows(rows).agents == ("ann", "bob", "cleo")
    assert notes_of(rows) == ("agent 'cleo' answered 1 of 4 tasks",)


def test_half_of_the_tasks_is_enough_to_go_unmentioned():
    cleo = [{"task_id": task, "agent": "cleo", "response": "x"} for task in ("t1", "t2")]
    assert notes_of([*GOOD, *cleo]) == ()


def test_many_agents_with_few_tasks_make_one_note():
    few = [{"task_id": "t1", "agent": f"w{k}", "response": "x"} for k in range(6)]
    assert notes_of([*GOOD, *few]) == ("6 of 8 agents answered under half of the 4 tasks, 'w0' the fewest with 1",)


def test_an_agent_without_any_response_is_kept_and_counted():
    rows = [*GOOD, {"task_id": "t1", "agent": "cleo", "response": None}]
    evaluation = from_rows(rows)
    assert evaluation.agents == ("ann", "bob", "cleo")
    assert evaluation.evidence.texts[0] == ["ann on t1", "bob on t1", None]
    assert set(evaluation.notes) == {
        "agent 'cleo' answered 0 of 4 tasks",
        "1 row without a response, counted as missing",
    }


def test_a_task_with_one_agent_is_left_out_and_counted():
    evaluation = from_rows([*GOOD, {"task_id": "t5", "agent": "ann", "response": "x"}])
    assert [task.id for task in evaluation.tasks] == ["t1", "t2", "t3", "t4"]
    assert evaluation.notes == ("1 of 5 tasks left out, answered by one agent only",)


def test_a_missing_response_and_an_empty_one_differ():
    rows = [*GOOD[:-2], {"task_id": "t4", "agent": "ann"}, {"task_id": "t4", "agent": "bob", "response": ""}]
    rows += [{"task_id": "t4", "agent": "cleo", "response": "x"}]
    evaluation = from_rows(rows)
    assert evaluation.evidence.texts[3] == [None, "", "x"]
    assert "1 row without a response, counted as missing" in evaluation.notes
    assert "1 response of no characters, counted as an answer" in evaluation.notes


def test_a_number_for_a_response_is_read_as_written_and_mentioned(write):
    evaluation = read([write("a.jsonl", good_but(response=42) + lines(GOOD[5]))])
    assert evaluation.evidence.texts[2] == ["42", "bob on t3"]
    (note,) = evaluation.notes
    assert note.startswith("1 response not text but a number")
    assert "a.jsonl, line 5, field 'response'" in note


def test_half_a_character_in_a_response_is_replaced_and_counted(write):
    text = "é \ud83d\ude00 \ud83d"
    evaluation = read([write("a.jsonl", good_but(response=text) + lines(GOOD[5]))])
    assert evaluation.evidence.texts[2][0] == "é 😀 \ufffd"
    assert evaluation.notes == ("1 response with half a Unicode character, replaced by U+FFFD",)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.sampled_from(["task_id", "agent", "response", "peer", "eval", ""]),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["id", "agent", "output", "eval", "score"]), inner)
        ),
    ).map(lambda value: json.dumps(value).encode()),
    extension=st.sampled_from(["jsonl", "json", "csv", "parquet", "eval", "txt", "csv.gz"]),
    lead=st.sampled_from([b"", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"task_id,agent,response\n", b'{"agent": "x"}\n']),
)
def test_no_content_whatever_makes_a_traceback(write, content, extension, lead):
    with suppress(InvalidInput):
        read([write(f"a.{extension}", lead + content)])
