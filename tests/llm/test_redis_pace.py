"""The pace of a provider that workers share: on a real Redis, each worker with a connection of its own."""

import asyncio
import time

import pytest

from elicit.llm.redis_pace import redis_paces
from elicit.services.plan import Limits

PROVIDER = "http://models.example/v1"


@pytest.fixture
def workers(redis_server):
    """A function that gives the paces of two workers with these limits."""
    return lambda **limits: [redis_paces(redis_server.url)(PROVIDER, Limits(**limits)) for _ in range(2)]


def take(pace, tokens=10):
    return asyncio.run(pace.take(tokens))


def test_two_workers_share_the_turns_of_a_minute(workers):
    first, second = workers(requests_per_minute=6)
    assert take(first) == 0
    assert 9 < take(second) <= 10


def test_two_workers_share_the_tokens_of_a_minute(workers):
    first, second = workers(tokens_per_minute=6000)
    assert take(first, 1000) == 0
    assert 9 < take(second) <= 10


def test_a_call_that_took_less_than_thought_makes_room_for_others(workers):
    first, second = workers(tokens_per_minute=6000)
    take(first, 1000)
    asyncio.run(first.correct(-1000))
    assert take(second) == 0


def test_a_pause_that_one_is_asked_for_holds_for_all_and_the_longest_counts(workers):
    first, second = workers()
    asyncio.run(first.pause(30))
    asyncio.run(second.pause(5))
    assert 29 < take(second) <= 30


def test_another_provider_has_a_pace_of_its_own(redis_server):
    paces = redis_paces(redis_server.url)
    first, second = (paces(provider, Limits(requests_per_minute=1)) for provider in ("openai", "anthropic"))
    assert [take(first), take(second)] == [0, 0]


def test_while_redis_is_away_each_worker_keeps_its_own_pace(workers, redis_server):
    first, second = workers(requests_per_minute=6)
    redis_server.stop()
    assert [take(first), take(second)] == [0, 0]
    assert 9 < take(first) <= 10
    redis_server.start()


def test_turns_are_given_one_after_the_other_to_many_at_once(workers):
    first, second = workers(requests_per_minute=1200)

    async def ten_calls(pace):
        for _ in range(10):
            while (wait_s := await pace.take(1)) > 0:
                await asyncio.sleep(wait_s)

    async def both():
        await asyncio.gather(ten_calls(first), ten_calls(second))

    started = time.monotonic()
    asyncio.run(both())
    assert time.monotonic() - started >= 19 * 0.05
