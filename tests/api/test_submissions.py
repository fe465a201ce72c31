"""Outputs are streamed in: stored once, counted right, complete when somebody says so."""

import json
import threading

import httpx
import pytest
from serving import new_project, served

from elicit.api.uploads import BATCH_LINES, LONGEST_LINE
from elicit.settings import ServerSettings
from elicit.wiring import first_key, opened

N_TASKS = 3 * BATCH_LINES // 2


def lines(rows):
    return "".join(json.dumps({"task_id": task, "response": text}) + "\n" for task, text in rows).encode()


ROWS = [(f"t{n}", f"answer {n}") for n in range(N_TASKS)]


@pytest.fixture
def submission(server):
    """The path of an open submission of an agent on `N_TASKS` tasks."""
    http = server.http("submit")
    tasks = [{"task_id": task, "prompt": task} for task, _ in ROWS]
    task_set = http.post("/task-sets", json={"name": "s", "tasks": tasks}).json()
    made = http.post("/submissions", json={"agent": "mine", "task_set": task_set["id"]})
    assert made.status_code == 201
    return f"/submissions/{made.json()['id']}"


@pytest.fixture
def http(server):
    return server.http("submit")


def test_outputs_are_submitted_and_then_complete(server, submission, http):
    receipt = http.post(f"{submission}/rows", content=lines(ROWS))
    assert receipt.json() == {"stored": N_TASKS, "repeated": 0, "received": N_TASKS}
    done = http.post(f"{submission}/complete")
    assert done.status_code == 200
    assert done.json()["state"] == "complete"
    assert done.json()["received"] == done.json()["n_tasks"] == N_TASKS
    assert http.post(f"{submission}/complete").json() == done.json()
    assert server.http("read").get("/submissions").json()["items"] == [done.json()]
    log = [entry["action"] for entry in server.http("admin").get("/audit").json()["items"]]
    assert log == ["submission.completed", "submission.made", "task set.made"]


def test_an_upload_sent_again_changes_nothing(submission, http):
    http.post(f"{submission}/rows", content=lines(ROWS[:100]))
    again = http.post(f"{submission}/rows", content=lines(ROWS[:700] + ROWS[:5]))
    assert again.json() == {"stored": 600, "repeated": 105, "received": 700}


def test_another_output_for_a_task_is_refused_and_what_stands_before_is_kept(submission, http):
    http.post(f"{submission}/rows", content=lines(ROWS[:10]))
    refused = http.post(f"{submission}/rows", content=lines([*ROWS[10:20], ("t3", "changed"), *ROWS[20:30]]))
    assert refused.status_code == 409
    assert refused.json()["detail"] == "line 11: a task has one output, 't3' has another already"
    assert refused.json()["received"] == http.get(submission).json()["received"] == 20


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"task_id": "t9", "response": "x"', "line 3: a line must be a JSON object"),
        (b'{"task_id": "t9"}', "line 3: response: Field required"),
        (b'{"task_id": "t9", "response": 7}', "line 3: response: "),
        (b'{"task_id": "t9", "response": null}', "line 3: response: "),
        (b'{"task_id": "t9", "response": "x", "more": 1}', "line 3: more: Extra inputs"),
        (b'{"task_id": "nowhere", "response": "x"}', "line 3: a task must be in the task set, 'nowhere' is not"),
        (b'{"task_id": "t9\\u0000", "response": "x"}', "line 3: task_id: "),
        (b'{"task_id": "t9\\ud800", "response": "x"}', "line 3: task_id: "),
        (b'{"task_id": "t9", "response": "\xff"}', "line 3: a line must be UTF-8, byte 32 is not"),
        (b"[" * 100_000, "line 3: a line must be a JSON object"),
        (b"1" * 10_000, "line 3: a line must be a JSON object"),
        (b"[]", "line 3: the line: "),
        (b'{"task_id": "t9", "response": "' + b"x" * 200_001 + b'"}', "line 3: response: String should have at most"),
    ],
)
def test_a_line_that_breaks_a_rule_is_named_and_what_stands_before_is_kept(submission, http, line, rule):
    body = lines(ROWS[:1]) + b"\r\n" + line + b"\n" + lines(ROWS[1:9])
    refused = http.post(f"{submission}/rows", content=body)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(rule)
    assert refused.json()["received"] == http.get(submission).json()["received"] == 1


