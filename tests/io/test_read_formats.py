"""Every format, and every way a file can say who answered what."""

import gzip
import hashlib
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from elicit.errors import InvalidInput
from elicit.evidence import Labels
from elicit.io import from_rows, read
from elicit.io.columns import FIELDS
from elicit.types import Responses, Source, Task

ROWS = [
    {"task_id": "t1", "agent": "ann", "response": "Blue, because\nof scattering"},
    {"task_id": "t1", "agent": "bob", "response": 'He said "no"'},
    {"task_id": "t2", "agent": "ann", "response": " 东京 "},
    {"task_id": "t2", "agent": "bob", "response": "Tōkyō"},
]
TEXTS = [["Blue, because\nof scattering", 'He said "no"'], [" 东京 ", "Tōkyō"]]

FORMATS = ["jsonl", "ndjson", "json", "csv", "tsv", "parquet"]


@pytest.mark.parametrize("zipped", ["", ".gz"])
@pytest.mark.parametrize("extension", FORMATS)
def test_a_long_table_reads_alike_in_every_format(write, extension, zipped):
    path = write(f"answers.{extension}{zipped}", ROWS)
    evaluation = read([path])
    assert evaluation.tasks == (Task("t1"), Task("t2"))
    assert evaluation.agents == ("ann", "bob")
    assert evaluation.evidence == Responses(TEXTS)
    assert evaluation.sources == (Source(str(path), hashlib.sha256(path.read_bytes()).hexdigest()),)
    assert evaluation.notes == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("columns.json", json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]})),
        ("pandas.json", pd.DataFrame(ROWS).to_json()),
        ("lines.json", "\n".join(map(json.dumps, ROWS))),
        ("array", json.dumps(ROWS)),
        ("lines", "\n".join(map(json.dumps, ROWS))),
        ("comma", pd.DataFrame(ROWS).to_csv(index=False)),
        ("semicolons.csv", pd.DataFrame(ROWS).to_csv(index=False, sep=";")),
        ("tabs.csv", pd.DataFrame(ROWS).to_csv(index=False, sep="\t")),
        ("windows.csv", pd.DataFrame(ROWS).to_csv(index=False, lineterminator="\r\n")),
        ("unnamed.jsonl", gzip.compress("\n".join(map(json.dumps, ROWS)).encode())),
        ("bom.jsonl", "\ufeff" + "\n\n".join(map(json.dumps, ROWS)) + "\n\n"),
        ("bom.csv", "\ufeff" + pd.DataFrame(ROWS).to_csv(index=False)),
        ("bom.json", "\ufeff" + json.dumps(ROWS)),
        ("parquet.csv", pa.BufferOutputStream),
    ],
)
def test_what_a_file_holds_counts_more_than_its_name(write, name, content):
    if content is pa.BufferOutputStream:
        sink = content()
        pq.write_table(pa.Table.from_pylist(ROWS), sink)
        content = sink.getvalue().to_pybytes()
    assert read([write(name, content)]).evidence == Responses(TEXTS)


def test_rows_and_frames_in_memory_read_like_files():
    frame = pd.DataFrame(ROWS)
    for rows in (ROWS, iter(ROWS), frame, frame.set_index("task_id"), frame.set_index(["task_id", "agent"])):
        evaluation = from_rows(rows)
        assert (evaluation.evidence, evaluation.sources) == (Responses(TEXTS), ())


def test_a_frame_may_have_missing_cells():
    frame = pd.DataFrame(ROWS)
    frame.loc[0, "response"] = None
    assert from_rows(frame).evidence == Responses([TEXTS[1]])  # t1 is left to bob alone
    numbers = pd.DataFrame({"task_id": [1, 1, 2, 2], "agent": [7, 8, 7, 8], "label": [1.0, 2.0, float("nan"), 1.0]})
    assert from_rows(numbers).evidence.classes == ("1", "2")


def test_tasks_in_memory_describe_the_rows():
    tasks = [{"id": "t1", "question": "Why?"}, {"id": "t2", "question": "Where?"}]
    for given in (tasks, pd.DataFrame(tasks)):
        assert from_rows(ROWS, tasks=given).tasks == (Task("t1", "Why?"), Task("t2", "Where?"))


