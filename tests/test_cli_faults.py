"""Runs that meet faults, or are killed, interrupted, out of money or room: what they leave, and how they go on."""

import json
import resource
import signal
import subprocess
import sys
from collections import Counter

import pytest
from plan_commands import AGENTS, kill, process_of, run_json, scores, started, when_asked

from elicit.mock_llm import Rule, serve
from elicit.store import Store

pytestmark = pytest.mark.usefixtures("own_database")


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_calls_in_flight_and_says_how_to_go_on(elicit, plan_file, number):
    with serve([Rule(delay_s=0.1)]) as server:
        process = started(plan_file(server.url, limits={"concurrency": 4}), 8)
        when_asked(server, 20, process)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "elicit resume" in err
        before = {received.key for received in server.requests()}
        code, _, err = elicit("resume", "latest")
        assert code == 0, err
        after = [received.key for received in server.requests()]
        assert len(after) == len(set(after)), "nothing that was in flight is paid for again"
        assert before < set(after)


def test_a_second_signal_drops_the_calls_in_flight_which_count_as_possibly_paid(elicit, plan_file):
    with serve([Rule(fault="hang", matches="."), Rule()]) as server:
        process = started(plan_file(server.url, limits={"concurrency": 4, "timeout_s": 300}), 8)
        when_asked(server, 4, process)
        process.send_signal(signal.SIGINT)
        assert any("Waiting" in line for line in process.stderr)  # which stops at that line
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "dropped" in err
        assert "Traceback" not in err
    with Store.open() as store:
        assert store.ledger(store.plan("latest")[0]).held.calls == 4


# Failures


def test_what_failed_on_the_way_is_asked_again_on_demand_and_what_was_refused_is_not(elicit, plan_file):
    refused = Rule(model="mock-careful", fault="refusal", times=1)
    failed = Rule(model="mock-hurried", status=500, times=1)
    with serve([refused, failed]) as server:
        plan = plan_file(server.url, limits={"retries": 0, "concurrency": 1})
        code, out, err = elicit("run", plan, "--limit-tasks", 20, "--format", "json")
        first = json.loads(out)
        assert code == 0, err
        assert "1 call failed or timed out" in err
        assert "--retry-failed" in err
        asked = server.requests()
        assert run_json(elicit, "resume", "latest") == first
        assert len(server.requests()) == len(asked), "a finished run is shown, not asked"
        code, out, err = elicit("resume", "latest", "--retry-failed", "--format", "json")
        assert code == 0, err
        again = server.requests()[len(asked) :]
        agents = [received.key for received in again if received.model != "mock-critic"]
        assert agents == [received.key for received in asked if received.outcome == "500"]
    second = json.loads(out)["diagnostics"]["run"]["spend"]
    assert second["may_pass"] == 0
    assert second["paid_by_this_run"]["attempts"] == len(asked) + len(again), "the budget goes on where it was"
    by_name = {row["agent"]: row for row in json.loads(out)["agents"]}
    assert (by_name["careful"]["usable"], by_name["hurried"]["usable"]) == (19, 20)


def test_every_kind_of_failure_is_counted_for_its_agent_and_for_the_scorer(elicit, plan_file):
    kinds = {"refused": "refusal", "filtered": "filtered", "truncated": "truncated", "empty": "empty"}
    kinds |= {"timed out": "hang", "failed": "cut", "unparsable": "unparsable"}
    agents = [f"a{number}" for number in range(len(kinds))]
    rules = [Rule(model=f"mock-a{n}", fault=fault, times=1) for n, fault in enumerate(kinds.values())]
    rules += [Rule(model="mock-critic", fault=fault, times=2) for fault in kinds.values()]
    rules.append(Rule(model="mock-a*", answer=lambda ask: f"Some thoughts. ANSWER: {ask.key} {ask.model}"))
    with serve(rules) as server:
        path = plan_file(server.url, agents=agents, limits={"retries": 0, "timeout_s": 2})
        plan = json.loads(path.read_text())
        for agent in plan["agents"]:
            agent["strategy"] = "chain-of-thought"
        path.write_text(json.dumps(plan))
        board = run_json(elicit, "run", path, "--limit-tasks", 12)
    counted = {row["agent"]: row["spend"]["failures"] for row in board["agents"]}
    assert counted == {agent: {kind: 1} for agent, kind in zip(agents, kinds, strict=True)}
    scorer = board["diagnostics"]["run"]["spend"]["scorer"]["failures"]
    assert {kind: scorer.get(kind, 0) >= 2 for kind in kinds} == dict.fromkeys(kinds, True)


def test_an_agent_that_was_given_part_of_the_tasks_is_ranked_and_its_coverage_shown(elicit, plan_file):
    with serve() as server:
        path = plan_file(server.url)
        plan = json.loads(path.read_text())
        plan["tasks"] = [{"task_id": f"t{n}", "prompt": f"Describe object {n}."} for n in range(12)]
        rows = [{"task_id": f"t{n}", "response": f"Object {n} is round and {n} ells wide."} for n in range(6)]
        plan["agents"].append({"name": "outside", "responses": rows})
        path.write_text(json.dumps(plan))
        board = run_json(elicit, "run", path)
    row = next(row for row in board["agents"] if row["agent"] == "outside")
    assert (row["reason"], row["coverage"]) == (None, 0.5)
    assert row["rank"] is not None


def test_a_run_whose_every_call_fails_says_why_and_how_to_go_on(elicit, plan_file):
    with serve(
        [Rule(model="mock-c*", status=500, answer="the backend is on fire", matches="^((?!Response).)*$")]
    ) as server:
        code, _, err = elicit("run", plan_file(server.url, limits={"retries": 0, "concurrency": 1}), "--limit-tasks", 2)
    assert code == 2
    assert "First failure: openai/mock-careful: " in err
    assert "the backend is on fire" in err
    assert "elicit resume" in err


def test_a_key_that_is_refused_ends_the_run_with_the_providers_words(elicit, plan_file):
    with serve([Rule(status=401, answer="this key was revoked")]) as server:
        code, _, err = elicit("run", plan_file(server.url))
        assert len(server.requests()) <= 8
    assert code == 1
    assert "this key was revoked" in err.splitlines()[-1]
