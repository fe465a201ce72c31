"""Before a run: what it would cost, what suits the data, and the demo for a first look."""

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypedDict, Unpack

from elicit.client.core import Core, body, ref
from elicit.client.operation import Operation
from elicit.client.running import Running
from elicit.client.submitting import Submitting
from elicit.errors import ApiError
from elicit.schemas import (
    ENDED,
    Advice,
    AdviceFor,
    CostEstimate,
    Evaluation,
    MechanismInfo,
    NewEvaluation,
    Page,
    Run,
    TaskSet,
)

DEMO = "demo"  # the name of its task set and of its evaluation
UNKNOWN, NOT_ALLOWED = 404, 403


class PlanFields(TypedDict, total=False):
    """What `create_evaluation` takes beside its first four arguments."""

    mechanism: str | None
    design: Mapping[str, Any] | None
    budget: Mapping[str, Any] | None
    prices: Mapping[str, Mapping[str, float]] | None
    limits: Mapping[str, Any] | None
    use_truncated: bool | None
    seed: int | None


class Planning(Core):
    """Operations for those who plan an evaluation."""

    @Operation
    async def mechanisms(self) -> list[MechanismInfo]:
        """The mechanisms: what each reads, promises and cannot see."""
        return await self._get("/mechanisms", list[MechanismInfo])

    @Operation
    async def estimate(
        self,
        name: str,
        *,
        task_set: TaskSet | str,
        agents: Sequence[str],
        scorer: Mapping[str, Any],
        **more: Unpack[PlanFields],
    ) -> CostEstimate:
        """What a run of an evaluation would ask and cost: takes what `create_evaluation` takes, and stores nothing."""
        fields: dict[str, Any] = {"name": name, "task_set": ref(task_set), "agents": list(agents), "scorer": scorer}
        return await self._post(
            await self._at("evaluations", "estimate"), CostEstimate, body(NewEvaluation, **fields, **more)
        )

    @Operation
    async def advice(self, task_set: TaskSet | str, agents: Iterable[str]) -> Advice:
        """Which scorers and mechanisms suit these agents on a task set, with reasons."""
        wanted = body(AdviceFor, agents=list(agents))
        return await self._post(await self._at("task-sets", ref(task_set), "advice"), Advice, wanted)

    @Operation
    async def load_demo(self) -> Run:
        """The bundled demo as a run of this project: nine agents, forty prompts, scored by their words.

        What is there already is used: the task set, and a run that is under way or done. Needs the scopes submit and
        evaluate, and read to find such a run: without read a new one is begun.
        """
        with as_file(files("elicit") / "demo_data") as folder:
            task_set = await Submitting.create_task_set(self, DEMO, folder / "tasks.jsonl")
            return await self._demo_run(task_set) or await self._new_demo_run(task_set, folder / "responses.jsonl")

    async def _demo_run(self, task_set: TaskSet) -> Run | None:
        """The newest run of the demo that is under way or done, if one can be found."""
        try:
            evaluation = await self._get(await self._at("evaluations", DEMO), Evaluation)
            runs = await self._all(await self._at("runs"), Page[Run], evaluation=evaluation.id)
        except ApiError as error:
            if error.status in {NOT_ALLOWED, UNKNOWN}:
                return None
            raise
        good = (run for run in runs if run.state == "done" or run.state not in ENDED)
        return next(good, None) if evaluation.task_set_id == task_set.id else None

    async def _new_demo_run(self, task_set: TaskSet, responses: Path) -> Run:
        """Submit the demo's answers, one agent after the other, and begin to rank them."""
        agents = agents_in(responses)
        for agent in agents:
            await Submitting.submit(self, agent, task_set, responses)
        evaluation = await Running.create_evaluation(
            self, DEMO, task_set=task_set, agents=agents, scorer={"kind": "lexical"}
        )
        return await Running.create_run(self, evaluation)


def agents_in(responses: Path) -> list[str]:
    """The agents in a file of answers, in their order."""
    with responses.open(encoding="utf-8") as lines:
        return list(dict.fromkeys(json.loads(line)["agent"] for line in lines))