@pytest.mark.parametrize(
    "names",
    [
        ("task_id", "agent", "response"),
        ("Question ID", "Model", "Output"),
        ("qid", "generator", "completion"),
        ("item", "worker", "text"),
        ("example-id", "system", "Prediction"),
    ],
)
def test_the_names_people_use_are_understood(write, names):
    renamed = [dict(zip(names, row.values(), strict=True)) for row in ROWS]
    assert read([write("answers.csv", renamed)]).evidence == Responses(TEXTS)


def test_no_name_stands_for_two_fields():
    names = [name for accepted in FIELDS.values() for name in accepted]
    assert sorted(names) == sorted(set(names))


def test_of_two_columns_for_one_field_the_better_name_wins_and_the_other_is_mentioned(write):
    rows = [{**row, "input": "the rest", "Instruction": "the prompt"} for row in ROWS]
    evaluation = read([write("answers.jsonl", rows)])
    assert {task.prompt for task in evaluation.tasks} == {"the prompt"}
    assert any("'input' is not read, 'Instruction' already gives the prompt" in note for note in evaluation.notes)


def test_columns_nobody_knows_are_mentioned_once_a_file_with_the_name_they_may_have_meant(write):
    rows = [{**row, "src": "web", "promt": "Why?"} for row in ROWS]
    (note,) = read([path := write("answers.jsonl", rows)]).notes
    assert note == f"{path}: 2 columns not read: 'src', 'promt'; did you mean 'prompt' by 'promt'?"


def test_numbers_are_names_like_any_other(write):
    rows = [{"task_id": task, "agent": agent, "response": "x"} for task in (1, "2") for agent in (10, "11")]
    assert read([write("mixed.jsonl", rows)]).agents == ("10", "11")
    floats = [{"task_id": float(task), "agent": agent, "response": "x"} for task in (1, 2) for agent in (10, 11)]
    evaluation = read([write("floats.parquet", floats)])
    assert [task.id for task in evaluation.tasks] == ["1", "2"]


def test_files_handed_in_together_are_one_table(write):
    paths = [write("ann.jsonl", ROWS[::2]), write("bob.csv", ROWS[1::2])]
    evaluation = read(paths)
    assert evaluation.evidence == Responses(TEXTS)
    assert [source.path for source in evaluation.sources] == [str(path) for path in paths]


def test_an_integer_agent_and_its_text_are_one_agent_across_files(write):
    first = write("a.jsonl", [{"task_id": 1, "agent": 1, "response": "x"}, {"task_id": 1, "agent": 2, "response": "x"}])
    second = write("b.csv", [{"task_id": 2, "agent": 1, "response": "x"}, {"task_id": 2, "agent": 2, "response": "y"}])
    assert read([first, second]).agents == ("1", "2")


def alpaca(agent, answers, *, generator=True):
    rows = [{"dataset": "koala", "instruction": prompt, "output": answer} for prompt, answer in answers]
    return [{**row, "generator": agent} for row in rows] if generator else rows


def test_alpaca_eval_files_are_joined_by_their_instructions(write):
    first = write("gpt4.json", alpaca("gpt4", [("Why?", "Because"), ("Where?", "There")]))
    second = write("claude.json", alpaca("claude", [("Where?", "Here"), ("Why?", "So")]))
    evaluation = read([first, second])
    assert evaluation.tasks == (Task("task-0001", "Why?"), Task("task-0002", "Where?"))
    assert evaluation.agents == ("gpt4", "claude")
    assert evaluation.evidence.texts == [["Because", "So"], ["There", "Here"]]
    assert f"2 files ({str(first)!r}, {str(second)!r}): 1 column not read: 'dataset'" in evaluation.notes


