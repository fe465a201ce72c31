"""Plans from the command line, over real HTTP: run, stop, resume, rescore."""

import gzip
import json
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from elicit.mock_llm import Rule, local_models, serve
from elicit.store import Store

AGENTS = ("careful", "concise", "hurried", "constant")


pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def plan_file(tmp_path):
    """A function that writes a plan on the first demo tasks, all models at one address."""

    def write(url, name="plan.json", agents=AGENTS, **more):
        plan = {
            "name": "small",
            "tasks": "demo",
            "agents": [{"name": agent, "model": f"openai/mock-{agent}", "api_base": url} for agent in agents],
            "scorer": {"kind": "critic", "model": "openai/mock-critic", "scale": "graded", "api_base": url},
            "design": {"pairs": "rotating", "peers": 2},
            "limits": {"concurrency": 8, "timeout_s": 10, "retries": 2},
        }
        path = tmp_path / name
        path.write_text(json.dumps(plan | more))
        return path

    return write


def scores(document):
    return {row["agent"]: (row["rank"], row["score"], row["low"], row["high"]) for row in document["agents"]}


def run_json(elicit, *words):
    code, out, err = elicit(*words, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def run_id(stderr):
    return stderr.split("Run ")[1][:10]


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


DEMO = Path(__file__).parents[1] / "elicit" / "demo_data"
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


def record_part(folder, part, tasks, agents):
    """The recorded set without other agents, whose texts might be the same."""
    with np.load(folder / "pairs.npz") as pairs:
        t = [list(pairs["task_ids"]).index(task) for task in tasks]
        i = [list(pairs["agents"]).index(agent["name"]) for agent in agents]
        verdicts = {name: pairs[name][np.ix_(t, i, i)] for name in ("critic_p_x4", "critic_q_x4")}
    part.mkdir()
    np.savez(part / "pairs.npz", task_ids=tasks, agents=[agent["name"] for agent in agents], **verdicts)
    rows = [
        json.dumps({"task_id": row["task_id"], "agent": agent["name"], "output": row["response"]})
        for agent in agents
        for row in agent["responses"]
    ]
    (part / "responses.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return part


@pytest.mark.skipif(not RECORDED.exists(), reason=f"the recorded critic is not at {RECORDED}")
@pytest.mark.parametrize(
    ("n_agents", "n_tasks"), [(4, 8), pytest.param(10, 30, marks=pytest.mark.drill, id="ten agents, thirty tasks")]
)
def test_a_recorded_critic_asked_over_http_gives_the_ranking_of_its_recorded_table(elicit, tmp_path, n_agents, n_tasks):
    tasks, agents, table = recorded(RECORDED, n_agents, n_tasks)
    assert len(agents) == n_agents
    table.to_parquet(tmp_path / "table.parquet")
    part = record_part(RECORDED, tmp_path / "part", tasks, agents)
    direct = run_json(elicit, "rank", tmp_path / "table.parquet", "--evidence", "pair-scores")
    with serve(models=local_models(replay=part)) as server:
        plan = {
            "tasks": [{"task_id": task, "prompt": f"Translate sentence {task}."} for task in tasks],
            "agents": agents,
            "scorer": {"kind": "critic", "model": "openai/recorded", "scale": "graded", "api_base": server.url},
            "design": {"pairs": "full"},
            "limits": {"concurrency": 16},
        }
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        asked = run_json(elicit, "run", tmp_path / "plan.json")
    assert asked["diagnostics"]["run"]["pairs"]["scored"] == 2 * n_agents * (n_agents - 1) * n_tasks
    expected = {row["agent"]: row["score"] for row in direct["agents"]}
    assert {row["agent"]: row["score"] for row in asked["agents"]} == pytest.approx(expected, rel=0, abs=1e-9)


def test_the_word_model_asked_over_http_ranks_as_the_offline_scorer_does(elicit, tmp_path):
    rows = [json.loads(line) for line in (DEMO / "responses.jsonl").read_text().splitlines()]
    agents = ["careful", "concise", "constant", "evasive", "fabricator"]
    prompts = dict(list({row["task_id"]: row["prompt"] for row in rows}.items())[:12])
    rows = [row for row in rows if row["agent"] in agents and row["task_id"] in prompts]
    (tmp_path / "part.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with serve(models=local_models(lexical=tmp_path / "part.jsonl")) as server:
        plan = {
            "tasks": [{"task_id": task, "prompt": prompt} for task, prompt in prompts.items()],
            "agents": [
                {
                    "name": agent,
                    "responses": [
                        {"task_id": row["task_id"], "response": row["response"]}
                        for row in rows
                        if row["agent"] == agent
                    ],
                }
                for agent in agents
            ],
            "scorer": {"kind": "likelihood", "model": "openai/mock-words", "api_base": server.url},
            "mechanism": "gem",
            "design": {"pairs": "full"},
        }
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        asked = run_json(elicit, "run", tmp_path / "plan.json")
    offline = run_json(elicit, "rank", tmp_path / "part.jsonl", "--clones", "off", "--peers", "uniform")
    assert [row["agent"] for row in asked["agents"]] == [row["agent"] for row in offline["agents"]]
    # Not to the last digit: the other task of a contrast pair is drawn for each pair here, for each task there.
    expected = [row["score"] for row in offline["agents"]]
    assert [row["score"] for row in asked["agents"]] == pytest.approx(expected, abs=0.03)


def test_a_server_that_does_not_return_log_probabilities_of_given_text_is_refused(elicit, plan_file):
    with serve([Rule(endpoint="completions", fault="no logprobs")]) as server:
        scorer = {"kind": "likelihood", "model": "openai/mock-lexical", "api_base": server.url}
        code, _, err = elicit("run", plan_file(server.url, scorer=scorer), "--limit-tasks", 4)
        assert sum(received.path.endswith("/completions") for received in server.requests()) > 0
    assert code == 2
    assert "does not return them" in err


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


def check_a_kill_costs_no_more_than_the_calls_in_flight(elicit, plan_file, asked_before):
    """Kill a run at a moment, resume it, and compare it with one that nobody disturbed."""
    with serve([Rule(delay_s=0.05)]) as server:
        plan = plan_file(server.url, limits={"concurrency": 4})
        process = started(plan, 8)
        when_asked(server, asked_before, process)
        kill(process)
        code, out, err = elicit("resume", "latest", "--format", "json")
        assert code == 0, err
        calls = Counter(received.key for received in server.requests())
        assert max(calls.values()) <= 2
        assert sum(calls.values()) - len(calls) <= 4 * 4, "no more than the calls in flight were asked twice"
        whole = run_json(elicit, "run", plan_file(server.url, epoch="undisturbed"), "--limit-tasks", 8)
    assert scores(json.loads(out)) == scores(whole)


def test_a_killed_run_goes_on_and_ends_with_the_scores_of_an_undisturbed_one(elicit, plan_file):
    check_a_kill_costs_no_more_than_the_calls_in_flight(elicit, plan_file, asked_before=40)


@pytest.mark.drill
@pytest.mark.parametrize("asked_before", [1, 2, 5, *range(8, 76, 4)])
def test_a_run_killed_at_any_moment_goes_on(elicit, plan_file, asked_before):
    check_a_kill_costs_no_more_than_the_calls_in_flight(elicit, plan_file, asked_before)


LONGEST, DOLLARS_PER_TOKEN = 200, 0.001
PRICED = {
    "prices": {
        f"openai/mock-{name}": {"input_per_million": 0, "output_per_million": 1e6 * DOLLARS_PER_TOKEN}
        for name in (*AGENTS, "critic")
    },
    "limits": {"concurrency": 4, "retries": 8},
}


def bill(server):
    """The most that a provider charges for what it was asked: a call that is not over may cost all it was allowed."""
    requests = [received for received in server.requests() if not received.outcome.startswith("5")]
    tokens = [LONGEST if received.outcome == "pending" else received.tokens_out for received in requests]
    return DOLLARS_PER_TOKEN * sum(tokens)


def priced_plan(plan_file, url, **more):
    """A plan whose calls cost by the token, `LONGEST` at most."""
    path = plan_file(url, **(PRICED | more))
    plan = json.loads(path.read_text())
    for part in (*plan["agents"], plan["scorer"]):
        part["params"] = {"max_tokens": LONGEST}
    path.write_text(json.dumps(plan))
    return path


def check_the_bill_of_a_run_that_is_killed_again_and_again(elicit, plan_file, kills):
    """Kill a run and its resumptions; what the provider charges stays below what the run says it may have paid."""
    faults = [Rule(fault="cut", share=0.05), Rule(status=500, share=0.05), Rule(delay_s=0.03)]
    with serve(faults) as server, Store.open() as store:
        plan = priced_plan(plan_file, server.url)
        tasks, limit = 8 + kills, 10 + 2.0 * kills  # enough to go on after each kill, and to end
        first = ["run", plan, "--limit-tasks", tasks, "--max-cost", limit]
        again = ["resume", "latest", "--max-cost", limit]
        for number in range(kills):
            process = process_of(*(again if number else first))
            when_asked(server, len(server.requests()) + 3 + number % 5, process)
            kill(process)
            run_id, _ = store.plan("latest")
            ledger = store.ledger(run_id)
            assert len(server.requests()) <= ledger.paid.calls + ledger.held.calls
            assert bill(server) <= ledger.paid.cost + ledger.held.cost <= limit
        code, out, err = elicit(*again, "--format", "json")
        assert bill(server) <= limit
        assert code == 0, err
        spend = json.loads(out)["diagnostics"]["run"]["spend"]
        assert 0 < spend["possibly_paid"]["calls"] <= 4 * kills
        assert spend["paid_by_this_run"]["cost"] + spend["possibly_paid"]["cost"] <= limit
        whole = run_json(elicit, "run", priced_plan(plan_file, server.url, epoch="undisturbed"), *first[2:4])
    assert scores(json.loads(out)) == scores(whole)


def test_the_bill_of_a_killed_run_never_passes_the_budget(elicit, plan_file):
    check_the_bill_of_a_run_that_is_killed_again_and_again(elicit, plan_file, kills=2)


@pytest.mark.drill
def test_the_bill_of_a_run_killed_twenty_times_never_passes_the_budget(elicit, plan_file):
    check_the_bill_of_a_run_that_is_killed_again_and_again(elicit, plan_file, kills=20)


def test_calls_that_failed_before_a_resumption_count_as_paid(elicit, plan_file):
    with serve([Rule(fault="cut", share=0.6)]) as server:
        plan = priced_plan(plan_file, server.url, budget={"max_calls": 60}, limits={"concurrency": 4, "retries": 0})
        for words in (("run", plan, "--limit-tasks", 8), ("resume", "latest"), ("resume", "latest")):
            elicit(*words)
        assert len(server.requests()) <= 60


def test_a_run_that_met_a_full_disk_goes_on_when_there_is_room(elicit, plan_file, tmp_path):
    with serve() as server:
        whole = run_json(elicit, "run", plan_file(server.url, epoch="undisturbed"), "--limit-tasks", 8)
        plan = plan_file(server.url, limits={"concurrency": 1})
        room = (tmp_path / "runs.db").stat().st_size + 20_000
        words = [sys.executable, "-m", "elicit", "run", str(plan), "--limit-tasks", "8"]
        full = subprocess.run(
            words,
            capture_output=True,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        )
        assert full.returncode == 1
        assert "elicit resume" in full.stderr
        assert "Traceback" not in full.stderr
        code, out, err = elicit("resume", "latest", "--format", "json")
        assert code == 0, err
    assert scores(json.loads(out)) == scores(whole)


def test_ctrl_c_waits_for_the_calls_in_flight_and_says_how_to_go_on(elicit, plan_file):
    with serve([Rule(delay_s=0.1)]) as server:
        process = started(plan_file(server.url, limits={"concurrency": 4}), 8)
        when_asked(server, 20, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "elicit resume" in err
        before = {received.key for received in server.requests()}
        code, _, err = elicit("resume", "latest")
        assert code == 0, err
        after = [received.key for received in server.requests()]
        assert len(after) == len(set(after)), "nothing that was in flight is paid for again"
        assert before < set(after)
