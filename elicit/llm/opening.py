"""A gateway for a plan: what would stop the plan half way is found before its first call."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec

from elicit.errors import ElicitError, InvalidInput
from elicit.llm.gateway import LOOK_AHEAD, Gateway
from elicit.llm.images import check_images
from elicit.llm.keys import Keys
from elicit.llm.pacing import Pace
from elicit.services.plan import AgentSpec, Plan, RewriterSpec, ScorerSpec


def check_llm_extra() -> None:
    """Raise `ElicitError` where the packages that plans need are not installed."""
    if missing := [name for name in ("litellm", "yaml", "aiohttp") if find_spec(name) is None]:
        raise ElicitError(f"plans need {', '.join(missing)}: pip install 'elicit[llm]'")


@contextmanager
def open_gateway(
    plan: Plan,
    environ: Mapping[str, str],
    *,
    pace_of: Callable[[str], Pace] | None = None,
    look_ahead: int = LOOK_AHEAD,
    waits: bool = True,
) -> Iterator[Gateway | None]:
    """A gateway with the plan's limits and prices, `None` for a plan that calls no model; the rest is as for `Gateway`.

    Raises `InvalidInput` where a key is missing, or a price that a budget in money needs, and where images would go to
    a model that takes none.
    """
    check_images(plan)
    called = models(plan)
    if not called:
        yield None
        return
    keys = Keys.from_environment(environ)
    for part in called:
        keys.of(part.model or "", part.api_base, part.api_key_env)
    names = {(part.model or "", part.api_base): part.api_key_env for part in called if part.api_key_env}
    with Gateway(
        keys=keys,
        limits=plan.limits,
        prices=plan.prices,
        key_names=names,
        pace_of=pace_of,
        look_ahead=look_ahead,
        waits=waits,
    ) as gateway:
        check_prices(plan, gateway)
        yield gateway


def models(plan: Plan) -> list[AgentSpec | ScorerSpec | RewriterSpec]:
    """The agents, the scorer and the rewriter that are models."""
    parts: list[AgentSpec | ScorerSpec | RewriterSpec | None] = [*plan.agents, plan.scorer, plan.scorer.rewriter]
    return [part for part in parts if part is not None and part.model is not None]


def check_prices(plan: Plan, gateway: Gateway) -> None:
    """Raise `InvalidInput` where a budget in money meets a model without a price."""
    if plan.budget.max_cost is None:
        return
    unpriced = sorted({part.model or "" for part in models(plan) if not gateway.has_price(part.model or "")})
    if unpriced:
        raise InvalidInput(
            f"a budget in money needs a price for every model; nobody knows one of {', '.join(unpriced)}: "
            "give it under 'prices' in the plan (0 for a server of your own), or set max_calls instead of max_cost"
        )