def test_an_instruction_met_again_is_another_task(write):
    rows = [("Why?", "a1"), ("Why?", "a2")]
    paths = [write(f"{agent}.json", alpaca(agent, rows)) for agent in ("gpt4", "claude")]
    evaluation = read(paths)
    assert [task.id for task in evaluation.tasks] == ["task-0001", "task-0002"]
    assert evaluation.evidence.texts == [["a1", "a1"], ["a2", "a2"]]
    assert "1 task made of prompts that one agent answered again" in evaluation.notes


def test_one_instruction_about_several_contexts_is_several_tasks():
    rows = [
        {"instruction": "Summarise", "document": document, "agent": agent, "output": f"{agent} on {document}"}
        for agent, order in (("ann", "AB"), ("bob", "BA"))
        for document in order
    ]
    evaluation = from_rows(rows)
    assert evaluation.tasks == (Task("task-0001", "Summarise", "A"), Task("task-0002", "Summarise", "B"))
    assert evaluation.evidence.texts == [["ann on A", "bob on A"], ["ann on B", "bob on B"]]


def test_files_without_an_agent_column_are_their_names(write, tmp_path):
    answers = [("Why?", "a"), ("Where?", "b")]
    write("results/gpt4/model_outputs.json", alpaca("gpt4", answers, generator=False))
    write("results/claude/model_outputs.json.gz", alpaca("claude", answers, generator=False))
    write("results/llama.json", alpaca("llama", answers, generator=False))
    evaluation = read([tmp_path / "results"])
    assert evaluation.agents == ("claude", "gpt4", "llama")
    assert any("3 files without an agent column" in note for note in evaluation.notes)


def test_a_folder_is_its_readable_files_in_order_and_counts_the_others(write, tmp_path):
    write("run/b.jsonl", ROWS[::2])
    write("run/a.jsonl", ROWS[1::2])
    write("run/README.md", "hello")
    write("run/more/picture.png", b"\x89PNG")
    write("run/.hidden/c.jsonl", "broken")
    write("run/leaderboard.csv", "agent,elo\nann,1200\nbob,1000\n")
    evaluation = read([tmp_path / "run"])
    assert evaluation.agents == ("bob", "ann")
    assert f"{tmp_path / 'run'}: 2 files of other types not read (1 .md, 1 .png)" in evaluation.notes
    board = tmp_path / "run" / "leaderboard.csv"
    assert f"not read: {board}: no column holds the response or the label" in evaluation.notes


def test_tasks_in_a_folder_are_found_and_their_key_is_never_an_agent(write, tmp_path):
    write("run/outputs.jsonl", ROWS)
    write("run/tasks.jsonl", [{"task_id": f"t{k}", "question": f"{k}?", "answer": "the key"} for k in (1, 2)])
    write("run/truth.csv", "task_id,truth,n_options\nt1,A,4\nt2,B,4\n")
    evaluation = read([tmp_path / "run"])
    assert evaluation.agents == ("ann", "bob")
    assert evaluation.tasks == (Task("t1", "1?"), Task("t2", "2?"))
    assert len(evaluation.sources) == 2
    assert any("truth.csv: not read, it holds wide labels and the responses are ranked" in n for n in evaluation.notes)


def test_a_named_tasks_file_is_used_instead_of_one_met(write):
    answers, met = write("answers.jsonl", ROWS), write("met.csv", "task_id,prompt\nt1,met\nt2,met\n")
    named = write("named.csv", "task_id,prompt\nt1,named\nt2,named\n")
    evaluation = read([answers, met], tasks=named)
    assert {task.prompt for task in evaluation.tasks} == {"named"}
    assert f"{met}: not read, the tasks come from {named}" in evaluation.notes


def test_the_tasks_file_has_the_last_word_on_prompts(write):
    rows = [{**row, "prompt": f"row {n}", "context": "from the row"} for n, row in enumerate(ROWS)]
    answers = write("answers.jsonl", rows)
    alone = read([answers])
    assert alone.tasks == (Task("t1", "row 0", "from the row"), Task("t2", "row 2", "from the row"))
    assert "2 tasks with more than one prompt, the first is used" in alone.notes
    tasks = write("tasks.csv", "task_id,prompt,context\nt1,Why?,\nt2,,other\n")
    assert read([answers], tasks=tasks).tasks == (Task("t1", "Why?", "from the row"), Task("t2", "row 2", "other"))


