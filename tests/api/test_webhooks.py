"""Webhooks over the API: made, tried, heard from, deleted; their secrets are shown once."""

import hashlib
import hmac
from contextlib import ExitStack
from dataclasses import replace

import pytest
from facts import wait_for_run
from hooks import hook
from playing import wait_until
from serving import served

from elicit.outbound import Outbound
from elicit.running.runner import InProcessRunner
from elicit.store.service_models import Webhook
from elicit.wiring import opened_engine

WEBHOOK = {"url": "https://8.8.8.8/hook", "events": ["run.finished"]}


def test_a_webhook_shows_its_secret_once_and_stores_it_nowhere(server):
    http = server.http("admin")
    answer = http.post("/webhooks", json=WEBHOOK, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201
    made = answer.json()
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert http.get("/webhooks").json()["items"] == [made]
    assert http.get(f"/webhooks/{made['id']}").json() == made
    again = http.post("/webhooks", json=WEBHOOK, headers={"Idempotency-Key": "k"})
    assert (again.status_code, secret in again.text) == (409, False)
    assert secret not in http.get("/audit").text
    with server.parts.store.reading() as session:
        assert secret not in str(vars(session.get(Webhook, made["id"])))
    other = http.post("/webhooks", json=WEBHOOK).json()
    assert other["secret"] != secret


def test_a_deleted_webhook_is_gone_with_its_log(server):
    http = server.http("admin")
    place = f"/webhooks/{http.post('/webhooks', json=WEBHOOK).json()['id']}"
    assert http.post(f"{place}/test").json()["state"] == "waiting"
    assert http.delete(place).status_code == 204
    assert [http.request(method, place).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert http.get(f"{place}/deliveries").status_code == 404


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"url": "http://8.8.8.8/hook"}, "must begin with https://"),
        ({"url": "https://127.0.0.1/hook"}, "must be public"),
        ({"url": "https://[::ffff:169.254.169.254]/hook"}, "must be public"),
        ({"url": "https://2130706433/hook"}, "written like 192.0.2.7"),
        ({"url": "https://localhost/hook"}, "must be public"),
        ({"url": "https://me:secret@8.8.8.8/"}, "should match pattern"),
        ({"url": "file:///etc/passwd"}, "should match pattern"),
        ({"events": []}, "at least 1 item"),
        ({"events": ["run.begun"]}, "'run.finished'"),
    ],
)
def test_a_webhook_that_must_not_be_called_is_refused(server, change, rule):
    refused = server.http("admin").post("/webhooks", json=WEBHOOK | change)
    assert (refused.status_code, rule in refused.json()["detail"]) == (422, True)
    assert server.http("admin").get("/webhooks").json()["items"] == []


def test_without_a_secret_key_there_are_no_webhooks(server):
    parts = replace(server.parts, settings=replace(server.parts.settings, secret_key=""))
    with served(parts) as url, ExitStack() as clients:
        refused = replace(server, url=url, clients=clients).http("admin").post("/webhooks", json=WEBHOOK)
    assert (refused.status_code, "ELICIT_SECRET_KEY" in refused.json()["detail"]) == (409, True)


@pytest.fixture
def allowing(server):
    """The test's project on a server that may call private addresses, with a runner."""
    parts = replace(server.parts, outbound=Outbound(allow_private=True))
    with (
        served(parts) as url,
        opened_engine(parts, {}) as engine,
        InProcessRunner(engine, tick_s=0.2),
        ExitStack() as clients,
    ):
        yield replace(server, parts=parts, url=url, clients=clients)


def test_a_webhook_hears_of_a_test_and_of_the_end_of_a_run(allowing, evaluation):
    http = allowing.http("admin")
    with hook() as there:
        made = http.post("/webhooks", json={"url": there.url, "events": ["run.finished", "run.stopped"]}).json()
        place = f"/webhooks/{made['id']}/deliveries"
        assert http.post(f"/webhooks/{made['id']}/test").status_code == 202
        wait_until(lambda: http.get(place).json()["items"][0]["state"] == "delivered")
        run_id = http.post("/runs", json={"evaluation": evaluation}).json()["id"]
        wait_for_run(http, run_id)
        wait_until(lambda: [item["state"] for item in http.get(place).json()["items"]] == ["delivered"] * 2)
    assert [item["event"] for item in http.get(place).json()["items"]] == ["run.finished", "webhook.test"]
    assert [posted.path for posted in there.posted] == ["/", "/"]
    for posted in there.posted:
        sent_at, given = (part.partition("=")[2] for part in posted.headers["Elicit-Signature"].split(","))
        signed = sent_at.encode() + b"." + posted.body
        assert given == hmac.new(made["secret"].encode(), signed, hashlib.sha256).hexdigest()
    assert f'"run":"{run_id}"'.encode() in there.posted[1].body


def test_a_run_that_is_cancelled_is_told_of(server, evaluation):
    http = server.http("admin")
    made = http.post("/webhooks", json=WEBHOOK | {"events": ["run.stopped"]}).json()
    run_id = http.post("/runs", json={"evaluation": evaluation}).json()["id"]
    http.post(f"/runs/{run_id}/cancel").raise_for_status()
    (message,) = http.get(f"/webhooks/{made['id']}/deliveries").json()["items"]
    assert (message["event"], message["state"], message["tries"]) == ("run.stopped", "waiting", 0)
