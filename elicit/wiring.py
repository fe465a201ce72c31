"""What a server is made of: settings, store, dispatcher, clock and chance, opened once and handed to who needs them.

One rule: only the edges build `Parts`; everything else is given them.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from elicit.outbound import Outbound
from elicit.running.checked import CheckedGateways
from elicit.running.dispatch import LocalDispatcher
from elicit.running.endings import Endings
from elicit.running.engine import Dispatcher, Engine, never
from elicit.settings import ServerSettings, is_redis, redis_address
from elicit.store import Ids, Store
from elicit.store.service import audit, keys

if TYPE_CHECKING:
    from elicit.llm.pacing import Pace
    from elicit.services.plan import Limits


def utc_now() -> datetime:
    """What time it is."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """The parts of a server. `now` gives the time in UTC; `ids` are names, which need not be hard to guess.

    `dispatcher` tells whoever carries out runs that there is something to do: after the commit, never before.
    `outbound` is how addresses of users are called.
    """

    settings: ServerSettings
    store: Store
    dispatcher: Dispatcher = field(default_factory=LocalDispatcher)
    now: Callable[[], datetime] = utc_now
    ids: Ids = field(default_factory=lambda: Ids(random.SystemRandom()))
    outbound: Outbound = field(default_factory=Outbound)

    def new_id(self) -> str:
        """A name for a new object: ten letters that sort by age."""
        return self.ids.new(self.now())


@contextmanager
def opened(settings: ServerSettings) -> Iterator[Parts]:
    """The parts for these settings, closed when the block ends.

    Raises `StoreError` where the database cannot be reached.
    """
    with Store.open(settings.database_url) as store:
        outbound = Outbound(allow_private=settings.allow_private_endpoints)
        yield Parts(settings, store, dispatcher_of(settings), outbound=outbound)


def dispatcher_of(settings: ServerSettings) -> Dispatcher:
    """Where nudges go: to the broker if there is one, else to threads of this process."""
    if settings.broker_url is None:
        return LocalDispatcher()
    from elicit.broker import CeleryDispatcher, celery_app  # Celery is needed with a broker only

    return CeleryDispatcher(celery_app(settings.broker_url))


@contextmanager
def opened_engine(parts: Parts, environ: Mapping[str, str], stopping: Callable[[], bool] = never) -> Iterator[Engine]:
    """What carries out runs in this process; `environ` holds the keys of models, `stopping` says when to end.

    with opened(settings) as parts, opened_engine(parts, os.environ) as engine:
        with InProcessRunner(engine):
            ...  # serve the API
    """
    from elicit.llm import KeptGateways  # not before it is needed: the API calls no model

    gateways = KeptGateways(environ, paces_of(parts.settings))
    try:
        yield Engine(
            parts.store,
            parts.dispatcher,
            CheckedGateways(gateways, parts.settings.endpoints, parts.outbound),
            parts.now,
            ending=Endings(parts.store, parts.ids),
            stopping=stopping,
            ids=parts.ids,
            outbound=parts.outbound,
            secret_key=parts.settings.secret_key,
        )
    finally:
        gateways.close()


def paces_of(settings: ServerSettings) -> "Callable[[str, Limits], Pace] | None":
    """What workers on several machines share the limits of providers through, `None` where there is no Redis."""
    if settings.broker_url is None or not is_redis(settings.broker_url):
        return None
    from elicit.llm.redis_pace import redis_paces

    return redis_paces(redis_address(settings.broker_url))


def first_key(parts: Parts) -> str | None:
    """A new operator's key if there is none yet, to be shown once; `None` if there is one."""
    with parts.store.writing() as session:
        if keys.has_operator(session):
            return None
        key, text = keys.make(
            session, key_id=parts.new_id(), project_id=None, name="first key", scopes=["admin"], now=parts.now()
        )
        audit.add(session, at=parts.now(), project_id=None, key_id=None, action="key.made", object_=key.id)
        return text
