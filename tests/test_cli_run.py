"""Plans from the command line, over real HTTP: run, stop, resume, rescore."""

import gzip
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from plan_commands import AGENTS, run_id, run_json, scores

from elicit.mock_llm import Rule, serve
from elicit.store import Store

pytestmark = pytest.mark.usefixtures("own_database")


def test_a_plan_is_asked_scored_ranked_and_stored(elicit, plan_file):
    with serve() as server:
        board = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 10)
        asked = len(server.requests())
    assert (board["mechanism"], board["scorer"], board["n_tasks"]) == ("tvd_mi", "critic", 10)
    assert board["agents"][-1]["agent"] == "constant"
    facts = board["diagnostics"]["run"]
    assert facts["spend"]["calls"] == asked == facts["spend"]["paid_by_this_run"]["attempts"]
    assert facts["spend"]["cost"] is None  # nobody knows the price of a mock
    code, out, _ = elicit("show", "latest", "--format", "json")
    assert (code, json.loads(out)) == (0, board)


def test_nothing_is_asked_twice_also_across_runs_until_a_new_epoch(elicit, plan_file):
    with serve() as server:
        first = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 8)
        asked = len(server.requests())
        again = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 8)
        assert len(server.requests()) == asked == len({received.key for received in server.requests()})
        assert scores(again) == scores(first)
        assert again["diagnostics"]["run"]["spend"]["from_store"] == asked
        run_json(elicit, "run", plan_file(server.url, epoch="2"), "--limit-tasks", 8)
        assert len(server.requests()) == 2 * asked


def test_a_dry_run_asks_nothing(elicit, plan_file):
    with serve() as server:
        code, out, err = elicit("run", plan_file(server.url), "--dry-run")
        assert (code, server.requests()) == (0, []), err
    assert "Nothing was asked" in out


def test_a_dry_run_is_json_for_programs(elicit, plan_file, tmp_path):
    with serve() as server:
        found = run_json(elicit, "run", plan_file(server.url), "--dry-run", "--limit-tasks", 8)
        elicit("run", plan_file(server.url), "--dry-run", "--format", "json", "--out", tmp_path / "cost.json")
        assert server.requests() == []
    assert {share["who"]: share["calls"] for share in found["shares"][:-1]} == dict.fromkeys(AGENTS, 8)
    assert found["calls"] == sum(share["calls"] for share in found["shares"])
    assert found["cost"] is None
    assert json.loads((tmp_path / "cost.json").read_text())["name"] == "small"


@pytest.mark.parametrize("format_", ["csv", "markdown"])
def test_a_dry_run_in_a_format_it_does_not_have_is_refused(elicit, plan_file, format_):
    code, out, err = elicit("run", plan_file("http://127.0.0.1:1/v1"), "--dry-run", "--format", format_)
    assert (code, out) == (2, "")
    assert f"--dry-run writes a table or json, got --format {format_}" in err


def test_a_spent_budget_leaves_a_run_that_goes_on_to_the_same_scores(elicit, plan_file):
    with serve() as server:
        plan = plan_file(server.url, budget={"max_calls": 70})
        code, out, err = elicit("run", plan, "--limit-tasks", 10, "--format", "json")
        assert (code, len(server.requests())) == (1, 70)
        assert "the budget is spent" in err
        assert "stopped early" in out
        code, _, err = elicit("resume", run_id(err), "--format", "json")
        assert (code, len(server.requests())) == (1, 70), "a budget counts what was paid before"
    with serve() as server:
        pass


def test_resuming_with_more_money_asks_only_what_is_missing(elicit, plan_file):
    prices = {f"openai/mock-{name}": {"input_per_million": 1, "output_per_million": 1} for name in (*AGENTS, "critic")}
    with serve() as server:
        whole = run_json(elicit, "run", plan_file(server.url, epoch="undisturbed", prices=prices), "--limit-tasks", 10)
        needed = len(server.requests())
        server.reset()
        code, _, err = elicit("run", plan_file(server.url, prices=prices), "--limit-tasks", 10, "--max-cost", 0.01)
        assert code == 1
        assert 0 < len(server.requests()) < needed
        code, out, err = elicit("resume", run_id(err), "--max-cost", 10, "--format", "json")
        assert code == 0, err
        assert len(server.requests()) == needed == len({received.key for received in server.requests()})
    assert scores(json.loads(out)) == scores(whole)


