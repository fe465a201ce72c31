"""The API is killed while outputs come in; the client goes on with the next one: nothing lost, nothing doubled."""

import json
import signal
import threading
import time
from contextlib import suppress

import httpx
import pytest
from api_process import Process

from elicit.store import Store
from elicit.store.service import submissions
from elicit.store.service_models import Submission

N_TASKS = 4000
ROWS = [(f"t{n}", f"answer {n} " * 20) for n in range(N_TASKS)]


def lines(rows):
    return [json.dumps({"task_id": task, "response": text}).encode() + b"\n" for task, text in rows]


class Desk:
    """Somebody who submits outputs to an API that comes and goes."""

    def __init__(self, address):
        self.address = address
        self.api = Process(address)
        self.port, self.key = self.api.port, self.api.key
        self.http = httpx.Client(headers={"Authorization": f"Bearer {self.key}"}, verify=False, timeout=30)
        self.url = f"{self.api.url}/v1/projects/p"
        tasks = [{"task_id": task, "prompt": "?"} for task, _ in ROWS]
        self.post("/v1/projects", {"name": "p"})
        self.post("/v1/projects/p/task-sets", {"name": "s", "tasks": tasks})
        made = self.post("/v1/projects/p/submissions", {"agent": "a", "task_set": "s"})
        self.submission = made["id"]

    def post(self, path, body):
        return self.http.post(self.api.url + path, json=body).raise_for_status().json()

    def received(self):
        return self.http.get(f"{self.url}/submissions/{self.submission}").raise_for_status().json()["received"]

    def upload(self, body):
        return self.http.post(f"{self.url}/submissions/{self.submission}/rows", content=body)

    def kill_and_restart(self):
        self.api.end(signal.SIGKILL)
        self.api = Process(self.address, self.port)

    def close(self):
        self.http.close()
        self.api.end(signal.SIGKILL)


@pytest.fixture
def desk(address):
    desk = Desk(address)
    yield desk
    desk.close()


def slowly(rows, enough):
    """The lines of an upload, held up once `enough` says so; then the connection is left open."""
    for number, line in enumerate(lines(rows)):
        if number == len(rows) // 2:
            enough.set()
            time.sleep(0.5)
        yield line


def killed_once(desk, rows):
    """Send rows; when half of them are under way, kill the API and start it again."""
    half_way = threading.Event()

    def kill():
        half_way.wait()
        desk.kill_and_restart()

    killer = threading.Thread(target=kill)
    killer.start()
    with suppress(httpx.TransportError):
        desk.upload(slowly(rows, half_way))
    killer.join()


def check_killed_mid_upload(desk, times):
    least = 0
    for _ in range(times):
        killed_once(desk, ROWS)
        received = desk.received()
        assert least <= received < N_TASKS
        least = received
    answer = desk.upload(b"".join(lines(ROWS))).json()
    assert answer == {"stored": N_TASKS - least, "repeated": least, "received": N_TASKS}
    desk.post(f"/v1/projects/p/submissions/{desk.submission}/complete", None)
    with Store.open(desk.address) as store, store.reading() as session:
        assert submissions.answers(session, session.get(Submission, desk.submission)) == tuple(ROWS)


def test_an_api_that_is_killed_mid_upload_loses_and_doubles_nothing(desk):
    check_killed_mid_upload(desk, 1)


@pytest.mark.drill
def test_an_api_that_is_killed_again_and_again_loses_and_doubles_nothing(desk):
    check_killed_mid_upload(desk, 10)
