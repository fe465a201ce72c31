"""What models were asked and answered in a run of a project, word for word, out of what is stored.

One rule: nothing is made up. A stored answer belongs to a run if the run paid for it, or if what it was for is among
what the run has ranked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from elicit.calls import Completion
from elicit.errors import UnknownObject
from elicit.evidence import Gains, PairScores
from elicit.local import StoredCompletions
from elicit.services.answers import samples, stored_answers
from elicit.services.behind import Behind, Pair, Told, behind_answers, behind_pair
from elicit.services.plan import Plan, plan_from
from elicit.store import Store, completions
from elicit.store.service import results, runs
from elicit.types import Evaluation, Task

MOST_CALLS = 200  # of one answer to a request


@dataclass(frozen=True)
class Call:
    """A call that a run used: its request, and the raw answer."""

    behind: Behind
    completion: Completion


@dataclass(frozen=True)
class Place:
    """A run and one of its tasks."""

    store: Store
    run_id: str
    plan: Plan
    task: Task

    @property
    def stored(self) -> StoredCompletions:
        """Where its answers are."""
        return StoredCompletions(self.store, self.run_id)

    @property
    def agents(self) -> list[str]:
        """The agents of the plan, each sample by its own name."""
        return [name for agent in self.plan.agents for name, _ in samples(agent)]


def calls_for_answers(store: Store, project_id: str, run_id: str, task_id: str, agent: str | None) -> list[Call]:
    """What made an agent's answer to a task, or those of all, `MOST_CALLS` of them at most.

    Raises `UnknownRun`, and `UnknownObject` for a task or an agent that the run has not.
    """
    place = place_of(store, project_id, run_id, task_id)
    known(place, agent)
    asked = behind_answers(place.plan, place.task, place.agents if agent is None else [agent], place.stored)
    answers = place.stored.get([behind.request.key for behind in asked])
    return [Call(behind, answers[behind.request.key]) for behind in asked if behind.request.key in answers][:MOST_CALLS]


def calls_about_pair(store: Store, project_id: str, run_id: str, task_id: str, agent: str, peer: str) -> list[Call]:
    """What the scorer asked about the answers of two agents to a task. Raises as `calls_for_answers`."""
    place = place_of(store, project_id, run_id, task_id)
    known(place, agent, peer)
    asked = behind_pair(place.plan, place.task, ranked_answers(place), (agent, peer), place.stored)
    keys = [behind.request.key for behind in asked]
    answers = place.stored.get(keys)
    with store.reading() as session:
        paid = completions.paid_by(session, run_id, keys)
    scored = scored_pairs(place) if asked else None
    return [
        Call(behind, answers[behind.request.key])
        for behind in asked
        if behind.request.key in answers and (behind.request.key in paid or was_used(behind, scored))
    ]


def place_of(store: Store, project_id: str, run_id: str, task_id: str) -> Place:
    """A task of a project's run; a question that a scorer asked about a task stands for that task."""
    with store.reading() as session:
        runs.find(session, project_id, run_id)
        plan = plan_from(runs.plan(session, run_id))
    tasks = {task.id: task for task in plan.tasks}
    found = next((tasks[one] for one in results.origins(task_id) if one in tasks), None)
    if found is None:
        raise UnknownObject(f"run {run_id} has no task {task_id!r}")
    return Place(store, run_id, plan, found)


def known(place: Place, *agents: str | None) -> None:
    """Raise `UnknownObject` for an agent that the run has not."""
    for agent in agents:
        if agent is not None and agent not in place.agents:
            raise UnknownObject(f"run {place.run_id} has no agent {agent!r}")


def ranked_answers(place: Place) -> Told:
    """What was answered to the task, by those who were not set aside for too few answers."""
    told = stored_answers(place.plan, place.task.id, place.stored)
    set_aside = {row["agent"] for row in rows_of(place) if row.get("reason")}
    return {agent: text for agent, text in told.items() if text is not None and agent not in set_aside}


def rows_of(place: Place) -> Sequence[Mapping[str, object]]:
    """The rows of the run's leaderboard; none while it has none."""
    with place.store.reading() as session:
        return results.leaderboard(session, place.run_id)["agents"] if place.store.has_run(place.run_id) else []


def scored_pairs(place: Place) -> set[Pair] | None:
    """Who was scored with whom on the task, in the order in which they were shown; `None` while nothing is ranked."""
    if not place.store.has_run(place.run_id):
        return None
    if place.plan.scorer.kind == "questions":
        return set()
    with place.store.reading() as session:
        input_hash = results.input_of(session, place.run_id)
    return set(pairs_in(place.store.task(input_hash, place.task.id)))


def pairs_in(evaluation: Evaluation) -> Iterator[Pair]:
    """The pairs of agents whose answers to the first task of an evaluation were scored."""
    evidence, names = evaluation.evidence, evaluation.agents
    if isinstance(evidence, PairScores):
        rows = evidence.joint & (evidence.task == 0)
        yield from ((names[i], names[j]) for i, j in zip(evidence.agent[rows], evidence.peer[rows], strict=True))
    elif isinstance(evidence, Gains):
        yield from ((names[i], names[j]) for i, j in np.argwhere(~np.isnan(evidence.gain[0])))


def was_used(behind: Behind, scored: set[Pair] | None) -> bool:
    """Whether what was ranked shows that a request was used."""
    return scored is not None and (not behind.shows or bool(behind.shows & scored))
