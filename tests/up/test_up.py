"""`elicit up` and `elicit api` as processes: the whole service on one port, started and stopped as a user does."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from elicit import Client

TASKS = [{"task_id": f"t{n}", "prompt": f"What is fact {n}?"} for n in range(30)]
READY_S = 90


@contextmanager
def command(tmp_path, *words, **environ):
    """A command of elicit as a process, and a function that waits for what it says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ELICIT_")}
    log = tmp_path / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "elicit", *words],
            stdout=stream,
            stderr=stream,
            env={**clean, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path), **environ},
        )

    def said(pattern):
        give_up_at = time.monotonic() + READY_S
        while not (found := re.search(pattern, log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up_at, log.read_text()
            time.sleep(0.1)
        return found[1]

    try:
        yield process, said
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def stopped(process, number=signal.SIGINT):
    """The exit code of a process that is told to stop."""
    process.send_signal(number)
    return process.wait(60)


def test_the_whole_service_runs_in_one_process_ranks_agents_and_stops_on_ctrl_c(tmp_path):
    with command(tmp_path, "up", "--port", "0", ELICIT_DATABASE_URL="") as (process, said):
        operator, url = said(r"shown this once: (\S+)"), said(r"API at (\S+)/v1")
        link = said(r"Dashboard: (\S+)")
        with httpx.Client(timeout=READY_S) as stranger:
            assert stranger.get(f"{url}/healthz").status_code == 200
            assert stranger.get(url).status_code == 401
        with httpx.Client(timeout=READY_S) as browser:
            assert browser.get(link).status_code == 200
            assert "<title>Streamlit</title>" in browser.get(url).text
            assert browser.get(f"{url}/_stcore/health").text == "ok"
        with Client(url, operator, "default", progress=False) as client:
            client.create_task_set("facts", TASKS)
            for agent, every in (("good", 1), ("fair", 2), ("poor", 5)):
                told = [{"task_id": f"t{n}", "response": f"shade {n * 7} of hue {n * 3}"} for n in range(30)]
                rows = [row if n % every == 0 else {**row, "response": "no idea"} for n, row in enumerate(told)]
                client.submit(agent, "facts", rows)
            client.create_evaluation(
                "facts", task_set="facts", agents=["good", "fair", "poor"], scorer={"kind": "lexical"}
            )
            run = client.wait(client.create_run("facts"), timeout_s=READY_S)
            assert run.state == "done", run.reason
            ranks = [row["agent"] for row in client.leaderboard(run).document["agents"]]
            assert set(ranks) == {"good", "fair", "poor"}
            keys = client.api_keys()
        assert stopped(process) == 0
        assert (tmp_path / "data" / "elicit" / "elicit.db").exists()
        assert "dashboard of this process" in {key.name for key in keys}
    with command(tmp_path, "up", "--port", "0") as (process, said):
        with Client(said(r"API at (\S+)/v1"), operator, "default", progress=False) as client:
            old = [key for key in client.api_keys() if key.name == "dashboard of this process"]
            assert [key.revoked_at is None for key in sorted(old, key=lambda key: key.created_at)] == [False, True]
            assert [one.id for one in client.runs()] == [run.id]
        assert stopped(process, signal.SIGTERM) == 0


def test_a_second_server_on_the_same_file_is_refused(tmp_path):
    with command(tmp_path, "up", "--port", "0") as (process, said):
        said(r"Dashboard: (\S+)")
        with command(tmp_path, "up", "--port", "0") as (second, _):
            assert second.wait(READY_S) == 1
        assert stopped(process) == 0
    (log,) = [file.read_text() for file in tmp_path.glob("up-*.log") if "another elicit server" in file.read_text()]
    assert "Traceback" not in log


def test_a_port_that_is_taken_is_named(tmp_path):
    with command(tmp_path, "up", "--port", "0") as (process, said):
        port = said(r"API at http://127.0.0.1:(\d+)/v1")
        with command(tmp_path, "up", "--port", port) as (second, _):
            assert second.wait(READY_S) == 2
        assert stopped(process) == 0
    assert any(f"cannot listen on 127.0.0.1:{port}" in file.read_text() for file in tmp_path.glob("up-*.log"))


@pytest.mark.parametrize(
    ("words", "environ", "named"),
    [
        (("up", "--workers", "2"), {}, "ELICIT_BROKER_URL"),
        (("up", "--workers", "2"), {"ELICIT_BROKER_URL": "redis://127.0.0.1:1/0"}, "ELICIT_DATABASE_URL"),
        (("api",), {}, "ELICIT_BROKER_URL"),
        (("api",), {"ELICIT_BROKER_URL": "redis://127.0.0.1:1/0"}, "ELICIT_SECRET_KEY"),
    ],
)
def test_a_setting_that_is_missing_is_named(tmp_path, words, environ, named):
    with command(tmp_path, *words, "--port", "0", **environ) as (process, _):
        assert process.wait(READY_S) == 2
    (log,) = tmp_path.glob("*.log")
    assert named in log.read_text()
    assert "Traceback" not in log.read_text()


def test_workers_beside_the_server_carry_out_runs(tmp_path, postgres_address, redis_server):
    environ = {"ELICIT_DATABASE_URL": postgres_address, "ELICIT_BROKER_URL": redis_server.url}
    environ["ELICIT_SECRET_KEY"] = "s" * 40
    with command(tmp_path, "up", "--workers", "1", "--port", "0", **environ) as (process, said):
        operator, url = said(r"shown this once: (\S+)"), said(r"API at (\S+)/v1")
        with Client(url, operator, "default", progress=False) as client:
            client.create_task_set("facts", TASKS)
            for agent in ("a", "b", "c"):
                client.submit(agent, "facts", [{"task_id": f"t{n}", "response": f"hue {n} {n}"} for n in range(30)])
            client.create_evaluation("facts", task_set="facts", agents=["a", "b", "c"], scorer={"kind": "lexical"})
            assert client.wait(client.create_run("facts"), timeout_s=READY_S).state in ("done", "failed")
        assert stopped(process) == 0


def test_the_database_is_brought_up_to_date_by_a_command_of_its_own(tmp_path):
    with command(tmp_path, "migrate") as (process, _):
        assert process.wait(READY_S) == 0
    assert (tmp_path / "data" / "elicit" / "elicit.db").exists()


def test_the_demonstration_of_all_parts_ranks_and_stops(tmp_path):
    script = [sys.executable, "docs/demo_service.py"]
    shown = subprocess.run(
        script,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert re.search(r"dashboard: http://127\.0\.0\.1:\d+", shown.stdout)
    assert re.search(r"5 +5 +evasive", shown.stdout)
    assert shown.stdout.rstrip().endswith("stopping")
    assert shown.stderr == ""
