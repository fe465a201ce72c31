"""Task sets and agents."""

import pytest

TASKS = [{"task_id": f"t{n}", "prompt": f"What is {n}?"} for n in range(5)]


def test_the_same_tasks_are_the_same_version(server):
    http = server.http("submit")
    first, again = (http.post("/task-sets", json={"name": "s", "tasks": TASKS}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = http.post("/task-sets", json={"name": "s", "tasks": TASKS[:4]}).json()
    assert other["version"] != first.json()["version"]
    assert http.get("/task-sets/s").json()["id"] == other["id"]
    assert http.get(f"/task-sets/{first.json()['id']}").json() == first.json()


def test_tasks_come_back_in_their_order(server):
    http = server.http("evaluate")
    tasks = [{**task, "context": "c", "category": "k", "images": ["https://example.com/a.png"]} for task in TASKS[::-1]]
    made = http.post("/task-sets", json={"name": "s", "tasks": tasks}).json()
    read, seen, cursor = server.http("read"), [], {}
    while cursor is not None:
        page = read.get(f"/task-sets/{made['id']}/tasks", params={"limit": 2, **cursor}).json()
        seen += page["items"]
        cursor = page["next"] and {"cursor": page["next"]}
    assert seen == tasks


@pytest.mark.parametrize(
    ("tasks", "rule"),
    [
        ([TASKS[0], TASKS[0]], "ids of their own, 't0' stands 2 times"),
        ([TASKS[0]], "at least 2 items"),
        ([TASKS[0], {"task_id": "x"}], "a prompt or a context"),
        ([TASKS[0], {"task_id": "x", "prompt": "?", "images": ["/etc/passwd"]}], "image must begin with"),
        ([TASKS[0], {"task_id": "x\x00", "prompt": "?"}], "match pattern"),
        ([TASKS[0], {"task_id": "x", "prompt": "?", "anwser": 1}], "Extra inputs"),
    ],
)
def test_tasks_that_break_a_rule_are_refused(server, tasks, rule):
    refused = server.http("submit").post("/task-sets", json={"name": "s", "tasks": tasks})
    assert refused.status_code == 422
    assert rule in refused.json()["detail"]
    assert server.http("read").get("/task-sets").json()["items"] == []


def test_half_a_character_is_refused_and_named(server):
    body = b'{"name": "s", "tasks": [{"task_id": "a", "prompt": "\\ud800"}, {"task_id": "b", "prompt": "?"}]}'
    refused = server.http("submit").post("/task-sets", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert "body.tasks.0.prompt" in refused.json()["detail"]


def test_an_agent_is_said_anew_under_its_name(server):
    http, read = server.http("evaluate"), server.http("read")
    first = http.post("/agents", json={"name": "a", "spec": {"model": "openai/m", "system": "Be brief."}})
    again = http.post("/agents", json={"name": "a", "spec": {"model": "openai/m", "system": "Be brief."}})
    other = http.post("/agents", json={"name": "a", "spec": {"model": "openai/m", "system": "Be long."}})
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 200]
    assert read.get("/agents/a").json() == other.json()
    assert other.json()["id"] == first.json()["id"]
    log = server.http("admin").get("/audit").json()["items"]
    assert [entry["action"] for entry in log] == ["agent.changed", "agent.made"]


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        ({"model": "openai/m", "api_key_env": "OPENAI_API_KEY"}, "spec.api_key_env: must be left out"),
        ({"responses": "/etc/passwd"}, "spec.responses: must be left out"),
        ({"model": "huggingface/https://evil.example"}, "an address is 'api_base'"),
        ({"model": "openai/m", "params": {"api_key": "sk-secret123"}}, "must not hold a key"),
        ({"model": "openai/m", "nonsense": 1}, "nonsense"),
        ({"model": 7}, "must be"),
        ({}, "'model'"),
    ],
)
def test_a_spec_that_breaks_a_rule_is_refused(server, spec, rule):
    refused = server.http("evaluate").post("/agents", json={"name": "a", "spec": spec})
    assert refused.status_code == 422
    assert rule in refused.json()["detail"]
    assert "sk-secret123" not in refused.text
    assert server.http("read").get("/agents").json()["items"] == []
