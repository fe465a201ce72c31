"""The calls behind an answer, and behind what a scorer made of two answers: their requests, built as a run builds them.

One rule: what a run used is told by the store alone. A request is put together again from the plan and from stored
answers; what is not stored was not asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from elicit.calls import Completion, Request
from elicit.errors import InvalidInput
from elicit.scorers.critic import Critic, critic_request
from elicit.scorers.judge import Judge, judge_request
from elicit.scorers.likelihood import base_request, conditional_request, synopsis_of
from elicit.scorers.pmi import pmi_request
from elicit.scorers.questions import answer_request, parse_questions, write_request
from elicit.services.answers import ask_agents, samples
from elicit.services.asking import Ask, Asker, Completions, Ports
from elicit.services.budget import LocalBudget
from elicit.services.judging.judged import scoring_model
from elicit.services.judging.likelihood import variant_of, way_to_score
from elicit.services.judging.rewriting import rewritten
from elicit.services.plan import BudgetSpec, Plan
from elicit.types import Task

Told: TypeAlias = Mapping[str, str]  # what agents answered to a task, by name, in the order of the plan
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Behind:
    """A request: what it was for, whose answer it made or shows first, and whose it shows second, if another's.

    `shows` are the pairs, who is shown before whom, of which a score says that the request was used; empty where one on
    the task does.
    """

    purpose: str
    agent: str | None
    peer: str | None
    request: Request
    shows: frozenset[Pair] = frozenset()


class Follower(Asker):
    """Asks nobody: reads what is stored, and remembers what was asked for whom."""

    def __init__(self, completions: Completions) -> None:
        super().__init__(Ports(None, completions, LocalBudget(BudgetSpec())))
        self.met: list[Ask] = []

    def ask(self, asks: Callable[[], Iterable[Ask]], stage: str, total: int) -> Iterator[Completion | None]:
        """The stored answers to all asks, in order."""
        self.met += asks()
        return self._stored(asks())


def behind_answers(plan: Plan, task: Task, agents: Iterable[str], stored: Completions) -> list[Behind]:
    """What made the answers of these agents to a task, step by step of their strategies."""
    wanted = set(agents)
    one, follower = plan.only({task.id}), Follower(stored)
    specs = tuple(spec for spec in one.agents if wanted & {name for name, _ in samples(spec)})
    ask_agents(replace(one, agents=specs), follower)
    return [Behind("answer", agent, None, request) for agent, request in follower.met if agent in wanted]


def behind_pair(plan: Plan, task: Task, told: Told, pair: Pair, stored: Completions) -> list[Behind]:
    """What a scorer may have asked about the answers of two agents to a task; nothing where one of them has none.

    Which of two answers came first hangs on the whole design: both orders are there, the store knows which was asked.
    """
    if plan.scorer.kind == "lexical" or not set(pair) <= set(told):
        return []
    return list(BY_KIND[plan.scorer.kind](plan, task, told, pair, stored))


def both_ways(pair: Pair) -> tuple[Pair, Pair]:
    """Both orders of two agents."""
    return pair, (pair[1], pair[0])


def behind_verdicts(plan: Plan, task: Task, told: Told, pair: Pair, stored: Completions) -> Iterator[Behind]:
    """The critic's."""
    critic = Critic(scoring_model(plan), plan.scorer.scale, plan.scorer.task_type)
    for one, other in both_ways(pair):
        request = critic_request(critic, told[one], told[other])
        yield Behind("verdict", one, other, request, frozenset({(one, other)}))


def behind_wins(plan: Plan, task: Task, told: Told, pair: Pair, stored: Completions) -> Iterator[Behind]:
    """The judge's, who is asked in both orders."""
    judge = Judge(scoring_model(plan), plan.scorer.sees_task)
    for one, other in both_ways(pair):
        request = judge_request(judge, task, told[one], told[other])
        yield Behind("verdict", one, other, request, frozenset(both_ways(pair)))


def behind_likelihoods(plan: Plan, task: Task, told: Told, pair: Pair, stored: Completions) -> Iterator[Behind]:
    """The likelihood of each of the two answers with nothing shown, and after the other."""
    model = scoring_model(plan)
    synopsis = synopsis_of(task) if variant_of(plan.mechanism).synopsis else ""
    via = way_that_worked(plan, stored)
    if via is None:
        return
    texts, rewriting = as_scored(plan, told, pair, stored)
    yield from rewriting
    for one, other in both_ways(pair) if set(pair) <= set(texts) else ():
        alone = base_request(model, texts[one], synopsis, via)
        yield Behind("likelihood", one, None, alone, frozenset((shown, one) for shown in told))
        shown = conditional_request(model, texts[one], texts[other], synopsis, via)
        yield Behind("likelihood", one, other, shown, frozenset({(one, other)}))


def way_that_worked(plan: Plan, stored: Completions) -> str | None:
    """How the server has given text scored, by the stored answers to the probes."""
    with suppress(InvalidInput):
        return way_to_score(plan, scoring_model(plan), Follower(stored))
    return None


def behind_ratings(plan: Plan, task: Task, told: Told, pair: Pair, stored: Completions) -> Iterator[Behind]:
    """How much likelier each of the two answers makes the other, as a chat model rates it."""
    texts, rewriting = as_scored(plan, told, pair, stored)
    yield from rewriting
    for one, other in both_ways(pair) if set(pair) <= set(texts) else ():
        request = pmi_request(scoring_model(plan), texts[one], texts[other])
        yield Behind("rating", one, other, request, frozenset({(one, other)}))


def as_scored(plan: Plan, told: Told, pair: Pair, stored: Completions) -> tuple[Told, list[Behind]]:
    """The two answers as they were scored, perhaps rewritten to judgments, and what had them rewritten."""
    follower = Follower(stored)
    ((*texts,),) = rewritten(plan, [[told[agent] for agent in pair]], follower).texts
    kept = {agent: text for agent, text in zip(pair, texts, strict=True) if text is not None}
    return kept, [
        Behind("judgments", agent, None, request) for agent, (_, request) in zip(pair, follower.met, strict=False)
    ]


def behind_questions(plan: Plan, task: Task, told: Told, pair: Pair, stored: Completions) -> Iterator[Behind]:
    """The questions on all answers to the task, and how the two answers answer them."""
    model = scoring_model(plan)
    write = write_request(model, list(told.values()))
    yield Behind("questions", None, None, write)
    reply = stored.get([write.key]).get(write.key)
    questions = reply and parse_questions(reply)
    for agent in pair if questions else ():
        yield Behind("question answers", agent, None, answer_request(model, questions or (), told[agent]))


BY_KIND: Mapping[str, Callable[[Plan, Task, Told, Pair, Completions], Iterator[Behind]]] = {
    "critic": behind_verdicts,
    "judge": behind_wins,
    "likelihood": behind_likelihoods,
    "pmi": behind_ratings,
    "questions": behind_questions,
}
