"""What came of runs: leaderboards, tasks, agents, pairs, and runs side by side.

One rule: what is read again has not moved over the wire again, unless it has changed.
"""

from typing import TYPE_CHECKING, Any

from elicit.client.core import Core, ref
from elicit.client.operation import Operation
from elicit.schemas import (
    AgentInRun,
    Agreement,
    CategoryBoard,
    Comparison,
    Difference,
    Explanation,
    Page,
    PairMatrix,
    Run,
    RunTask,
    StoredCall,
    TaskDetail,
    TaskDifference,
)

if TYPE_CHECKING:
    from elicit.leaderboard import Leaderboard


class Results(Core):
    """Operations on finished runs."""

    @Operation
    async def leaderboard(self, run: Run | str) -> "Leaderboard":
        """What came of a finished run: `.to_frame()`, `.plot()`, `.document`."""
        from elicit.leaderboard import Leaderboard

        run_id = ref(run)
        return Leaderboard(await self._get(await self._at("runs", run_id, "leaderboard"), dict[str, Any]), run_id)

    @Operation
    async def report(self, run: Run | str) -> str:
        """A finished run as one HTML page that opens without a server, as `elicit report` writes it."""
        return (await self._read(await self._at("runs", ref(run), "report"))).decode()

    @Operation
    async def pairs(self, run: Run | str) -> PairMatrix:
        """Who tells about whom: what every agent earns from every peer."""
        return await self._get(await self._at("runs", ref(run), "pairs"), PairMatrix)

    @Operation
    async def run_tasks(self, run: Run | str, limit: int | None = None) -> list[RunTask]:
        """The tasks of a run in their order, each with how the agents did on it."""
        return await self._all(await self._at("runs", ref(run), "tasks"), Page[RunTask], limit)

    @Operation
    async def task_detail(self, run: Run | str, task_id: str) -> TaskDetail:
        """One task of a run: what it asked, and what each agent answered and earned."""
        return await self._get(await self._at("runs", ref(run), "tasks", task_id), TaskDetail)

    @Operation
    async def categories(self, run: Run | str) -> list[CategoryBoard]:
        """The agents of a run on the tasks of each category; an empty list where tasks have none."""
        return await self._get(await self._at("runs", ref(run), "categories"), list[CategoryBoard])

    @Operation
    async def agent_in_run(self, run: Run | str, agent: str) -> AgentInRun:
        """How an agent did on each task of a run, beside the mean of the others."""
        return await self._get(await self._at("runs", ref(run), "agents", agent), AgentInRun)

    @Operation
    async def agreement(self, run: Run | str) -> list[Agreement]:
        """How far other runs on the same task set rank alike, newest first, at most 20."""
        return await self._get(await self._at("runs", ref(run), "agreement"), list[Agreement])

    @Operation
    async def compare(self, before: Run | str, after: Run | str) -> Comparison:
        """Who moved between two runs, and whether it is more than noise."""
        return await self._get(await self._at("runs", ref(before), "comparison", ref(after)), Comparison)

    @Operation
    async def comparison_by_task(self, before: Run | str, after: Run | str, *, agent: str) -> list[TaskDifference]:
        """On which tasks an agent's score changed between two runs, the largest change first."""
        path = await self._at("runs", ref(before), "comparison", ref(after), "tasks")
        return await self._get(path, list[TaskDifference], agent=agent)

    @Operation
    async def difference(self, run: Run | str, *, agent: str, baseline: str) -> Difference:
        """Whether an agent of a run is worse than another, beyond noise."""
        path = await self._at("runs", ref(run), "difference")
        return await self._get(path, Difference, agent=agent, baseline=baseline)

    @Operation
    async def difference_by_task(self, run: Run | str, *, agent: str, baseline: str) -> list[TaskDifference]:
        """On which tasks an agent of a run differs from another, the largest difference first."""
        path = await self._at("runs", ref(run), "difference", "tasks")
        return await self._get(path, list[TaskDifference], agent=agent, baseline=baseline)

    @Operation
    async def explanation(self, run: Run | str, *, task: str, agent: str, peer: str) -> Explanation:
        """Which words, labels or verdicts made what `agent` earned from `peer` on a task."""
        path = await self._at("runs", ref(run), "explanation")
        return await self._get(path, Explanation, task=task, agent=agent, peer=peer)

    @Operation
    async def calls(
        self, run: Run | str, task_id: str, agent: str | None = None, peer: str | None = None
    ) -> list[StoredCall]:
        """What models were asked and answered, word for word: for the answers to a task, or one agent's answer.

        With a `peer`: the scorer's calls about these two answers. Empty where no model was asked.
        """
        path = await self._at("runs", ref(run), "calls")
        return await self._get(path, list[StoredCall], task=task_id, agent=agent, peer=peer)