def test_a_line_without_an_end_is_cut_off_while_it_comes(submission, http):
    refused = http.post(f"{submission}/rows", content=iter([b"x" * 60_000] * (2 * LONGEST_LINE // 60_000)))
    assert refused.status_code == 413
    assert refused.json()["detail"].startswith("line 1: a line must have at most")


def test_what_editors_and_models_write_is_taken(submission, http):
    odd = [("t0", "nul \0"), ("t1", "half \ud83d"), ("t2", ""), ("t3", "😀 é"), ("t4", "\u2028\n")]
    body = b"\xef\xbb\xbf" + lines(odd).replace(b"\n", b"\r\n") + b"\n \n" + lines(ROWS[5:6]).rstrip()
    assert http.post(f"{submission}/rows", content=body).json() == {"stored": 6, "repeated": 0, "received": 6}


def test_an_upload_without_lines_is_no_error(submission, http):
    assert http.post(f"{submission}/rows", content=b"").json() == {"stored": 0, "repeated": 0, "received": 0}


def test_a_complete_submission_takes_nothing(submission, http):
    assert http.post(f"{submission}/complete").status_code == 409
    http.post(f"{submission}/rows", content=lines(ROWS[:1]))
    http.post(f"{submission}/complete")
    refused = http.post(f"{submission}/rows", content=lines(ROWS[1:2]))
    assert refused.status_code == 409
    assert refused.json()["received"] == 1


def test_nothing_is_submitted_for_an_agent_that_the_server_asks(server, submission, http):
    server.http("evaluate").post("/agents", json={"name": "model", "spec": {"model": "openai/m"}})
    refused = http.post("/submissions", json={"agent": "model", "task_set": "s"})
    assert refused.status_code == 409
    assert "'model'" in refused.json()["detail"]


def test_many_uploads_into_one_submission_at_once_store_every_output_once(server, submission):
    receipts = []

    def upload():
        http = httpx.Client(headers={"Authorization": f"Bearer {server.keys['submit']}"}, timeout=60)
        with http:
            url = f"{server.url}/v1/projects/{server.project}{submission}/rows"
            receipts.append(http.post(url, content=lines(ROWS)).json())

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(receipt["stored"] for receipt in receipts) == N_TASKS
    assert [receipt["stored"] + receipt["repeated"] for receipt in receipts] == [N_TASKS] * 4
    assert server.http("read").get(submission).json()["received"] == N_TASKS


@pytest.fixture
def small_server(tmp_path):
    """A server with small limits."""
    settings = ServerSettings(
        f"sqlite:///{tmp_path}/elicit.db", most_body_bytes=10_000, most_upload_bytes=200_000, most_rows=1000
    )
    with opened(settings) as parts, served(parts) as url:
        server = new_project(parts, url, first_key(parts))
        with server.clients:
            yield server


def test_what_is_too_large_is_refused_before_or_while_it_comes(small_server):
    http = small_server.http("submit")
    tasks = [{"task_id": f"t{n}", "prompt": "?"} for n in range(200)]
    http.post("/task-sets", json={"name": "s", "tasks": tasks}).raise_for_status()
    http.post("/task-sets", json={"name": "s", "tasks": tasks[:100]}).raise_for_status()
    submission = f"/submissions/{http.post('/submissions', json={'agent': 'a', 'task_set': 's'}).json()['id']}"
    large = json.dumps({"name": "s", "tasks": [{"task_id": f"t{n}", "prompt": "?" * 100} for n in range(100)]}).encode()
    for content in (large, iter([large[:500], large[500:]])):
        refused = http.post("/task-sets", content=content, headers={"Content-Type": "application/json"})
        assert (refused.status_code, refused.headers["Content-Type"]) == (413, "application/problem+json")
        assert "10,000 bytes" in refused.json()["detail"]
    refused = http.post(f"{submission}/rows", content=lines(ROWS[:3]) + b"\n" * 200_000)
    assert refused.status_code == 413
    refused = http.post(f"{submission}/rows", content=iter([lines(ROWS[:3]), b"\n" * 250_000]))
    assert refused.status_code == 413
    assert "200,000 bytes" in refused.json()["detail"]
    refused = http.post(f"{submission}/rows", content=lines(ROWS[:1]) + b"\n" * 1000 + lines(ROWS[1:2]))
    assert refused.status_code == 413
    assert refused.json()["detail"] == "line 1002: an upload must have at most 1,000 lines"
    assert refused.json()["received"] == 1
