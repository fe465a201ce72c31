"""One gateway for a process that works on many plans, a slice at a time.

One rule: one is open at a time. It is kept while plans ask for the same limits, prices and keys, and nothing went wrong
with it. A provider that is down it does not wait for: the run does, and a new gateway gives it another chance.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TypeAlias

from elicit.errors import InvalidInput
from elicit.llm.gateway import LOOK_AHEAD, Gateway
from elicit.llm.opening import models, open_gateway
from elicit.llm.pacing import LocalPace, Pace
from elicit.services.plan import Limits, Plan

Kind: TypeAlias = tuple[object, ...]


class KeptGateways:
    """Gateways by plan, for workers. Close it, or what is kept stays open.

    `paces` gives the pace of a provider by its name and a plan's limits: by default one for this process alone.
    """

    def __init__(self, environ: Mapping[str, str], paces: Callable[[str, Limits], Pace] | None = None) -> None:
        self._environ = environ
        self._paces = paces or (lambda _, limits: LocalPace(limits))
        self._lock = Lock()  # a gateway completes one list of requests at a time
        self._kept: tuple[Kind, Gateway, ExitStack] | None = None

    @contextmanager
    def open(self, plan: Plan) -> Iterator[Gateway]:
        """The gateway for a plan's calls. Raises `InvalidInput` where a key is missing, or a price that is needed."""
        with self._lock:
            gateway = self._of(plan)
            sound = False
            try:
                yield gateway
                sound = not gateway.given_up() and not gateway.interrupted
            finally:
                if not sound:
                    self._drop()

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            self._drop()

    def _of(self, plan: Plan) -> Gateway:
        kind = kind_of(plan)
        if self._kept is not None and self._kept[0] == kind:
            return self._kept[1]
        self._drop()
        stack = ExitStack()
        # No request is taken before there is a seat for it, but where some providers may be full and others not.
        ahead = len({part.api_base or part.model for part in models(plan)})
        opened = open_gateway(
            plan,
            self._environ,
            pace_of=lambda provider: self._paces(provider, plan.limits),
            look_ahead=min(ahead, LOOK_AHEAD),
            waits=False,
        )
        gateway = stack.enter_context(opened)
        if gateway is None:
            raise InvalidInput(f"plan {plan.name!r} calls no model")
        self._kept = kind, gateway, stack
        return gateway

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept[2].close()
            self._kept = None


def kind_of(plan: Plan) -> Kind:
    """What a gateway is opened for: plans for which it is equal can share one."""
    endpoints = sorted({(part.model or "", part.api_base or "", part.api_key_env or "") for part in models(plan)})
    in_money = plan.budget.max_cost is not None
    return plan.limits, tuple(sorted(plan.prices.items())), tuple(endpoints), in_money
