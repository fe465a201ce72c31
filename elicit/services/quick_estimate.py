"""An estimate while somebody waits: a large plan is counted on its first tasks and multiplied.

One rule: it says so. A plan whose requests can be counted in a second or two is counted to the last one.
"""

from collections.abc import Mapping
from dataclasses import replace

from elicit.errors import InvalidInput
from elicit.services.answers import samples
from elicit.services.asking import Completions
from elicit.services.estimate import Estimate, Share, estimate, notes
from elicit.services.judging.pairing import scoring_calls
from elicit.services.plan import DesignSpec, Plan, Price

MOST_COUNTED = 5_000  # answers and pairs of answers that are counted one by one
MOST_IN_TWO_TASKS = 8 * MOST_COUNTED
FEWEST_TASKS = 2  # a contrast needs another task


def quick_estimate(plan: Plan, prices: Mapping[str, Price], stored: Completions | None = None) -> Estimate:
    """`estimate`, in seconds whatever the size of the plan.

    Raises `InvalidInput` where two tasks alone are more than can be counted in that time.
    """
    n_tasks = tasks_to_count(plan)
    if n_tasks == len(plan.tasks):
        return estimate(plan, prices, stored)
    part = estimate(on_first_tasks(plan, n_tasks), prices, stored)
    return multiplied(part, plan, len(plan.tasks) / n_tasks)


def tasks_to_count(plan: Plan) -> int:
    """How many of a plan's tasks are counted one by one."""
    each = asked_on_a_task(plan)
    if FEWEST_TASKS * each > MOST_IN_TWO_TASKS:
        raise InvalidInput(
            f"design: an estimate can count up to {MOST_IN_TWO_TASKS // FEWEST_TASKS:,} answers and pairs of answers "
            f"on a task, this design has about {each:,}: a rotating or a fitted design has fewer"
        )
    return min(len(plan.tasks), max(FEWEST_TASKS, MOST_COUNTED // each))


def asked_on_a_task(plan: Plan) -> int:
    """About how many answers, and pairs of answers to score, a plan has on each task."""
    n = sum(len(samples(agent)) for agent in plan.agents)
    if plan.scorer.kind in ("lexical", "questions"):
        return n
    pairs = {
        "full": 2 * n * (n - 1),
        "rotating": n * plan.design.peers,
        "fitted": min(2 * n * (n - 1), scoring_calls(plan) // len(plan.tasks)),
    }
    return n + pairs[plan.design.pairs]


def on_first_tasks(plan: Plan, n_tasks: int) -> Plan:
    """The plan on its first tasks, where the same pairs are scored; a fitted design gets its share of the calls."""
    part = plan.only({task.id for task in plan.tasks[:n_tasks]})
    if plan.design.pairs != "fitted":
        return part
    calls = max(2, scoring_calls(plan) * n_tasks // len(plan.tasks))
    return replace(part, design=DesignSpec("fitted", calls=calls))


def multiplied(part: Estimate, plan: Plan, times: float) -> Estimate:
    """The estimate of a whole plan from that of a part of it."""
    shares = tuple(more(share, times) for share in part.shares)
    counted = f"counted on the first {part.n_tasks:,} of {len(plan.tasks):,} tasks, and multiplied"
    design = part.design and replace(
        part.design, pairs=round(part.design.pairs * times), joint=round(part.design.joint * times)
    )
    return replace(
        part,
        n_tasks=len(plan.tasks),
        design=design,
        shares=shares,
        seconds=part.seconds * times,
        notes=(counted, *(design.notes() if design else ()), *notes(plan, shares)),
    )


def more(share: Share, times: float) -> Share:
    """A share so many times as large."""
    whole = {name: round(getattr(share, name) * times) for name in ("calls", "stored", "tokens_in", "tokens_out")}
    return replace(share, cost=None if share.cost is None else share.cost * times, **whole)
