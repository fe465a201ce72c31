"""Before a run: what it would take, and what suits the data.

One rule: nothing is stored and nobody is asked.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.api.routes.evaluations import checked_plan
from elicit.errors import InvalidInput
from elicit.local import StoredCompletions
from elicit.schemas import Advice, AdviceFor, AdvisedMechanism, CostEstimate, CostShare, DesignShape, NewEvaluation
from elicit.services.advice import advice, notes
from elicit.services.answer_facts import answer_facts
from elicit.services.estimate import Estimate, Share
from elicit.services.plan import Plan
from elicit.services.quick_estimate import quick_estimate
from elicit.store.service import task_sets
from elicit.stored_plans import known_answers, with_expected_answers

router = APIRouter(prefix="/projects/{project}", tags=["evaluations"])


@router.post("/evaluations/estimate")
def estimate_run(
    body: NewEvaluation, caller: Annotated[Caller, Depends(allowed("evaluate"))], parts: PartsOf
) -> CostEstimate:
    """What a run of this evaluation would ask and cost. It is checked as a new one is, and not stored."""
    from elicit.llm import listed_prices  # brings what calls models, which the API does not

    task_set, plan = checked_plan(body, caller.project.id, parts)
    with parts.store.reading() as session:
        plan, assumed = with_expected_answers(session, caller.project.id, task_set.id, plan)
    prices = listed_prices(
        {part.model for part in (*plan.agents, plan.scorer, plan.scorer.rewriter) if part and part.model}
    )
    found = quick_estimate(plan, prices, StoredCompletions(parts.store, run_id=""))
    return wire(found, [*assumed, *images_refused(plan)])


@router.post("/task-sets/{task_set}/advice")
def read_advice(
    task_set: Reference, body: AdviceFor, caller: Annotated[Caller, Depends(allowed("read"))], parts: PartsOf
) -> Advice:
    """Which scorers and mechanisms suit these agents on the tasks, by what they have submitted so far."""
    names = list(dict.fromkeys(body.agents))
    with parts.store.reading() as session:
        found = task_sets.find(session, caller.project.id, task_set)
        tasks, texts = known_answers(session, caller.project.id, found.id, names)
    facts = answer_facts(tasks, names, texts)
    return Advice(
        n_tasks=facts.n_tasks,
        n_agents=facts.n_agents,
        answered=facts.n_answered,
        kinds=dict(facts.kinds),
        recommended=[AdvisedMechanism.model_validate(advised) for advised in advice(facts)],
        notes=list(notes(facts)),
    )


def images_refused(plan: Plan) -> list[str]:
    """What would stop a run whose tasks have images, if anything."""
    from elicit.llm import check_images

    try:
        check_images(plan)
    except InvalidInput as error:
        return [f"a run would be refused: {error}"]
    return []


def wire(found: Estimate, before: list[str]) -> CostEstimate:
    """An estimate as it goes over the wire, with further notes before its own."""
    shares = [share_of(share) for share in found.shares]
    return CostEstimate(
        n_agents=found.n_agents,
        n_tasks=found.n_tasks,
        calls=found.calls,
        from_store=sum(share.from_store for share in shares),
        tokens_in=sum(share.tokens_in for share in shares),
        tokens_out=sum(share.tokens_out for share in shares),
        cost=found.cost,
        seconds_at_least=found.seconds,
        design=DesignShape(**found.design.document()) if found.design else None,
        shares=shares,
        notes=[*before, *found.notes],
    )


def share_of(share: Share) -> CostShare:
    """What one would ask."""
    return CostShare(
        who=share.who,
        model=share.model,
        calls=share.calls,
        from_store=share.stored,
        tokens_in=share.tokens_in,
        tokens_out=share.tokens_out,
        cost=share.cost,
    )
