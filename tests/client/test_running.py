"""Runs through the client, carried out by the real server: made, waited for, read, compared, scheduled, gated."""

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count

import httpx
import pytest
from proxy import proxied

from elicit import ApiError, AsyncClient, ElicitError, InvalidInput
from elicit.client import running
from elicit.client.transport import BlockingTransport
from elicit.mock_llm import Rule, serve

TASKS = [{"task_id": f"topic/{number}", "prompt": f"Tell about {number}."} for number in range(40)]
KNOWS = {"main": 12, "careful": 12, "mine": 10, "weak": 4}  # facts of a task that an agent tells
AGENTS = list(KNOWS)


def outputs(agent):
    """Each task has facts of its own; agents tell more or fewer of them, in the same number of words."""
    rng = random.Random(agent)
    for number, task in enumerate(TASKS):
        told = rng.sample([f"fact{number}x{k}" for k in range(20)], KNOWS[agent])
        talk = [f"talk{rng.randrange(300)}" for _ in range(20 - len(told))]
        yield {"task_id": task["task_id"], "response": " ".join(told + talk)}


@pytest.fixture
def client(place):
    """A client of a project in which four agents have submitted outputs, with an evaluation of them."""
    with place.client() as client:
        client.create_task_set("topics", TASKS)
        for agent in AGENTS:
            client.submit(agent, "topics", outputs(agent))
        client.create_evaluation("weekly", task_set="topics", agents=AGENTS, scorer={"kind": "lexical"})
        yield client


def test_a_run_is_waited_for_and_its_leaderboard_read(client):
    run = client.wait(client.create_run("weekly"), timeout_s=120)
    assert (run.state, run.reason) == ("done", None)
    board = client.leaderboard(run)
    frame = board.to_frame()
    assert (set(frame["agent"]), frame["agent"].iloc[-1], board.run_id) == (set(AGENTS), "weak", run.id)
    assert board.document["n_tasks"] == 40
    assert client.runs(state="done", evaluation="weekly") == [run] == client.runs()
    assert client.wait(run) == client.run(run.id) == run


def test_what_a_leaderboard_was_made_of_can_be_read(client):
    run = client.wait(client.create_run("weekly"), timeout_s=120)
    assert client.report(run).startswith("<!DOCTYPE html>")
    pairs = client.pairs(run)
    assert pairs.agents == list(client.leaderboard(run).to_frame()["agent"])
    assert [row[i] for i, row in enumerate(pairs.score)] == [None] * 4
    tasks = client.run_tasks(run)
    assert [task.task_id for task in tasks] == [task["task_id"] for task in TASKS]
    detail = client.task_detail(run, "topic/7")
    assert detail.prompt == "Tell about 7."
    assert {answer.agent: answer.response for answer in detail.answers} == {
        agent: list(outputs(agent))[7]["response"] for agent in AGENTS
    }
    found = client.explanation(run, task="topic/7", agent="main", peer="careful")
    assert any("fact7" in str(row) for row in found.rows)


def test_what_is_read_again_does_not_move_over_the_wire_again(client, place, monkeypatch):
    run = client.wait(client.create_run("weekly"), timeout_s=120)
    statuses, send = [], BlockingTransport.send

    async def told(self, call, timeout_s):
        response = await send(self, call, timeout_s)
        statuses.append(response.status_code)
        return response

    monkeypatch.setattr(BlockingTransport, "send", told)

    def read():
        return [
            client.leaderboard(run),
            client.pairs(run),
            client.categories(run),
            client.agreement(run),
            client.agent_in_run(run, "main"),
            client.run_tasks(run),
            client.task_detail(run, "topic/7"),
            client.compare(run, run),
            client.comparison_by_task(run, run, agent="main"),
            client.difference(run, agent="main", baseline="weak"),
            client.difference_by_task(run, agent="main", baseline="weak"),
            client.explanation(run, task="topic/7", agent="main", peer="careful"),
        ]

    first, again = read(), read()
    assert first == again
    assert statuses == [200] * 12 + [304] * 12
    client.run(run)
    client.create_key("k", ["read"])
    assert statuses[-2:] == [200, 201]  # what changes, and what is a secret, is never kept
    with ThreadPoolExecutor(4) as threads:
        assert all(board == first[0] for board in threads.map(lambda _: client.leaderboard(run), range(8)))


