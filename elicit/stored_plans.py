"""Plans out of what a project has stored: its tasks, its agents, and what those submitted.

One rule: a plan is built whole and by the rules of plan files, when an evaluation is handed in and when it is run.
Nothing in it may name a file or a key of the server.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from elicit.errors import InvalidInput
from elicit.io.plans import plan_of
from elicit.services.estimate import ANSWER_TOKENS, TOKENS_PER_WORD
from elicit.services.plan import AgentSpec, Plan
from elicit.store import Session
from elicit.store.service import agents, submissions, task_sets
from elicit.store.service_models import Agent, StoredEvaluation
from elicit.types import Task

TO_COME = "to come"  # stands for the answers of an agent outside until a run is made
NOT_HERE = {
    "name": "it stands beside the spec",
    "responses": "an agent without a spec submits its outputs",
    "api_key_env": "the operator says which key goes where",
}


def plan_for_run(session: Session, evaluation: StoredEvaluation, epoch: str) -> Plan:
    """The plan of a run that begins now: agents as they are, outside ones with their newest complete submission.

    Raises `InvalidInput` for an agent that has submitted nothing, `UnknownObject` for one that is gone.
    """
    plan = plan_so_far(session, evaluation.project_id, evaluation.task_set_id, evaluation.name, evaluation.plan)
    stored = {name: agents.find(session, evaluation.project_id, name) for name in evaluation.plan["agents"]}
    specs = tuple(
        with_answers(session, spec, stored[spec.name], evaluation.task_set_id) if spec.answers else spec
        for spec in plan.agents
    )
    return replace(plan, agents=specs, epoch=epoch)


def with_expected_answers(session: Session, project_id: str, task_set_id: str, plan: Plan) -> tuple[Plan, list[str]]:
    """The plan as far as its answers are known, and notes on it.

    Agents outside answer as they did last, or, where they have not yet, every task in about as many words as are to be
    expected.
    """
    outside = [spec.name for spec in plan.agents if spec.answers]
    stored = {name: agents.find(session, project_id, name) for name in outside}
    newest = {name: submissions.newest_complete(session, agent.id, task_set_id) for name, agent in stored.items()}
    answers = {
        name: expected_answers(name, plan.tasks) if found is None else submissions.answers(session, found)
        for name, found in newest.items()
    }
    specs = tuple(replace(spec, answers=answers.get(spec.name)) for spec in plan.agents)
    silent = (name for name, found in newest.items() if found is None)
    notes = [f"{name} has submitted nothing yet: counted as if it had answered every task" for name in silent]
    return replace(plan, agents=specs), notes


def known_answers(
    session: Session, project_id: str, task_set_id: str, names: Sequence[str]
) -> tuple[list[Task], list[list[str | None]]]:
    """The tasks of a set, and what these agents have submitted on them last: `texts[t][i]`, `None` where nothing is.

    Raises `UnknownObject` for an agent that is not the project's.
    """
    tasks = [Task(row["task_id"], row["prompt"], row["context"]) for row in task_sets.tasks_of(session, task_set_id)]
    columns = []
    for name in names:
        found = submissions.newest_complete(session, agents.find(session, project_id, name).id, task_set_id)
        columns.append({} if found is None else dict(submissions.answers(session, found)))
    return tasks, [[column.get(task.id) for column in columns] for task in tasks]


def expected_answers(agent: str, tasks: Iterable[Task]) -> tuple[tuple[str, str], ...]:
    """Answers to come, as long as is to be expected; no two are the same."""
    words = " word" * round(ANSWER_TOKENS / TOKENS_PER_WORD)
    return tuple((task.id, f"{agent} {task.id}{words}") for task in tasks)


def plan_so_far(session: Session, project_id: str, task_set_id: str, name: str, fields: Mapping[str, Any]) -> Plan:
    """The plan with these fields, before the answers of agents outside are known."""
    check_scorer(fields["scorer"])
    tasks = task_sets.tasks_of(session, task_set_id)
    specs = [entry_of(agents.find(session, project_id, agent), tasks[0]["task_id"]) for agent in fields["agents"]]
    rows = [{key: task[key] for key in ("task_id", "prompt", "context", "images")} for task in tasks]
    return plan_of({**fields, "name": name, "tasks": rows, "agents": specs})


def entry_of(agent: Agent, task_id: str) -> dict[str, Any]:
    """An agent's entry in a plan."""
    if agent.spec is not None:
        return {"name": agent.name, **agent.spec}
    return {"name": agent.name, "responses": [{"task_id": task_id, "response": TO_COME}]}


def with_answers(session: Session, spec: AgentSpec, agent: Agent, task_set_id: str) -> AgentSpec:
    """An agent outside with the answers it submitted last."""
    submission = submissions.newest_complete(session, agent.id, task_set_id)
    if submission is None:
        raise InvalidInput(
            f"an agent without a spec must have a complete submission on the tasks, {agent.name!r} has none"
        )
    return replace(spec, answers=submissions.answers(session, submission))


def plan_of_agent(name: str, spec: Mapping[str, Any]) -> Plan:
    """A plan around one agent, to see whether its spec keeps the rules. Raises `InvalidInput` where it does not."""
    refuse(spec, "spec")
    tasks: Sequence[Mapping[str, Any]] = [{"task_id": task_id, "prompt": task_id} for task_id in "ab"]
    other = {"name": f"not {name}"[:100], "responses": [{"task_id": "a", "response": TO_COME}]}
    return plan_of({"tasks": tasks, "agents": [{"name": name, **spec}, other], "scorer": {"kind": "lexical"}})


def check_scorer(scorer: Mapping[str, Any]) -> None:
    """Raise `InvalidInput` where a scorer names what only the operator may."""
    refuse(scorer, "scorer")


def refuse(values: Mapping[str, Any], where: str) -> None:
    """Raise `InvalidInput` for what a user of a server may not say about a model."""
    for name, why in NOT_HERE.items():
        if name in values:
            raise InvalidInput(f"{where}.{name}: must be left out: {why}")
    if "://" in str(values.get("model")):
        raise InvalidInput(f"{where}.model: must be a name; an address is 'api_base'")
