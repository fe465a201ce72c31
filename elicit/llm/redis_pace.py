"""The pace of a provider for all workers together, kept in Redis.

One rule: Redis knows the time and takes the turn in one step, so that workers need not agree on anything. While Redis
is away each worker keeps a pace of its own.
"""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError

from elicit.llm.pacing import LocalPace, Pace, seconds_per
from elicit.services.plan import Limits

T = TypeVar("T")

ANSWERS_WITHIN_S = 2.0
AWAY_S = 10.0  # a Redis that did not answer is left alone for so long
FORGOTTEN_AFTER_S = 3600  # longer than any pause that is obeyed
log = logging.getLogger(__name__)

TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local kept = redis.call('HMGET', KEYS[1], 'next_request', 'next_tokens', 'paused_until')
local turn = math.max(tonumber(kept[1] or 0), tonumber(kept[2] or 0), tonumber(kept[3] or 0))
if turn > now then return string.format('%.6f', turn - now) end
redis.call('HSET', KEYS[1], 'next_request', string.format('%.6f', now + ARGV[1]),
    'next_tokens', string.format('%.6f', now + ARGV[2] * ARGV[3]))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return '0'
"""
PAUSE = """
local clock = redis.call('TIME')
local to = clock[1] + clock[2] / 1e6 + ARGV[1]
local kept = tonumber(redis.call('HGET', KEYS[1], 'paused_until') or 0)
redis.call('HSET', KEYS[1], 'paused_until', string.format('%.6f', math.max(kept, to)))
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""


def redis_paces(url: str) -> Callable[[str, Limits], Pace]:
    """Paces by provider, shared by all that name the same Redis."""
    redis: Redis = Redis.from_url(url, socket_timeout=ANSWERS_WITHIN_S, socket_connect_timeout=ANSWERS_WITHIN_S)
    return lambda provider, limits: RedisPace(redis, provider, limits)


class RedisPace:
    """The pace of calls to one provider, of all workers together."""

    def __init__(self, redis: Redis, provider: str, limits: Limits) -> None:
        self._key = f"elicit:pace:{provider}"
        self._redis = redis
        self._take, self._pause = redis.register_script(TAKE), redis.register_script(PAUSE)
        self._s_per_request, self._s_per_token = seconds_per(limits)
        self._local = LocalPace(limits)
        self._away_until = 0.0

    async def take(self, tokens: float) -> float:
        """A turn, if there is one and the provider does not want to be left alone."""
        words = [self._s_per_request, self._s_per_token, tokens, FORGOTTEN_AFTER_S]
        wait_s = await self._asked(lambda: float(self._take(keys=[self._key], args=words)))
        return await self._local.take(tokens) if wait_s is None else wait_s

    async def pause(self, seconds: float) -> None:
        """The longest pause that was asked for counts; this worker obeys it also while Redis is away."""
        await self._local.pause(seconds)
        await self._asked(lambda: self._pause(keys=[self._key], args=[seconds, FORGOTTEN_AFTER_S]))

    async def correct(self, tokens: float) -> None:
        """Later calls wait for the difference."""
        await self._local.correct(tokens)
        seconds = self._s_per_token * tokens
        if seconds:
            await self._asked(lambda: self._redis.hincrbyfloat(self._key, "next_tokens", seconds))

    async def _asked(self, ask: Callable[[], T]) -> T | None:
        """What Redis says, `None` while it is away. In a thread: a Redis that hangs must not hold up the loop."""
        if monotonic() < self._away_until:
            return None
        try:
            return await asyncio.to_thread(ask)
        except RedisError as error:
            self._away_until = monotonic() + AWAY_S
            log.warning("the shared pace is not to be had (%s): each worker keeps its own", type(error).__name__)
            return None
