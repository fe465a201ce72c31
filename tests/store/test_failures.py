"""What goes wrong is told in one sentence, without the password, and leaves no half of a run."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

import elicit
from elicit.errors import StoreError
from elicit.store import Store, engine

CHECKOUT = Path(elicit.__file__).parents[1]
LARGE = """
import random, sys
from datetime import UTC, datetime
from elicit.errors import StoreError
from elicit.store import RunRecord, Store, codec, content_hash, new_run_id
from elicit.types import Evaluation, Responses, Task

def large(letter, n_tasks=8, n_bytes=300_000):
    noise = random.Random(letter)
    texts = [[noise.randbytes(n_bytes).hex(), letter] for _ in range(n_tasks)]
    return Evaluation(tuple(Task(f"t{i}") for i in range(n_tasks)), ("ada", "bob"), Responses(texts))

def run_of(evaluation):
    result = {"mechanism": "mi", "scorer": "lexical", "n_agents": 2, "n_tasks": 8, "seed": 0, "agents": []}
    return RunRecord(
        id=new_run_id(datetime.now(UTC), random.SystemRandom()), created_at=datetime.now(UTC),
        input_hash=content_hash(evaluation), parameters={}, versions={}, sources=(), result=result, arrays={},
    )
"""


def python(script, *arguments, **options):
    """A Python process that can import elicit, with its input and output as pipes."""
    command = [sys.executable, "-c", LARGE + script, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=CHECKOUT, **pipes, **options)


def all_told(*processes):
    """What processes that were let go at the same moment say in the end."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60) for process in processes]


# Several processes


def test_processes_that_open_a_new_database_at_once_all_find_it_ready(address):
    opens = "print('ready', flush=True); input(); print(len(Store.open(sys.argv[1]).runs()))"
    assert all_told(*(python(opens, address) for _ in range(2))) == [("0\n", "")] * 2


def test_processes_that_save_at_once_lose_nothing(store, address):
    saves = """
shared, own = large("shared", n_bytes=30_000), large(sys.argv[2], n_bytes=30_000)
runs = [(evaluation, run_of(evaluation)) for evaluation in (shared, own, shared)]
with Store.open(sys.argv[1]) as store:
    print("ready", flush=True); input()
    for evaluation, run in runs:
        store.save(evaluation, run)
"""
    assert all_told(*(python(saves, address, letter) for letter in "ab")) == [("", "")] * 2
    hashes = [run.input_hash for run in store.runs()]
    assert (len(hashes), len(set(hashes))) == (6, 3)
    assert all(len(store.evaluation(each).tasks) == 8 for each in set(hashes))


def test_a_process_killed_while_it_saves_leaves_nothing(store, address, rows_in):
    dies = """
import itertools, os, signal
pack, calls = codec.pack, itertools.count()
codec.pack = lambda columns: os.kill(os.getpid(), signal.SIGKILL) if next(calls) == 4 else pack(columns)
Store.open(sys.argv[1]).save(large("a"), run_of(large("a")))
"""
    process = python(dies, address)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert rows_in("inputs", "input_blocks", "runs") == [0, 0, 0]


# Files that cannot be used