def test_two_runs_are_compared_and_the_newer_submission_counts(client):
    before = client.wait(client.create_run("weekly"), timeout_s=120)
    better = [{**row, "response": best["response"]} for row, best in zip(outputs("weak"), outputs("main"), strict=True)]
    mixed = [{**row, "response": row["response"].replace("talk1", "talk2")} for row in better]
    client.submit("weak", "topics", mixed)
    after = client.wait(client.create_run("weekly"), timeout_s=120)
    moves = {move.agent: move for move in client.compare(before, after).moves}
    assert moves["weak"].rank_change > 0


def test_two_agents_of_a_run_are_told_apart_beyond_noise_only(client):
    run = client.wait(client.create_run("weekly"), timeout_s=120)
    worse = client.difference(run, agent="weak", baseline="main")
    assert (worse.verdict, worse.run_id, worse.n_tasks) == ("worse", run.id, 40)
    assert client.difference(run, agent="main", baseline="weak").verdict == "better"
    assert client.difference(run, agent="careful", baseline="main").verdict == "not told apart"
    with pytest.raises(ApiError, match="no agent 'nobody'") as unknown:
        client.difference(run, agent="nobody", baseline="main")
    assert unknown.value.status == 422


def test_an_evaluation_that_cannot_be_run_is_refused(client):
    with pytest.raises(ApiError, match="nobody"):
        client.create_evaluation("other", task_set="topics", agents=["mine", "nobody"], scorer={"kind": "lexical"})
    with pytest.raises(InvalidInput, match="agents"):
        client.create_evaluation("other", task_set="topics", agents=["mine"], scorer={"kind": "lexical"})
    with pytest.raises(ApiError, match="nothing"):
        client.create_run("nothing")
    assert [found.name for found in client.evaluations()] == ["weekly"]


@pytest.fixture
def slow_run(client):
    """A run that waits for a model which takes a minute for an answer."""
    with serve([Rule(answer="yes", delay_s=60)]) as llm:
        model = {"kind": "critic", "model": "openai/slow", "api_base": llm.url}
        client.create_evaluation("slow", task_set="topics", agents=AGENTS, scorer=model)
        yield client.create_run("slow")


def test_waiting_ends_with_its_time_and_the_run_goes_on(client, slow_run):
    with pytest.raises(ElicitError, match="has not ended after 3 s"):
        client.wait(slow_run, timeout_s=3)
    assert client.run(slow_run).state == "running"
    client.cancel_run(slow_run)
    assert client.wait(slow_run).state == "cancelled"
    with pytest.raises(ApiError) as none_yet:
        client.leaderboard(slow_run)
    assert none_yet.value.status == 409


def test_a_run_whose_budget_is_spent_says_so_and_can_be_taken_up_again(client):
    with serve([Rule(answer="yes")]) as llm:
        model = {"kind": "critic", "model": "openai/quick", "api_base": llm.url}
        client.create_evaluation("dear", task_set="topics", agents=AGENTS, scorer=model, budget={"max_calls": 3})
        run = client.wait(client.create_run("dear"), timeout_s=120)
        assert (run.state, "budget" in run.reason) == ("stopped", True)
        assert client.parked(run) == []
        assert client.resume_run(run).state in ("queued", "running")
        assert client.wait(run, timeout_s=120).state == "stopped"
        assert client.resume_run(run, budget={"max_calls": 5}).budget.max_calls == 5
        assert client.wait(run, timeout_s=120).progress.calls == 5
        assert client.wait(client.retry_failed(client.wait(run, timeout_s=120)), timeout_s=120).state == "stopped"


def test_progress_is_told_while_it_is_waited_for(client, slow_run, monkeypatch):
    told = []

    def tell(stage, done, total):
        told.append(total)
        if total and told.count(total) == 1:
            client.cancel_run(slow_run)

    monkeypatch.setattr(running, "bars", lambda wanted: nullcontext(tell))
    assert client.wait(slow_run, timeout_s=120).state == "cancelled"
    assert any(told)


