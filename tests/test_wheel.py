"""The wheel that users install: complete, alone in an empty environment, away from the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_elicit_its_workers_and_dashboard_with_migrations_demo_and_types(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"elicit", "workers", "dashboard"}
    for part in ("workers/app.py", "elicit/_migrations/env.py", "elicit/demo_data/responses.jsonl", "elicit/py.typed"):
        assert part in names
    assert any(name.startswith("elicit/_migrations/versions/0001") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name]


def test_the_installed_wheel_runs_the_demo_and_keeps_a_run(wheel, tmp_path):
    venv, away = tmp_path / "venv", tmp_path / "away"
    away.mkdir()
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin/pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "locks/core.txt"], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ELICIT_", "PYTHON"))}
    environment["XDG_DATA_HOME"] = str(tmp_path / "data")

    def elicit(*words):
        command = [venv / "bin/elicit", *words]
        done = subprocess.run(command, cwd=away, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    assert "careful" in elicit("demo")
    (away / "answers.csv").write_text(
        "task_id,agent,label\n" + "".join(f"{t},{agent},{'xy'[t % 2]}\n" for t in range(9) for agent in "abc")
    )
    assert json.loads(elicit("rank", "answers.csv", "--format", "json"))["n_agents"] == 3
    assert [run["n_agents"] for run in json.loads(elicit("runs", "--format", "json"))] == [3, 9]