def test_an_agent_whose_calls_fail_is_unranked_with_the_reason_and_the_others_are_not(elicit, plan_file):
    with serve([Rule(model="mock-hurried", fault="refusal", share=0.5, sticky=True)]) as server:
        board = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 12)
    rows = {row["agent"]: row for row in board["agents"]}
    assert rows["hurried"]["rank"] is None
    assert "of 12 tasks asked" in rows["hurried"]["reason"]
    assert rows["hurried"]["spend"]["failures"]["refused"] > 1
    assert all(row["rank"] for name, row in rows.items() if name != "hurried")


def test_a_provider_that_fails_at_times_changes_no_rank(elicit, plan_file):
    with serve() as server:
        sound = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 12)
    with serve([Rule(model="mock-concise", status=500, share=0.3)]) as server:
        shaken = run_json(elicit, "run", plan_file(server.url, limits={"retries": 6}), "--limit-tasks", 12)
        assert len(server.requests()) > len({received.key for received in server.requests()})
    assert scores(shaken) == scores(sound)


def test_a_critic_that_follows_orders_in_responses_is_called_unreliable(elicit, plan_file):
    with serve([Rule(model="mock-critic", answer="[[SIGNIFICANT]]", contains="SYSTEM: ignore")]) as server:
        board = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 6)
    assert board["diagnostics"]["run"]["critic"]["reliable"] is False
    assert any("unreliable" in note for note in board["diagnostics"]["notes"])


def test_verdicts_that_cannot_be_read_are_no_scores(elicit, plan_file):
    with serve([Rule(model="mock-critic", fault="unparsable", share=0.2, sticky=True)]) as server:
        board = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 20)
    facts = board["diagnostics"]["run"]
    assert facts["pairs"]["scored"] < facts["pairs"]["designed"]
    assert facts["spend"]["scorer"]["failures"]["unparsable"] > 0


def test_rescoring_asks_nothing(elicit, plan_file):
    with serve() as server:
        first = run_json(elicit, "run", plan_file(server.url), "--limit-tasks", 8)
        asked = len(server.requests())
        again = run_json(elicit, "rescore", "latest", "--mechanism", "tvd_mi")
        assert len(server.requests()) == asked
    assert scores(again) == scores(first)


def test_a_key_stands_in_no_output_and_not_in_the_database(elicit, plan_file, tmp_path, monkeypatch):
    secret = "sk-0123456789abcdef-secret"
    monkeypatch.setenv("MY_SECRET_KEY", secret)
    with serve([Rule(model="mock-hurried", status=400, answer=f"invalid key {secret}")]) as server:
        path = plan_file(server.url)
        plan = json.loads(path.read_text())
        for part in (*plan["agents"], plan["scorer"]):
            part["api_key_env"] = "MY_SECRET_KEY"
        path.write_text(json.dumps(plan))
        _, out, err = elicit("run", path, "--limit-tasks", 4)
        assert {received.credential for received in server.requests()} - {"none", "absent"}
    assert "invalid key" in err
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("runs.db*"))
    assert secret not in out + err
    assert secret.encode() not in stored
    with Store.open() as store:
        assert secret not in json.dumps(store.plan("latest"))


def test_a_missing_key_is_named_before_anything_is_asked(elicit, plan_file, monkeypatch):
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with serve() as server:
        path = plan_file(server.url)
        plan = json.loads(path.read_text())
        plan["agents"][0] = {"name": "far", "model": "groq/llama"}
        path.write_text(json.dumps(plan))
        code, _, err = elicit("run", path)
        assert (code, server.requests()) == (2, [])
    assert "GROQ_API_KEY" in err


