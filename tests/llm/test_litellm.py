"""What elicit keeps litellm from: the network at its import, a slow start, talking, and a mind of its own."""

import json
import os
import re
import subprocess
import sys

import pytest

from elicit.mock_llm import Rule, serve

IMPORT = """
import socket, sys

def tried(*args, **more):
    print("network", args[-2:], file=sys.stderr)
    raise OSError("there is no network")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = tried
from elicit.llm.calling import imported_litellm
llm = imported_litellm()
assert llm.model_cost["gpt-4o-mini"]["input_cost_per_token"] > 0
assert (llm.cache, llm.drop_params, llm.telemetry) == (None, False, False)
assert not (llm.callbacks or llm.success_callback or llm.failure_callback or llm.num_retries or llm.default_fallbacks)
print([name for name in sys.modules if name.startswith("litellm.proxy")])
"""
LAZY = """
import sys
from elicit import cli
try:
    cli.main()
except SystemExit as stop:
    assert not stop.code, stop.code
print(sorted({"litellm", "openai", "aiohttp"} & sys.modules.keys()), file=sys.stderr)
"""


def python(script, *words, **environ):
    """A script in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, words)], capture_output=True, text=True, env={**os.environ, **environ}
    )


def test_the_import_asks_nothing_of_the_network_and_brings_no_proxy_server():
    done = python(IMPORT, LITELLM_DROP_PARAMS="true", LITELLM_LOCAL_MODEL_COST_MAP="False")
    assert (done.stderr, done.returncode) == ("", 0)
    loaded = set(json.loads(done.stdout.replace("'", '"')))
    assert "litellm.proxy.proxy_server" not in loaded


@pytest.mark.parametrize("words", [["--help"], ["rank", "ANSWERS", "--no-store"], ["run", "PLAN", "--dry-run"]])
def test_what_calls_no_model_does_not_wait_for_litellm(tmp_path, words):
    rows = [{"task_id": f"t{t}", "agent": a, "response": f"{t} {a} word"} for t in range(5) for a in "abc"]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    agents = [{"name": name, "model": f"openai/{name}", "api_base": "http://127.0.0.1:1/v1"} for name in "abc"]
    plan = {"tasks": "demo", "agents": agents, "scorer": {"kind": "lexical"}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    files = {"ANSWERS": tmp_path / "answers.jsonl", "PLAN": tmp_path / "plan.json"}
    done = python(LAZY, *(files.get(word, word) for word in words), ELICIT_DATABASE_URL=f"sqlite:///{tmp_path}/x.db")
    assert done.stderr.splitlines()[-1] == "[]", done.stderr


OUR_LINES = re.compile(
    r"Run \w{10}|First failure: openai/.*|\d+ x openai/.*|\d+ calls, .*|\d+ calls? failed .*|Stored as run .*"
    r"|elicit: .*"
)
FAULTS = [Rule(status=500, share=0.1), Rule(fault="refusal", share=0.1), Rule(fault="cut", share=0.1)]


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [Rule(status=500, share=0.1), Rule(fault="refusal", share=0.1), Rule(fault="cut", share=0.1)],
        [Rule(status=401)],
    ],
    ids=["sound", "faults", "no entry"],
)
def test_a_run_says_only_what_elicit_says(tmp_path, rules):
    with serve(rules) as server:
        names = ("careful", "hurried")
        agents = [{"name": name, "model": f"openai/mock-{name}", "api_base": server.url} for name in names]
        scorer = {"kind": "critic", "model": "openai/mock-critic", "scale": "soft", "api_base": server.url}
        limits = {"retries": 1, "timeout_s": 5}
        plan = {"tasks": "demo", "agents": agents, "scorer": scorer, "limits": limits}
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        words = [sys.executable, "-m", "elicit", "run", tmp_path / "plan.json", "--limit-tasks", "3"]
        environ = {"ELICIT_DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "PYTHONWARNINGS": "default"}
        done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **environ})
    assert [line for line in done.stderr.splitlines() if not OUR_LINES.fullmatch(line)] == []
