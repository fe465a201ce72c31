"""What tests of the commands that call models share: the agents, the commands, and what they print."""

import json
import subprocess
import sys
import time

AGENTS = ("careful", "concise", "hurried", "constant")


def scores(document):
    return {row["agent"]: (row["rank"], row["score"], row["low"], row["high"]) for row in document["agents"]}


def run_json(elicit, *words):
    code, out, err = elicit(*words, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def run_id(stderr):
    return stderr.split("Run ")[1][:10]


def process_of(*words):
    """A command in a process of its own."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-m", "elicit", *map(str, words)], **pipes)


def started(plan, tasks):
    """`elicit run` in a process of its own."""
    return process_of("run", plan, "--limit-tasks", tasks)


def kill(process):
    """End a process as a power cut does, if it has not ended."""
    process.kill()
    process.communicate()


def when_asked(server, count, process):
    """Wait until the server was asked so often."""
    deadline = time.monotonic() + 60
    while len(server.requests()) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
