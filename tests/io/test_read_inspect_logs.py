"""inspect_ai's logs, as written by inspect_ai itself with its mock model."""

import json
import struct
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from elicit.errors import InvalidInput
from elicit.io import read
from elicit.types import Task

FORMATS = ["eval", "json"]
SPEC = {"extension": "eval", "task": "quiz", "epochs": 1, "fail": []}
AGENTS = ("ann", "bob", "cleo")
LOGS = {
    **{(name, extension): SPEC | {"name": name, "extension": extension} for name in AGENTS for extension in FORMATS},
    **{(name, "exam"): SPEC | {"name": name, "task": "exam"} for name in AGENTS},
    **{("twice", extension): SPEC | {"name": "bob", "extension": extension, "epochs": 2} for extension in FORMATS},
    **{("fails", extension): SPEC | {"name": "bob", "extension": extension, "fail": [1]} for extension in FORMATS},
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """The paths of `LOGS`."""
    if find_spec("inspect_ai") is None:
        pytest.skip("needs inspect_ai, a development dependency")
    script = Path(__file__).with_name("write_inspect_logs.py")
    arguments = [sys.executable, script, tmp_path_factory.mktemp("logs"), json.dumps(list(LOGS.values()))]
    run = subprocess.run(arguments, check=True, capture_output=True, text=True)
    return dict(zip(LOGS, map(Path, json.loads(run.stdout.splitlines()[-1])), strict=True))


@pytest.mark.parametrize("extension", FORMATS)
def test_a_log_gives_tasks_agents_and_responses_but_never_the_target(logs, extension):
    evaluation = read([logs["ann", extension], logs["bob", extension]])
    assert evaluation.agents == ("mockllm/ann", "mockllm/bob")
    assert evaluation.tasks == (Task("1", "Why?"), Task("two", "Be brief.\n\nWhere?"))
    assert evaluation.evidence.texts == [["ann 0", "bob 0"], ["ann 1", "bob 1"]]
    assert "secret" not in repr(evaluation)
    assert evaluation.notes == ()


def test_logs_of_a_folder_are_read_whatever_their_format(logs):
    folder = logs["ann", "eval"].parent.parent
    with pytest.raises(InvalidInput, match="there must be one row for task"):  # it holds each model several times
        read([folder])
    assert read([logs["ann", "eval"].parent, logs["bob", "json"].parent]).agents == ("mockllm/ann", "mockllm/bob")


@pytest.mark.parametrize("extension", FORMATS)
def test_only_the_first_epoch_is_read_and_the_others_are_counted(logs, extension):
    path = logs["twice", extension]
    evaluation = read([logs["ann", extension], path])
    assert len(evaluation.tasks) == 2
    assert evaluation.notes == (f"{path}: 2 samples of later epochs not read, only the first epoch is",)


@pytest.mark.parametrize("extension", FORMATS)
def test_a_sample_that_ended_in_an_error_is_missing_and_counted(logs, extension):
    path = logs["fails", extension]
    evaluation = read([logs["ann", extension], path, logs["cleo", extension]])
    assert evaluation.evidence.texts == [["ann 0", None, "cleo 0"], ["ann 1", "bob 0", "cleo 1"]]
    assert f"{path}: 1 sample ended in an error, counted as missing" in evaluation.notes


def test_ids_are_led_by_the_task_only_where_logs_hold_several(logs):
    quiz = [logs["ann", "eval"], logs["bob", "eval"]]
    exam = [logs["ann", "exam"], logs["bob", "exam"]]
    assert [task.id for task in read(quiz + exam).tasks] == ["quiz/1", "quiz/two", "exam/1", "exam/two"]
    assert [task.id for task in read(exam).tasks] == ["1", "two"]


def test_two_logs_of_one_model_and_task_are_duplicates(logs):
    with pytest.raises(InvalidInput, match=r"\.json, sample 1, field 'task_id'.* the first is at .*\.eval, sample 1"):
        read([logs["ann", "eval"], logs["ann", "json"]])


def test_a_damaged_log_is_an_error(logs, tmp_path):
    cut, scrambled = tmp_path / "cut.eval", tmp_path / "scrambled.eval"
    content = logs["ann", "eval"].read_bytes()
    cut.write_bytes(content[: len(content) // 2])
    with zipfile.ZipFile(logs["ann", "eval"]) as archive:
        member = archive.getinfo("header.json")
    assert member.compress_type == 93, "inspect_ai packs its logs otherwise now: zstandard may not be needed"
    start = member.header_offset + sum(struct.unpack_from("<26xHH", content, member.header_offset)) + 30
    scrambled.write_bytes(content[:start] + b"\x00" * 8 + content[start + 8 :])
    for path in (cut, scrambled):
        with pytest.raises(InvalidInput, match=rf"{path.name}: the inspect log is cut short or damaged"):
            read([path])


def test_older_logs_are_packed_otherwise_and_a_cut_off_one_has_only_its_journal(logs, tmp_path):
    packed = []
    for name in ("ann", "bob"):
        document = json.loads(logs[name, "json"].read_text())
        packed.append(tmp_path / f"{name}.eval")
        with zipfile.ZipFile(packed[-1], "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": document["eval"]}))
            for sample in document["samples"]:
                archive.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
    evaluation = read(packed)
    assert evaluation.evidence.texts == [["ann 0", "bob 0"], ["ann 1", "bob 1"]]
    assert any("the log's status is 'started', samples may be lacking" in note for note in evaluation.notes)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([{"id": 1, "epoch": 1}], r"log\.json, sample 1: must have id, input and output"),
        ([7], r"log\.json, sample 1: must have id, input and output"),
        (None, r"log\.json: the file must hold rows, it is empty"),
    ],
)
def test_a_log_without_usable_samples_is_an_error(write, samples, message):
    log = {"version": 2, "status": "success", "eval": {"task": "quiz", "model": "ann"}, "samples": samples}
    with pytest.raises(InvalidInput, match=message):
        read([write("log.json", json.dumps(log))])


def test_a_zip_that_is_no_log_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InvalidInput, match=r"a\.zip: a zip file must be an inspect log"):
        read([tmp_path / "a.zip"])
