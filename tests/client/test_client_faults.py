"""Uploads through dropped connections, a killed server and a busy one: nothing is lost, nothing is there twice."""

import signal
import threading

import httpx
import pytest
from api_process import Process, api
from places import new_place
from proxy import proxied

from elicit import ApiError
from elicit.client import outgoing

N = 1500
TASKS = [{"task_id": f"t{number}", "prompt": f"What is {number}?"} for number in range(N)]
OUTPUTS = [{"task_id": f"t{number}", "response": f"It is {number}. " + "x" * 300} for number in range(N)]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(outgoing, "LARGEST_BATCH", 200)


CUTS = {
    "in the middle of requests": [("up", 30_000), ("up", 200_000), ("up", 1)],
    "before the answer": [("down", 1)],
    "in the middle of answers": [("down", 400), ("down", 900), ("down", 50)],
    "again and again": [("up", 70_000), ("down", 250)] * 3,
}


@pytest.mark.parametrize("cuts", CUTS)
def test_an_upload_goes_through_connections_that_drop(place, small_batches, cuts):
    with proxied(place.port) as proxy, place.client("submit", url=proxy.url) as client:
        client.create_task_set("questions", TASKS)
        client.close()
        with place.client("submit", url=proxy.url) as client:
            proxy.cuts.extend(CUTS[cuts])
            done = client.submit("mine", "questions", iter(OUTPUTS))
    assert sorted(proxy.happened) == sorted(CUTS[cuts])
    assert (done.state, done.received) == ("complete", N)
    with place.client() as client:
        assert [found.id for found in client.submissions()] == [done.id]


def test_what_is_made_through_a_dropped_connection_is_made_once(place):
    with proxied(place.port) as proxy:
        proxy.cuts.extend([("down", 1), ("down", 1)])
        with place.client(url=proxy.url) as client:
            made = client.create_task_set("questions", TASKS[:2])
            agent = client.create_agent("mine")
    assert len(proxy.happened) == 2
    with place.client() as client:
        assert client.task_sets() == [made]
        assert client.agents() == [agent]
        assert [entry.action for entry in client.audit()].count("agent.made") == 1


def test_an_upload_goes_on_when_the_server_was_killed(tmp_path, small_batches):
    database = f"sqlite:///{tmp_path / 'elicit.db'}"
    with api(database) as first, proxied(first.port) as proxy:
        place, processes = new_place(proxy.url, proxy.port, first.key), [first]

        def restart():
            processes.append(Process(database))
            proxy.port = processes[-1].port

        def outputs():
            for number, row in enumerate(OUTPUTS):
                if number in (450, 1000):
                    processes[-1].end(signal.SIGKILL)
                    threading.Timer(0.5, restart).start()
                yield row

        try:
            with place.client("submit") as client:
                client.create_task_set("questions", TASKS)
                done = client.submit("mine", "questions", outputs())
                assert len(processes) == 3
                assert (done.state, done.received) == ("complete", N)
                assert client.received(done) == {row["task_id"] for row in OUTPUTS}
        finally:
            processes[-1].end(signal.SIGKILL)


def test_a_client_that_is_told_to_wait_waits_and_loses_nothing(place, monkeypatch):
    monkeypatch.setattr(outgoing, "LARGEST_BATCH", 10)
    with place.client() as admin:
        admin.create_task_set("questions", TASKS)
        place.keys["slow"] = admin.create_key("slow", ["submit"], requests_per_minute=60).secret
    statuses = heard(monkeypatch)
    with place.client("slow") as client:
        for _ in range(60):  # a minute's worth may come at once
            client.me()
        statuses.clear()
        done = client.submit("mine", "questions", iter(OUTPUTS[:60]))
    assert 429 in statuses
    assert done.received == 60


def test_without_patience_being_told_to_wait_is_an_error(place):
    with place.client() as admin:
        place.keys["slow"] = admin.create_key("slow", ["submit"], requests_per_minute=1).secret
    with place.client("slow", patience_s=0) as client, pytest.raises(ApiError, match="429"):
        _ = [client.me() for _ in range(10)]


def heard(monkeypatch):
    """The statuses of all answers from now on."""
    statuses, send = [], httpx.Client.send

    def listening(self, request, **options):
        response = send(self, request, **options)
        statuses.append(response.status_code)
        return response

    monkeypatch.setattr(httpx.Client, "send", listening)
    return statuses