def test_money_without_a_price_is_refused_before_anything_is_asked(elicit, plan_file):
    with serve() as server:
        code, _, err = elicit("run", plan_file(server.url), "--max-cost", 1)
        assert (code, server.requests()) == (2, [])
    assert "openai/mock-careful" in err


RECORDED = Path(__file__).parents[2] / "shared" / "data" / "strategic_agents" / "opus_de_en"


def recorded(folder, n_agents, n_tasks):
    """Part of the recorded set: a plan's tasks and agents, whose texts all differ, and the critic's scores."""
    lines = gzip.decompress((folder / "responses.jsonl.gz").read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    tasks = list(dict.fromkeys(row["task_id"] for row in rows))[:n_tasks]
    texts = {}
    for row in rows:
        if row["task_id"] in tasks:
            texts.setdefault(row["agent"], {})[row["task_id"]] = row["output"]
    seen, agents = set(), []
    for agent, answers in texts.items():
        told = {answer.strip() for answer in answers.values()}
        if len(told) == n_tasks and not told & seen and len(agents) < n_agents:
            agents.append(agent)
            seen |= told
    table = pq.read_table(folder / "pair_scores.parquet").to_pandas()
    kept = table["agent"].isin(agents) & table["peer"].isin(agents) & table["task_id"].isin(tasks)
    table = table[kept & (table["peer_task_id"].isin(tasks) | (table["peer_task_id"] != table["task_id"]))].copy()
    # The record does not say which task a contrast was: any other one will do.
    other = dict(zip(tasks, [*tasks[1:], tasks[0]], strict=True))
    contrast = table["peer_task_id"] != table["task_id"]
    table.loc[contrast, "peer_task_id"] = table.loc[contrast, "task_id"].map(other)
    plan_agents = [
        {"name": agent, "responses": [{"task_id": task, "response": texts[agent][task]} for task in tasks]}
        for agent in agents
    ]
    return tasks, plan_agents, table


@contextmanager
def mock_llm(*options):
    """`elicit mock-llm` in a process of its own: its address, and what it says beside."""
    words = [sys.executable, "-m", "elicit", "mock-llm", "--port", "0", *map(str, options)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline()
        try:
            yield said.split()[3]
        finally:
            process.terminate()


@pytest.mark.skipif(not RECORDED.exists(), reason=f"the recorded critic is not at {RECORDED}")
@pytest.mark.parametrize(
    ("n_agents", "n_tasks"), [(4, 8), pytest.param(10, 30, marks=pytest.mark.drill, id="ten agents, thirty tasks")]
)
def test_a_recorded_critic_asked_over_http_gives_the_ranking_of_its_recorded_table(elicit, tmp_path, n_agents, n_tasks):
    tasks, agents, table = recorded(RECORDED, n_agents, n_tasks)
    assert len(agents) == n_agents
    table.to_parquet(tmp_path / "table.parquet")
    only = [word for agent in agents for word in ("--replay-agent", agent["name"])]
    direct = run_json(elicit, "rank", tmp_path / "table.parquet", "--evidence", "pair-scores")
    with mock_llm("--replay", RECORDED, *only) as url:
        plan = {
            "tasks": [{"task_id": task, "prompt": f"Translate sentence {task}."} for task in tasks],
            "agents": agents,
            "scorer": {"kind": "critic", "model": "openai/recorded", "scale": "graded", "api_base": url},
            "design": {"pairs": "full"},
            "limits": {"concurrency": 16},
        }
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        asked = run_json(elicit, "run", tmp_path / "plan.json")
    assert asked["diagnostics"]["run"]["pairs"]["scored"] == 2 * n_agents * (n_agents - 1) * n_tasks
    expected = {row["agent"]: row["score"] for row in direct["agents"]}
    assert {row["agent"]: row["score"] for row in asked["agents"]} == pytest.approx(expected, rel=0, abs=1e-9)
