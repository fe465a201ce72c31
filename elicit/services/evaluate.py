"""A plan carried out: agents are asked, their answers paired, the pairs scored by a model, the agents ranked."""

from collections.abc import Mapping
from dataclasses import dataclass

from elicit.services.answers import Answers, ask_agents
from elicit.services.asking import Asker, Ports, Spend, Stop
from elicit.services.document import clusters
from elicit.services.judging import SCORERS, Judged
from elicit.services.plan import Plan
from elicit.services.scoring import copies
from elicit.types import Evaluation


@dataclass(frozen=True)
class Result:
    """A plan carried out as far as it went. `evaluation` is what to rank, `None` where there is nothing to rank yet."""

    stop: Stop
    evaluation: Evaluation | None
    answers: Answers
    unranked: dict[str, str]
    judged: Judged
    spend: dict[str, Spend]


def run(plan: Plan, ports: Ports) -> Result:
    """Carry out a plan.

    1. Ask the agents. 2. Set aside those with too few usable answers. 3. Pair the answers and have the pairs scored.
    4. Put together what is to be ranked. Where the budget ends or the user stops, what is there is scored.
    """
    asker = Asker(ports)
    answers = ask_agents(plan, asker)
    unranked = answers.unranked()
    judged = SCORERS[plan.scorer.kind](plan, answers.without(unranked), asker)
    notes = (
        *unranked_in_words(unranked),
        *judged.notes,
        *(judged.design.notes() if judged.design else ()),
        *([] if plan.scorer.kind == "lexical" else copies_notes(plan, answers)),
        *((f"stopped early ({asker.stop}): what was answered so far is ranked",) if asker.stop != "done" else ()),
    )
    evaluation = None
    if judged.evidence is not None:
        evaluation = Evaluation(judged.tasks or plan.tasks, answers.agents, judged.evidence, notes=notes)
    return Result(asker.stop, evaluation, answers, unranked, judged, asker.spend)


def unranked_in_words(unranked: Mapping[str, str]) -> list[str]:
    """Who has no rank, and why, in sentences."""
    return [f"{agent} has no rank: {reason}" for agent, reason in unranked.items()]


def copies_notes(plan: Plan, answers: Answers) -> list[str]:
    """Who wrote nearly the same as whom: only the lexical scorer lets copies share one vote."""
    return [
        f"{' ≈ '.join(names)} wrote nearly the same and pay each other: leave all but one out to rank without that"
        for names in clusters(answers.agents, copies(plan.tasks, answers.texts))
    ]