def test_a_new_user_gets_a_file_in_the_data_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("ELICIT_DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    Store.open().close()
    assert (tmp_path / "share" / "elicit" / "elicit.db").is_file()


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    monkeypatch.delenv("ELICIT_DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    (tmp_path / "share").write_text("a file")
    with pytest.raises(StoreError, match=r"elicit\.db: its directory cannot be made: Not a directory"):
        Store.open()


def test_a_missing_directory_is_told(tmp_path):
    with pytest.raises(StoreError, match=f"there is no directory {tmp_path / 'typo'}"):
        Store.open(f"sqlite:///{tmp_path / 'typo' / 'elicit.db'}")


def test_a_file_that_is_no_database_is_told_and_kept(tmp_path):
    (tmp_path / "answers.jsonl").write_text('{"task_id": "t1"}\n' * 100)
    with pytest.raises(StoreError, match=r"answers\.jsonl: file is not a database\. Give ELICIT_DATABASE_URL another"):
        Store.open(f"sqlite:///{tmp_path / 'answers.jsonl'}")
    assert (tmp_path / "answers.jsonl").read_text().startswith('{"task_id"')


def test_a_directory_in_the_place_of_the_file_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"unable to open database file\. Check that the file"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_file_that_may_only_be_read_is_told():
    directory = Path(tempfile.mkdtemp(prefix="elicit-", dir="/tmp"))  # open to nobody, unlike tmp_path
    with closing(sqlite3.connect(directory / "elicit.db")) as connection:
        connection.execute("CREATE TABLE someone_elses (number INTEGER)")
    (directory / "elicit.db").chmod(0o444)
    directory.chmod(0o555)
    opens = """
import os, alembic.command
os.geteuid() or os.setuid(65534)  # root may write everywhere
try:
    Store.open(sys.argv[1])
except StoreError as error:
    print(error)
"""
    said, _ = python(opens, f"sqlite:///{directory / 'elicit.db'}").communicate(timeout=60)
    directory.chmod(0o755)
    shutil.rmtree(directory)
    assert "attempt to write a readonly database. Make the file and its directory writable" in said


def test_a_file_that_another_program_holds_is_told(sqlite_address, tmp_path, responses, run_of, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 10)
    with Store.open(sqlite_address) as store, closing(sqlite3.connect(tmp_path / "elicit.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"database is locked\. Another program holds it"):
            store.save(responses, run_of(responses))


FILLS = """
import resource
store, (input, run) = Store.open(sys.argv[1]), ((large("a"), run_of(large("a"))))
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    store.save(input, run)
except StoreError as error:
    print(error)
print(store.runs())
"""


def test_a_limit_on_the_size_of_files_is_told_and_nothing_is_stored(sqlite_address):
    said, _ = python(FILLS, sqlite_address, "limit").communicate(timeout=60)
    assert said.endswith(": disk I/O error. Check the disk and the limits on file sizes: nothing was stored.\n[]\n")


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a disk of 1 MB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may make a small disk, and not in every container")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_a_full_disk_is_told_and_nothing_is_stored(small_disk):
    said, _ = python(FILLS, f"sqlite:///{small_disk / 'elicit.db'}", "disk").communicate(timeout=60)
    assert said == f"{small_disk / 'elicit.db'}: database or disk is full. Free some space: nothing was stored.\n[]\n"


# Servers that cannot be reached


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret@127.0.0.1:1/elicit",
        "postgres://me:s3cret@127.0.0.1:1/elicit?sslmode=disable",
        "postgresql+psycopg2://me@127.0.0.1:1/elicit?password=s3cret",
        "postgresql://me:s3cret@127.0.0.1:port/elicit",
        "postgresql://me:x@s3cret@127.0.0.1:1/elicit",
        "postgresql://me:x@s3cret/y@127.0.0.1:1/elicit",
        "postgresql://me:s3cret@127.0.0.1:1/elicit?colour=red",
        "mysql://me:s3cret@127.0.0.1:1/elicit",
    ],
)
def test_a_password_is_never_shown(address):
    with pytest.raises(StoreError) as raised:
        Store.open(address)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_a_server_that_does_not_answer_is_told():
    with pytest.raises(
        StoreError, match=r"^postgresql://127.0.0.1:1/elicit: connection.*refused.*Check that the server"
    ):
        Store.open("postgresql://me:s3cret@127.0.0.1:1/elicit")


def test_a_database_that_the_server_has_not_is_told(postgres_server):
    with pytest.raises(StoreError, match=r'database "nowhere" does not exist.*Check that the server runs'):
        Store.open(postgres_server.replace("/postgres?", "/nowhere?"))


def test_a_server_that_goes_away_is_told(postgres_address, responses, run_of):
    with Store.open(postgres_address) as store:
        store.runs()
        with psycopg.connect(postgres_address, autocommit=True) as admin:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        with pytest.raises(StoreError, match="terminating connection"):
            store.save(responses, run_of(responses))


def test_a_missing_driver_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=re.escape("pip install 'elicit[postgres]'")):
        Store.open("postgresql://me@127.0.0.1:1/elicit")


@pytest.mark.parametrize("address", ["elicit.db", "sqlite://", "sqlite:///:memory:", "mysql://host/elicit", "//x", " "])
def test_what_is_no_address_of_a_database_is_told(address):
    with pytest.raises(StoreError, match=r"must (read|name)"):
        Store.open(address)
