"""What there is to say of a plan's run beside its ranking: whether it is whole, and what its scoring model is worth."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from elicit.digits import percent
from elicit.words.point import Document, Level, Point, listed

OFTEN = 0.1  # share of verdicts from which a flip with the order matters
TALKS_INTO = 0.2  # how far above the others' middle a cross-task mean is suspect


def run_points(document: Document) -> Iterator[Point]:
    """What there is to say of a plan's run: whether it is whole, and how far its scoring model can be relied on."""
    run = document["diagnostics"].get("run")
    if run is None:
        return
    if run["stopped"] != "done":
        yield Point("complete", "caution", f"the run stopped early ({run['stopped']}): calls are missing, not zero")
    for kind, model in SCORING_MODELS.items():
        if kind in run:
            yield from scoring_model_points(run[kind], model)
    if any(agent.get("cross_task_mean") is not None for agent in document["agents"]):
        yield talked_into(document["agents"])


SCORING_MODELS = {"critic": "critic", "judge": "judge", "ratings": "rater"}


def scoring_model_points(found: Mapping[str, Any], model: str) -> Iterator[Point]:
    """What checks of a scoring model came to: pairs with a known answer, and pairs shown in both orders."""
    if found["reliable"]:
        yield Point("checks", "good", f"the {model} passed all pairs with a known answer")
    else:
        yield Point("checks", "bad", f"the {model} fails pairs with a known answer: {'; '.join(found['faults'])}")
    if "order" in found:
        yield Point("order", order_level(found["order"]["rate"]), order_in_words(found["order"], model))


def order_level(rate: float | None) -> Level:
    """Whether a verdict hangs on the order in which two answers are shown."""
    return "unknown" if rate is None else "good" if rate <= OFTEN else "caution"


def order_in_words(order: Mapping[str, Any], model: str) -> str:
    """How often the order of two answers changes the verdict on them."""
    if order["rate"] is None:
        return f"the {model} has no verdict on any pair in both orders"
    share = f"{order['flipped']} of {order['pairs']} pairs ({percent(order['rate'])})"
    return f"the {model} changes its verdict with the order of two answers on {share}"


def talked_into(agents: Sequence[Mapping[str, Any]]) -> Point:
    """Whether an agent earns a yes even beside answers to other tasks."""
    known = {agent["agent"]: mean for agent in agents if (mean := agent.get("cross_task_mean")) is not None}
    limit = median(known.values()) + TALKS_INTO
    suspects = [name for name, mean in known.items() if mean > limit]
    if not suspects:
        return Point("persuasion", "good", "no agent is called alike with answers to other tasks more than the others")
    return Point("persuasion", "caution", f"called alike even with answers to other tasks: {listed(suspects)}")
