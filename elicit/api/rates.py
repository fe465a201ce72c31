"""How many requests a minute a key may send.

One rule: a key that was quiet for a minute may send a minute's requests at once; after that they are let in evenly.
"""

import threading
from datetime import datetime
from time import monotonic
from typing import Protocol

import structlog
from redis import Redis, RedisError

from elicit.settings import is_redis, redis_address

WINDOW_S = 60.0
AWAY_S = 10.0  # a Redis that did not answer is left alone for so long
log = structlog.get_logger("elicit.api")

# What `LocalRates.wait_s` does, in one step for all servers: ARGV is the share of a request and the window, in seconds.
SHARED = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = free - now - (ARGV[2] - ARGV[1])
if wait > 1e-6 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', free + ARGV[1]), 'PX', math.ceil(ARGV[2] * 1000))
return '0'
"""


class Rates(Protocol):
    """Who counts requests."""

    def wait_s(self, key_id: str, per_minute: int, now: datetime) -> float:
        """0 if a request may come in now, which counts it; else how many seconds it must wait."""


class LocalRates:
    """Counts the requests of this process.

    Each key has a moment from which on it is free of debt; a request moves it on by its share of the minute.

    >>> from datetime import UTC
    >>> rates, now = LocalRates(), datetime(2026, 11, 24, tzinfo=UTC)
    >>> [round(rates.wait_s("k", 2, now)) for _ in range(3)]
    [0, 0, 30]
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free: dict[str, float] = {}

    def wait_s(self, key_id: str, per_minute: int, now: datetime) -> float:
        """How long a request must wait by what this process saw."""
        moment, share = now.timestamp(), WINDOW_S / per_minute
        with self._lock:
            free = max(self._free.get(key_id, moment), moment)
            wait = free - moment - (WINDOW_S - share)
            if wait > 1e-6:
                return wait
            self._free[key_id] = free + share
            return 0.0


class SharedRates:
    """Counts the requests of all servers in Redis, by its clock; while it is away, each server counts its own."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(SHARED)
        self._local = LocalRates()
        self._away_until = 0.0

    def wait_s(self, key_id: str, per_minute: int, now: datetime) -> float:
        """How long a request must wait by what all servers saw."""
        if monotonic() >= self._away_until:
            try:
                return float(self._script(keys=[f"elicit:rate:{key_id}"], args=[WINDOW_S / per_minute, WINDOW_S]))
            except RedisError as error:
                self._away_until = monotonic() + AWAY_S
                log.warning("Redis does not answer, each server counts requests by itself", error=str(error))
        return self._local.wait_s(key_id, per_minute, now)


def rates_at(broker_url: str | None) -> Rates:
    """Rates shared through the broker if that is a Redis, else those of this process."""
    if broker_url is None or not is_redis(broker_url):
        return LocalRates()
    return SharedRates(Redis.from_url(redis_address(broker_url), socket_timeout=0.5, socket_connect_timeout=0.5))