def test_waiting_goes_through_connections_that_drop(client, place, slow_run, monkeypatch):
    with proxied(place.port) as proxy, place.client(url=proxy.url) as shaky:

        def tell(stage, done, total):
            if len(proxy.happened) == 3 and client.run(slow_run).state != "cancelled":
                client.cancel_run(slow_run)

        monkeypatch.setattr(running, "bars", lambda wanted: nullcontext(tell))
        proxy.cuts.extend([("down", 100), ("down", 1000), ("up", 500)])
        assert shaky.wait(slow_run, timeout_s=120).state == "cancelled"


def test_where_the_server_cannot_tell_it_is_asked(client, monkeypatch):
    tries = count()

    def cut(self, call, timeout_s):
        next(tries)
        raise httpx.ConnectError("cut")

    monkeypatch.setattr(BlockingTransport, "stream", cut)
    assert client.wait(client.create_run("weekly"), timeout_s=120).state == "done"
    assert next(tries) >= 1


def test_a_run_whose_answer_was_lost_is_begun_once(client, place):
    with proxied(place.port) as proxy:
        proxy.cuts.append(("down", 1))
        with place.client(url=proxy.url, project=place.project) as shaky:
            run = shaky.create_run("weekly")
    assert len(proxy.happened) == 1
    assert [found.id for found in client.runs()] == [run.id]


def test_in_an_event_loop_many_runs_are_waited_for_at_once(client, place):
    async def run_two():
        async with AsyncClient(place.url, place.keys["admin"]) as awaited:
            runs = [await awaited.create_run("weekly") for _ in range(2)]
            ended = await asyncio.gather(*(awaited.wait(run, timeout_s=120) for run in runs))
            return [run.state for run in ended], await awaited.leaderboard(ended[0])

    states, board = asyncio.run(run_two())
    assert states == ["done", "done"]
    assert board.to_frame()["agent"].iloc[-1] == "weak"


def test_schedules_are_made_changed_paused_and_ended(client):
    made = client.create_schedule("mondays", "weekly", cron="0 6 * * 1", time_zone="Europe/Berlin")
    assert made.next_run_at is not None
    assert client.schedules() == [made] == [client.schedule(made)]
    assert len(client.preview(made, count=3).times) == 3
    paused = client.pause_schedule(made)
    assert (paused.paused, paused.next_run_at) == (True, None)
    assert client.resume_schedule(made).next_run_at == made.next_run_at
    assert client.change_schedule(made, time_zone="UTC").time_zone == "UTC"
    run = client.wait(client.run_now(made), timeout_s=120)
    assert (run.state, [found.id for found in client.schedule_runs(made)]) == ("done", [run.id])
    assert [point.run_id for point in client.history("mine")] == [run.id]
    client.delete_schedule(made)
    assert client.schedules() == []
    with pytest.raises(InvalidInput, match="either 'cron' or 'every_s'"):
        client.create_schedule("never", "weekly")


def test_webhooks_are_made_listed_and_ended(client):
    made = client.create_webhook("https://93.184.216.34/hook", ["run.finished"])
    assert made.secret not in repr(made)
    assert [hook.id for hook in client.webhooks()] == [made.id]
    assert client.deliveries(made) == []
    client.delete_webhook(made)
    assert client.webhooks() == []


@pytest.fixture
def environment(place, monkeypatch):
    monkeypatch.setenv("ELICIT_URL", place.url)
    monkeypatch.setenv("ELICIT_API_KEY", place.keys["admin"])


def test_a_gate_runs_the_evaluation_and_stops_what_is_worse(client, environment, elicit):
    code, said, told = elicit("gate", "--agent", "weak", "--baseline", "main", "--evaluation", "weekly")
    assert (code, "worse, beyond noise" in said, "Run " in told) == (3, True, True)
    (run,) = client.runs()
    code, said, _ = elicit("gate", "--agent", "careful", "--baseline", "main", "--run", run.id, "--format", "json")
    assert (code, json.loads(said)["verdict"], json.loads(said)["run_id"]) == (0, "not told apart", run.id)


def test_a_gate_without_a_finished_run_does_not_let_through(client, environment, elicit, slow_run):
    assert elicit("gate", "--agent", "mine", "--baseline", "main", "--run", slow_run.id)[0] == 2
    assert elicit("gate", "--agent", "mine", "--baseline", "main")[0] == 2
    code, _, told = elicit(
        *("gate", "--agent", "mine", "--baseline", "main", "--evaluation", "slow", "--timeout-s", "2")
    )
    assert (code, "has not ended" in told) == (1, True)
