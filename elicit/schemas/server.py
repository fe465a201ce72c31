"""The server itself."""

from datetime import datetime
from typing import Literal

from elicit.schemas.base import Wire


class ProviderSeen(Wire):
    """A model that was asked: calls with all tries, and what they cost in US dollars, `None` if any price is unknown.

    `failures` counts by kind those among its newest `looked_at` answers.
    """

    model: str
    calls: int
    cost: float | None
    last_at: datetime
    looked_at: int
    failures: dict[str, int]


class ServerInfo(Wire):
    """What runs here, and the models that the runs of the key's project have asked (an operator's: of all projects).

    `endpoints` are the addresses of model servers that evaluations may name as `api_base`, for keys that may evaluate;
    `any_address` says that others need not be public.
    """

    version: str
    python: str
    database: Literal["SQLite", "PostgreSQL"]
    workers: Literal["in this process", "Celery"]
    providers: list[ProviderSeen]
    endpoints: list[str]
    any_address: bool
