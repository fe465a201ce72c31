"""The document of a plan's run: that of its ranking, with what the run asked, spent and could not use."""

import numpy as np

from elicit.services.asking import MAY_PASS, REWRITER, SCORER, Spend
from elicit.services.budget import Budget
from elicit.services.document import Document, plain
from elicit.services.evaluate import Result
from elicit.services.plan import Plan


def with_run(document: Document, plan: Plan, result: Result, budget: Budget) -> Document:
    """The document of a ranking, told as the outcome of a plan."""
    facts = {
        "plan": plan.name,
        "scoring_model": plan.scorer.model,
        "stopped": result.stop,
        "spend": spend(plan, result, budget),
        **result.judged.facts,
    }
    if result.judged.design is not None:
        facts["design"] = result.judged.design.document()
    asked = f" ({plan.scorer.model})" if plan.scorer.model else ""
    whose = "the plan's" if plan.mechanism else "the default for this scorer"
    choices = [f"scorer {plan.scorer.kind}{asked}: the plan's", f"mechanism {document['mechanism']}: {whose}"]
    return document | {
        "scorer": plan.scorer.kind,
        "agents": [row | agent_facts(row["agent"], result) for row in document["agents"]],
        "diagnostics": document["diagnostics"] | {"choices": choices, "run": facts},
    }


def agent_facts(agent: str, result: Result) -> Document:
    """What the run tells about one agent; `reason` why it has no rank, `None` if it has one."""
    place = result.answers.agents.index(agent)
    cross_task = result.judged.cross_task
    return {
        "reason": result.unranked.get(agent),
        "asked": int(result.answers.asked[:, place].sum()),
        "usable": int(result.answers.usable[:, place].sum()),
        "cross_task_mean": None if cross_task is None else plain(cross_task[place]),
        "spend": result.spend.get(agent, Spend()).document(),
    }


def spend(plan: Plan, result: Result, budget: Budget) -> Document:
    """What the run took, beside what it was allowed; `rewriter` is `None` where the plan has none."""
    total = list(result.spend.values())
    costs = [part.cost for part in total]
    return {
        "scorer": result.spend.get(SCORER, Spend()).document(),
        "rewriter": result.spend.get(REWRITER, Spend()).document() if plan.scorer.rewriter else None,
        "calls": sum(part.calls for part in total),
        "from_store": sum(part.calls - part.asked_now for part in total),
        "may_pass": sum(part.failures[failure] for part in total for failure in MAY_PASS),
        "cost": None if None in costs else float(np.sum(np.array(costs, dtype=float))),
        "paid_by_this_run": {"cost": budget.ledger.paid.known_cost, "attempts": budget.ledger.paid.calls},
        "possibly_paid": {"cost": budget.ledger.held.known_cost, "calls": budget.ledger.held.calls},
        "budget": {"max_cost": budget.spec.max_cost, "max_calls": budget.spec.max_calls},
    }
