"""What the user may set from outside, read once.

One rule: settings come in as values; nothing else in elicit looks at the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from platformdirs import user_data_path


@dataclass(frozen=True)
class Settings:
    """Where runs are stored: `database_url` is a `sqlite:///FILE` or `postgresql://...` address."""

    database_url: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """`ELICIT_DATABASE_URL`, else the file `elicit.db` in the user's data directory.

        >>> Settings.from_environment({"ELICIT_DATABASE_URL": "postgresql:///elicit"}).database_url
        'postgresql:///elicit'
        """
        return cls(database_url=environ.get("ELICIT_DATABASE_URL") or f"sqlite:///{data_directory() / 'elicit.db'}")


@dataclass(frozen=True)
class ServerSettings:
    """What an operator may set for the server, its workers and its beat.

    `broker_url` is where Celery's nudges go (`None`: work is done in this process). `endpoints` are addresses of model
    servers that evaluations may name as `api_base`, each with the environment variable of its key ("" for none); other
    addresses must be public, unless `allow_private_endpoints`. `secret_key` is what webhook secrets and sign-in links
    are derived from. The limits are in bytes, and in seconds where they say so.
    """

    database_url: str
    broker_url: str | None = None
    secret_key: str = ""
    public_url: str = ""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    allow_private_endpoints: bool = False
    most_body_bytes: int = 10 * 2**20
    most_upload_bytes: int = 4 * 2**30
    most_rows: int = 2_000_000

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """The `ELICIT_...` variables, each with its default.

        >>> ServerSettings.from_environment({"ELICIT_ENDPOINTS": "http://llm:8000/v1=LLM_KEY"}).endpoints
        {'http://llm:8000/v1': 'LLM_KEY'}
        """
        pairs = (entry.partition("=") for entry in environ.get("ELICIT_ENDPOINTS", "").split(",") if entry.strip())
        return cls(
            database_url=Settings.from_environment(environ).database_url,
            broker_url=environ.get("ELICIT_BROKER_URL") or None,
            secret_key=environ.get("ELICIT_SECRET_KEY", ""),
            public_url=environ.get("ELICIT_PUBLIC_URL", ""),
            endpoints={address.strip(): name.strip() for address, _, name in pairs},
            allow_private_endpoints=environ.get("ELICIT_ALLOW_PRIVATE_ENDPOINTS", "") == "1",
        )


@dataclass(frozen=True)
class ClientSettings:
    """The server a client talks to, and its key; "" where they are not set."""

    url: str
    key: str = field(repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """`ELICIT_URL` and `ELICIT_API_KEY`.

        >>> ClientSettings.from_environment({"ELICIT_URL": "https://elicit.example", "ELICIT_API_KEY": "el_..."})
        ClientSettings(url='https://elicit.example')
        """
        return cls(environ.get("ELICIT_URL", ""), environ.get("ELICIT_API_KEY", ""))


def data_directory() -> Path:
    """Where elicit keeps its own files on this machine; it may not exist yet."""
    return user_data_path("elicit", appauthor=False)


def is_redis(broker_url: str) -> bool:
    """Whether the broker is a Redis, which can keep more than messages."""
    return broker_url.partition(":")[0] in ("redis", "rediss", "redis+socket")


def redis_address(broker_url: str) -> str:
    """A Redis broker's address as Redis clients have it; Celery has another name for sockets.

    >>> redis_address("redis+socket:///run/redis.sock")
    'unix:///run/redis.sock'
    """
    return broker_url.replace("redis+socket://", "unix://")
