"""What calls cost: from the plan's own prices, else from litellm's table. An unknown price is `None`, never 0."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from elicit.calls import Request
from elicit.services.plan import Price

TOKENS_PER_MESSAGE = 16  # a chat template's own tokens, generously
TABLE_FILE = "model_prices_and_context_window_backup.json"
TOKENS_PER_IMAGE = 10_000  # more than any provider counts


@dataclass(frozen=True)
class Tariff:
    """The price of a token in and out, where it comes from, and the longest answer of the model (`None`: unknown)."""

    token_in: float
    token_out: float
    source: str
    longest_answer: int | None = None

    def cost(self, tokens_in: float, tokens_out: float) -> float:
        """US dollars for so many tokens."""
        return tokens_in * self.token_in + tokens_out * self.token_out


def tariff(model: str, prices: Mapping[str, Price], table: Mapping[str, Mapping[str, Any]]) -> Tariff | None:
    """The tariff of a model, `None` where nobody knows it."""
    listed = listing(model, table)
    longest = listed.get("max_output_tokens")
    if own := prices.get(model):
        return Tariff(own.input_per_million / 1e6, own.output_per_million / 1e6, "plan", longest)
    if "input_cost_per_token" not in listed or "output_cost_per_token" not in listed:
        return None
    # Long prompts cost more with some providers: the dearest rate bounds them all.
    return Tariff(dearest(listed, "input_cost_per_token"), dearest(listed, "output_cost_per_token"), "litellm", longest)


def listing(model: str, table: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What litellm's table says of a model, by its name with the provider or without; empty where it says nothing."""
    return table.get(model) or table.get(model.partition("/")[2]) or {}


def dearest(listed: Mapping[str, Any], name: str) -> float:
    """The highest of the rates that begin with `name`."""
    return max(float(rate) for key, rate in listed.items() if key.startswith(name) and rate is not None)


def listed_prices(models: Iterable[str]) -> dict[str, Price]:
    """The prices of these models in litellm's table."""
    table = model_table()
    tariffs = {model: tariff(model, {}, table) for model in models}
    return {
        model: Price(found.token_in * 1e6, found.token_out * 1e6)
        for model, found in tariffs.items()
        if found is not None
    }


def model_table() -> Mapping[str, Mapping[str, Any]]:
    """litellm's table of models, read without importing it; empty where it is not installed."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    table: dict[str, dict[str, Any]] = json.loads((Path(spec.origin).parent / TABLE_FILE).read_text(encoding="utf-8"))
    return table


def bound_tokens_in(request: Request) -> int:
    """No fewer tokens than the request can have: a token covers at least one byte."""
    if request.prompt is not None:
        return len(request.prompt.encode("utf-8", "surrogatepass")) + TOKENS_PER_MESSAGE
    total = 0
    for message in request.messages:
        parts = [{"text": message.content}] if isinstance(message.content, str) else message.content
        texts = (len(part["text"].encode("utf-8", "surrogatepass")) for part in parts if "text" in part)
        total += sum(texts) + TOKENS_PER_MESSAGE + TOKENS_PER_IMAGE * sum("image_url" in part for part in parts)
    return total


def bound_tokens_out(request: Request, longest: int | None) -> int | None:
    """The most tokens the answer can have, `None` where nothing limits it."""
    params = dict(request.params)
    limits = [params[name] for name in ("max_tokens", "max_completion_tokens") if params.get(name) is not None]
    return max(limits) if limits else longest


def bound_cost(request: Request, tariff: Tariff | None) -> float | None:
    """The most a call can cost in US dollars, `None` where that is unknown."""
    if tariff is None:
        return None
    tokens_out = bound_tokens_out(request, tariff.longest_answer)
    return None if tokens_out is None else tariff.cost(bound_tokens_in(request), tokens_out)
