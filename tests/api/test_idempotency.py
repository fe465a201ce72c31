"""A request with an Idempotency-Key is done once, whatever happens to its answer."""

import threading
from datetime import timedelta

import pytest

from elicit.api.changes import UnderWay
from elicit.errors import Conflict
from elicit.running.ticks import tick
from elicit.wiring import opened_engine


def made_projects(server):
    return server.with_key(server.operator).get("/projects", params={"limit": 500}).json()["items"]


def test_the_same_request_with_the_same_key_is_done_once_and_answered_the_same(server):
    operator, body = server.with_key(server.operator), {"name": f"{server.project} again"}
    first, second = (
        operator.post("/projects", json=body, headers={"Idempotency-Key": f"k1-{server.project}"}) for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["Location"] == second.headers["Location"]
    assert [project["name"] for project in made_projects(server)].count(body["name"]) == 1


def test_the_same_key_with_another_body_is_refused(server):
    operator, headers = server.with_key(server.operator), {"Idempotency-Key": f"k-{server.project}"}
    assert operator.post("/projects", json={"name": f"{server.project} a"}, headers=headers).status_code == 201
    refused = operator.post("/projects", json={"name": f"{server.project} b"}, headers=headers)
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]


def test_a_key_of_idempotency_is_the_callers_own(server):
    body, headers = {"name": "k", "scopes": ["read"]}, {"Idempotency-Key": "shared"}
    ids = {server.http(scope).post("/keys", json=body, headers=headers).json()["id"] for scope in ("admin", "operator")}
    assert len(ids) == 2


def test_a_request_that_was_refused_is_judged_again(server):
    operator, headers = server.with_key(server.operator), {"Idempotency-Key": f"again-{server.project}"}
    body = {"name": f"{server.project} x"}
    operator.post("/projects", json=body)
    assert [operator.post("/projects", json=body, headers=headers).status_code for _ in range(2)] == [409, 409]


def test_a_secret_is_not_shown_again(server):
    admin, headers = server.http("admin"), {"Idempotency-Key": "once"}
    body = {"name": "ci", "scopes": ["read"]}
    first, second = (admin.post("/keys", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 409)
    assert first.json()["secret"] not in second.text
    assert "shown once" in second.json()["detail"]


def test_of_two_requests_at_once_one_is_told_to_wait():
    under_way, inside, finish = UnderWay(), threading.Event(), threading.Event()

    def first():
        with under_way.only("key", "k"):
            inside.set()
            finish.wait()

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    with under_way.only("key", "other"), pytest.raises(Conflict, match="under way"), under_way.only("key", "k"):
        pass
    finish.set()
    thread.join()
    with under_way.only("key", "k"):
        pass


def test_many_at_once_make_one(server):
    body, headers = {"name": f"{server.project} race"}, {"Idempotency-Key": f"race-{server.project}"}
    answers = []

    def post():
        answers.append(server.with_key(server.operator).post("/projects", json=body, headers=headers))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} in ({201}, {201, 409})
    assert all(answer.headers["Retry-After"] == "1" for answer in answers if answer.status_code == 409)
    assert [project["name"] for project in made_projects(server)].count(body["name"]) == 1


def test_answers_are_kept_for_a_day_and_forgotten_later(server):
    operator, headers = server.with_key(server.operator), {"Idempotency-Key": f"old-{server.project}"}
    body = {"name": f"{server.project} old"}
    operator.post("/projects", json=body, headers=headers)
    for days, status in ((1, 201), (3, 409)):
        with opened_engine(server.parts, {}) as engine:
            tick(engine, server.parts.now() + timedelta(days=days))
        assert operator.post("/projects", json=body, headers=headers).status_code == status
