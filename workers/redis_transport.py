"""Kombu's transport for Redis with one fault mended: a worker lives on when Redis goes away.

A worker waits for messages on one connection and for commands on another. If the end of Redis is noticed on the second,
kombu 5.7 still tries to read from the first, gives up closing it when that fails, closes it later without what it needs
by then, and the worker ends: `AttributeError: 'NoneType' object has no attribute 'hostname'`.
"""

from kombu.transport import TRANSPORT_ALIASES, redis


class Channel(redis.Channel):
    """A channel that closes at once, also where Redis is gone."""

    def close(self) -> None:
        """Close. The first attempt may fail on the message that was waited for; none is waited for after that."""
        try:
            super().close()
        except self.connection_errors:
            super().close()


class Transport(redis.Transport):
    """The transport with these channels."""

    Channel = Channel


def use_for_redis() -> None:
    """Let all connections to Redis that this process opens from here on be of this transport."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
