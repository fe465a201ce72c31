"""A key may send so many requests a minute, however many servers it sends them to."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from serving import new_project, served

from elicit.api.rates import LocalRates, rates_at
from elicit.settings import ServerSettings
from elicit.wiring import Parts, first_key, opened

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_key_that_is_used_too_often_is_told_when_to_come_back(tmp_path):
    clock = [NOW]
    with opened(ServerSettings(f"sqlite:///{tmp_path}/elicit.db")) as opened_parts:
        parts = Parts(opened_parts.settings, opened_parts.store, now=lambda: clock[0])
        with served(parts) as url:
            server = new_project(parts, url, first_key(parts))
            with server.clients:
                body = {"name": "slow", "scopes": ["read"], "requests_per_minute": 3}
                slow = server.with_key(server.http("admin").post("/keys", json=body).json()["secret"])
                assert [slow.get("/me").status_code for _ in range(3)] == [200] * 3
                refused = slow.get("/me")
                assert refused.status_code == 429
                assert refused.headers["Retry-After"] == "20"
                assert server.with_key(server.keys["read"]).get("/me").status_code == 200
                clock[0] += timedelta(seconds=20)
                assert [slow.get("/me").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("per_minute", [1, 7, 600, 1_000_000])
def test_over_a_long_time_a_key_gets_what_it_may(per_minute):
    rates, let_in = LocalRates(), 0
    for tenth in range(3000):  # five minutes
        now = NOW + timedelta(seconds=tenth / 10)
        let_in += sum(rates.wait_s("k", per_minute, now) == 0 for _ in range(min(per_minute, 20)))
    most_asked = 3000 * min(per_minute, 20)
    assert let_in in range(min(5 * per_minute, most_asked), min(6 * per_minute, most_asked) + 1)


def test_servers_count_together_in_redis_and_each_by_itself_while_it_is_away(redis_server):
    one, other = rates_at(redis_server.url), rates_at(redis_server.url)
    assert [rates.wait_s("k", 2, NOW) for rates in (one, other)] == [0, 0]
    assert 25 < one.wait_s("k", 2, NOW) <= 30
    assert 25 < other.wait_s("k", 2, NOW) <= 30
    redis_server.stop()
    assert [rates.wait_s("k", 2, NOW) for rates in (one, one, other)] == [0, 0, 0]
    assert one.wait_s("k", 2, NOW) == pytest.approx(30)


def test_a_broker_that_is_no_redis_counts_nothing():
    assert isinstance(rates_at("amqp://localhost"), LocalRates)
    assert isinstance(rates_at(None), LocalRates)


def test_requests_without_a_key_are_not_counted(server):
    assert {httpx.get(f"{server.url}/healthz").status_code for _ in range(20)} == {200}