@pytest.mark.parametrize("extension", ["jsonl", "parquet", "json"])
def test_options_follow_the_question_one_a_line(write, extension):
    tasks = [{"question_id": f"t{k}", "question": "Which?", "options": ["red", "blue"], "src": "x"} for k in (1, 2)]
    evaluation = read([write("answers.jsonl", ROWS)], tasks=write(f"questions.{extension}", tasks))
    assert evaluation.tasks[0] == Task("t1", "Which?\nred\nblue")


def test_tasks_that_do_not_match_are_counted(write):
    tasks = write("tasks.csv", "task_id,prompt\nt1,Why?\nt8,\nt9,\n")
    evaluation = read([write("answers.jsonl", ROWS)], tasks=tasks)
    assert f"1 of 2 tasks not in {tasks}, ranked without its prompt" in evaluation.notes
    assert f"2 of 3 tasks in {tasks} not ranked on" in evaluation.notes


def test_a_wide_table_is_tasks_by_agents(write):
    path = write("wide.csv", "task_id,ann,bob,cleo\nt1,A,B,?\nt2,NA,A,NaN\nt3,,B,B\nt4,nan,A,\n")
    evaluation = read([path])
    assert isinstance(evaluation.evidence, Labels)
    assert evaluation.evidence.classes == ("?", "A", "B")
    assert evaluation.agents == ("ann", "bob", "cleo")
    assert [task.id for task in evaluation.tasks] == ["t1", "t3"]
    assert evaluation.evidence.codes.tolist() == [[1, 2, 0], [-1, 2, 2]]
    assert "2 of 4 tasks left out, answered by one agent only" in evaluation.notes
    assert "5 of 12 labels missing" in evaluation.notes


def test_a_wide_table_of_floats_has_whole_numbers_as_labels(write):
    table = pa.table({"task_id": [1, 2], "7": [1.0, None], "8": [2.0, 1.0], "9": [1.5, 1.0]})
    path = write("wide.parquet", b"")
    pq.write_table(table, path)
    evaluation = read([path])
    assert evaluation.evidence.classes == ("1", "1.5", "2")
    assert evaluation.agents == ("7", "8", "9")


def test_any_first_column_is_the_task_of_a_wide_table_when_labels_are_asked_for(write):
    path = write("wide.csv", ",ann,bob\nt1,A,B\nt2,A,A\n")
    assert [task.id for task in read([path], evidence="labels").tasks] == ["t1", "t2"]


def test_long_cells_are_no_labels(write):
    path = write("wide.csv", [{"task_id": "t1", "ann": "word " * 20, "bob": "A"}])
    with pytest.raises(InvalidInput, match=r"wide.csv: a column must hold the response"):
        read([path])


def test_responses_come_before_labels_unless_labels_are_asked_for(write):
    path = write("both.jsonl", [{**row, "label": row["agent"][0]} for row in ROWS])
    responses = read([path])
    assert responses.evidence == Responses(TEXTS)
    assert any("it holds labels too" in note for note in responses.notes)
    labels = read([path], evidence="labels").evidence
    assert labels.classes == ("a", "b")
    assert labels.codes.tolist() == [[0, 1], [0, 1]]


def test_every_mark_but_the_missing_ones_is_a_label(write):
    marks = ["", "NA", "NaN", "nan", "na", "?", "None", " "]
    rows = [{"task_id": f"t{n}", "worker": w, "choice": m} for n, m in enumerate(marks) for w in ("ann", "bob")]
    assert read([write("labels.csv", rows)]).evidence.classes == (" ", "?", "None", "na")


def test_labels_of_any_type_are_text(write):
    rows = [
        {"task_id": task, "agent": agent, "label": label}
        for task, label in enumerate([True, 3, 2.0, "x"])
        for agent in ("ann", "bob")
    ]
    assert read([write("labels.jsonl", rows)]).evidence.classes == ("2", "3", "true", "x")
