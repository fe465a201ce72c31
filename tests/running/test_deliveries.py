"""Messages to webhooks: signed, sent until they arrive or are given up, and never to where they must not go."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from hooks import hook
from scheduled import SIX, World
from sqlalchemy import select

from elicit.outbound import Outbound
from elicit.running.deliveries import deliver
from elicit.services.alerts import MOST_TRIES, pause_s, webhook_secret
from elicit.store.service import webhooks
from elicit.store.service_models import Delivery

HOUR = timedelta(hours=1)


@pytest.fixture
def world(store):
    return World(store)


def tell(world, event="run.finished", data=None):
    with world.store.writing() as session:
        webhooks.tell(session, world.project, event, data or {"run": "r"}, now=world.now, ids=world.ids)


def log(world):
    """What became of each message: (state, tries, status, error)."""
    with world.store.reading() as session:
        messages = session.scalars(select(Delivery).order_by(Delivery.id))
        return [(message.state, message.tries, message.status, message.error) for message in messages]


def deliver_at(world, now):
    world.now = now
    deliver(world.engine, now)


def test_a_message_arrives_once_and_its_signature_can_be_checked(world):
    with hook() as server:
        webhook = world.webhook(server.url)
        tell(world, data={"run": "größer"})
        deliver_at(world, SIX)
        deliver_at(world, SIX + HOUR)
    (posted,) = server.posted
    fields = dict(part.split("=") for part in posted.headers["Elicit-Signature"].split(","))
    assert int(fields["t"]) == SIX.timestamp()
    secret = webhook_secret("k" * 40, webhook)
    signed = fields["t"].encode() + b"." + posted.body
    assert fields["v1"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    message = json.loads(posted.body)
    assert (message["event"], message["project"], message["data"]) == ("run.finished", world.project, {"run": "größer"})
    assert log(world) == [("delivered", 1, 204, None)]


def test_only_what_a_webhook_wants_to_hear_is_told(world):
    world.webhook(events=["agent.moved"])
    world.webhook(events=["run.finished", "agent.moved"])
    tell(world, "run.finished")
    tell(world, "run.stopped")
    assert len(log(world)) == 1


def test_a_message_that_is_not_taken_is_sent_again_later_and_later_and_then_given_up(world):
    with hook(status=503) as server:
        world.webhook(server.url)
        tell(world)
        now = SIX
        for tries in range(1, MOST_TRIES + 1):
            deliver_at(world, now)
            deliver_at(world, now + timedelta(seconds=pause_s(tries) - 1))
            assert len(server.posted) == tries
            now += timedelta(seconds=pause_s(tries))
        assert log(world) == [("given up", MOST_TRIES, 503, None)]
        deliver_at(world, now + 24 * HOUR)
        assert len(server.posted) == MOST_TRIES
        assert len({json.loads(posted.body)["id"] for posted in server.posted}) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 500])
def test_any_other_answer_than_success_counts_as_not_taken(world, status):
    with hook(status=status) as server:
        world.webhook(server.url)
        tell(world)
        deliver_at(world, SIX)
        assert log(world) == [("waiting", 1, status, None)]
        server.status = 200
        deliver_at(world, SIX + HOUR)
        assert log(world) == [("delivered", 2, 200, None)]
        assert {posted.path for posted in server.posted} == {"/"}


def test_an_address_that_leads_inside_by_now_is_not_called(world):
    with hook() as server:
        world.webhook(f"https://hook.test:{server.port}/")
        tell(world)
        outbound = Outbound(resolve=lambda host, port: ["127.0.0.1"])
        deliver(replace(world.engine, outbound=outbound), world.now)
    assert server.posted == []
    assert log(world) == [("waiting", 1, None, "an address must be public, hook.test is not")]


def test_two_ticks_at_once_send_a_message_once(world):
    with hook() as server:
        world.webhook(server.url)
        for _ in range(10):
            tell(world)
        ticks = [Thread(target=deliver, args=(world.engine, SIX)) for _ in range(4)]
        for tick in ticks:
            tick.start()
        for tick in ticks:
            tick.join()
    assert len(server.posted) == 10
    assert {state for state, *_ in log(world)} == {"delivered"}


def test_a_message_of_a_worker_that_died_is_sent_by_the_next(world):
    with hook() as server:
        world.webhook(server.url)
        tell(world)
        with world.store.writing() as session:
            assert len(webhooks.take_due(session, SIX, 10)) == 1  # and then it died
        deliver_at(world, SIX)
        assert server.posted == []
        deliver_at(world, SIX + timedelta(seconds=pause_s(1)))
        assert len(server.posted) == 1


def test_a_clock_that_was_set_back_holds_no_message_up(world):
    with hook() as server:
        world.webhook(server.url)
        world.now = SIX + 1000 * HOUR
        tell(world)
        deliver_at(world, SIX)
        assert len(server.posted) == 1


def test_the_log_forgets_what_is_over_and_old(world):
    with hook() as server:
        world.webhook(server.url)
        tell(world)
        deliver_at(world, SIX)
        world.webhook("http://127.0.0.1:1/")
        tell(world, "run.stopped")
        with world.store.writing() as session:
            webhooks.forget(session, SIX + HOUR)
    assert {state for state, *_ in log(world)} == {"waiting"}
