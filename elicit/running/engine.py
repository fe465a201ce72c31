"""What the engine needs of the world, and what helps it to wait for a database that is away."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from time import monotonic, sleep
from typing import Protocol, TypeAlias, TypeVar
from uuid import uuid4

from sqlalchemy.orm import Session

from elicit.errors import StoreError
from elicit.outbound import Outbound
from elicit.services.asking import Gateway
from elicit.services.plan import Plan
from elicit.store import Ids, RunRecord, Store
from elicit.store.service.runs import WAKE_S
from elicit.store.service_models import ServiceRun
from elicit.types import Evaluation

T = TypeVar("T")
Ranked: TypeAlias = tuple[Evaluation, RunRecord]  # what was ranked, and the leaderboard of it
OnEnd: TypeAlias = Callable[[Session, ServiceRun], None]

BEAT_S = 15  # a worker says so often that it is still at its work; four times within a lease
SLICE_S = 60.0  # then a slice ends, so that runs take turns
PATIENCE_S = 600  # a worker waits so long for its database before it lets go of paid answers
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0


class Dispatcher(Protocol):
    """Who is told that there may be something to do. Told in vain, twice or not at all, nothing goes wrong."""

    def nudge_ask(self, run_id: str) -> None:
        """Requests of this run wait to be asked."""

    def nudge_advance(self, run_id: str) -> None:
        """This run may have all the answers it waited for."""


class OpenGateway(Gateway, Protocol):
    """A gateway that can be told to stop, and says why providers were given up."""

    def interrupt(self) -> None:
        """Make no more calls; `complete` returns when those under way are over."""

    def given_up(self) -> dict[str, str]:
        """Why providers were given up, by provider."""


class Gateways(Protocol):
    """Where gateways come from."""

    def open(self, plan: Plan) -> AbstractContextManager[OpenGateway]:
        """The gateway for a plan's calls, for one slice. Raises `InvalidInput` where a key or a price is missing."""


def nothing_more(run_id: str, ranked: Ranked | None) -> OnEnd:
    """What happens besides when a run ends, where nobody wants anything."""
    return lambda session, run: None


def never() -> bool:
    """Whether this worker is to stop: no."""
    return False


@dataclass(frozen=True)
class Engine:
    """The engine's world. `now` is in UTC.

    `ending` is called before a run is ended, with its id and its leaderboard if it has one; what it gives is called in
    the transaction that ends the run. `stopping` says whether
    this worker is to stop: then it asks nothing more, and keeps what is under way. `ids` are names for what it makes,
    `outbound` how it calls webhooks, whose messages are signed with what `secret_key` gives.
    """

    store: Store
    dispatcher: Dispatcher
    gateways: Gateways
    now: Callable[[], datetime]
    ending: Callable[[str, Ranked | None], OnEnd] = nothing_more
    stopping: Callable[[], bool] = never
    slice_s: float = SLICE_S
    wake_s: float = WAKE_S
    ids: Ids = field(default_factory=lambda: Ids(random.SystemRandom()))
    outbound: Outbound = field(default_factory=Outbound)
    secret_key: str = ""


def new_owner() -> str:
    """A name for one slice of work, which nobody else has."""
    return uuid4().hex


@contextmanager
def beating(beat: Callable[[], None], every_s: float) -> Iterator[None]:
    """Call `beat` in a thread again and again while the block runs; a database that is away is tried at the next."""
    over = Event()

    def go_on() -> None:
        while not over.wait(every_s):
            with suppress(StoreError):
                beat()

    thread = Thread(target=go_on, name="elicit-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def patiently(do: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """What `do` returns, tried again while the database is away or full: what was paid for is not let go."""
    give_up_at, pause_s = monotonic() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            return do()
        except StoreError:
            if monotonic() >= give_up_at:
                raise
        sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
