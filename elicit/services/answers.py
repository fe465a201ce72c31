"""What the agents answer: everybody asked about every task, strategy step by step.

An answer that did not come or cannot be used is `None`, and counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from elicit.calls import Completion
from elicit.evidence import Bools
from elicit.services.agents import STRATEGIES, agent_request, answer_in, may_use
from elicit.services.asking import Ask, Asker, Completions, Ports
from elicit.services.budget import LocalBudget
from elicit.services.plan import AgentSpec, BudgetSpec, Plan

FEWEST_USABLE = 0.9  # of the tasks an agent was asked: below that it has no rank


@dataclass(frozen=True)
class Answers:
    """What the agents answered: `texts[t][i]`, and on which tasks each was asked and could be used, (m, n) each."""

    agents: tuple[str, ...]
    texts: list[list[str | None]]
    asked: Bools
    usable: Bools

    def unranked(self) -> dict[str, str]:
        """Agents without a rank, each with the reason."""
        asked, usable = self.asked.sum(axis=0), self.usable.sum(axis=0)
        return {
            agent: f"usable answers for {usable[i]} of {asked[i]} tasks asked, under {FEWEST_USABLE:.0%}"
            for i, agent in enumerate(self.agents)
            if asked[i] and usable[i] < FEWEST_USABLE * asked[i]
        }

    def without(self, agents: Iterable[str]) -> list[list[str | None]]:
        """The texts, with all of some agents left out."""
        out = {self.agents.index(agent) for agent in agents}
        return [[None if i in out else text for i, text in enumerate(row)] for row in self.texts]


@dataclass
class Turn:
    """One answer in the making: agent number `column` (sample `sample` of its spec) on task number `row`."""

    spec: AgentSpec
    name: str
    row: int
    column: int
    sample: int
    notes: str = ""


def ask_agents(plan: Plan, asker: Asker) -> Answers:
    """Ask every agent about every task, step by step; outside agents have answered already."""
    names = tuple(name for agent in plan.agents for name, _ in samples(agent))
    shape = len(plan.tasks), len(names)
    texts: list[list[str | None]] = [[None] * shape[1] for _ in plan.tasks]
    asked = np.zeros(shape, dtype=bool)
    take_given_answers(plan, names, texts)
    step, turns = 0, list(all_turns(plan, names))
    while turns:
        turns = one_step(plan, asker, step, turns, texts, asked)
        step += 1
    usable = np.array([[text is not None for text in row] for row in texts]).reshape(shape)
    return Answers(names, texts, asked, usable)


def samples(agent: AgentSpec) -> list[tuple[str, int]]:
    """The names an agent appears under, each with its sample number."""
    if agent.samples == 1:
        return [(agent.name, 0)]
    return [(f"{agent.name}#{sample + 1}", sample) for sample in range(agent.samples)]


def agent_calls(plan: Plan) -> int:
    """How many calls the agents of a plan make at most, each asked once."""
    steps = (len(samples(agent)) * len(STRATEGIES[agent.strategy].steps) for agent in plan.agents if agent.model)
    return len(plan.tasks) * sum(steps)


def take_given_answers(plan: Plan, names: tuple[str, ...], texts: list[list[str | None]]) -> None:
    """Enter the answers of outside agents."""
    row = {task.id: t for t, task in enumerate(plan.tasks)}
    for agent in plan.agents:
        for task, text in agent.answers or ():
            texts[row[task]][names.index(agent.name)] = text


def stored_answers(plan: Plan, task: str, completions: Completions) -> dict[str, str | None]:
    """What each agent answered to one task, by name, out of what is stored; nothing is asked."""
    answers = ask_agents(plan.only({task}), Asker(Ports(None, completions, LocalBudget(BudgetSpec()))))
    return dict(zip(answers.agents, answers.texts[0], strict=True))


def all_turns(plan: Plan, names: tuple[str, ...]) -> Iterator[Turn]:
    """Who is to be asked what, task by task, so that a run broken off has whole tasks."""
    for row in range(len(plan.tasks)):
        for agent in plan.agents:
            if agent.model is not None:
                for name, sample in samples(agent):
                    yield Turn(agent, name, row, names.index(name), sample)


def one_step(
    plan: Plan, asker: Asker, step: int, turns: list[Turn], texts: list[list[str | None]], asked: Bools
) -> list[Turn]:
    """One step of everybody's strategy: ask, enter the final answers, and return the turns that have a next step."""
    going_on = []

    def asks() -> Iterator[Ask]:
        for turn in turns:
            task = plan.tasks[turn.row]
            images = plan.images.get(task.id, ())
            request = agent_request(
                turn.spec, task, step, turn.notes, images=images, sample=turn.sample, epoch=plan.epoch
            )
            yield turn.name, request

    for turn, reply in zip(turns, asker.ask(asks, "answers", len(turns)), strict=True):
        last = step + 1 == len(STRATEGIES[turn.spec.strategy].steps)
        asked[turn.row, turn.column] |= reply is not None
        if reply is None:
            continue
        if last:
            texts[turn.row][turn.column] = counted_answer(plan, turn, reply, asker)
        elif may_use(reply, use_truncated=plan.use_truncated):
            going_on.append(replace(turn, notes=reply.text or ""))
    return going_on


def counted_answer(plan: Plan, turn: Turn, reply: Completion, asker: Asker) -> str | None:
    """The answer in a last reply; one that came but holds no answer is counted as unparsable."""
    answer = answer_in(turn.spec, reply, use_truncated=plan.use_truncated)
    if answer is None and may_use(reply, use_truncated=plan.use_truncated):
        asker.count_unparsable(turn.name, reply)
    return answer
