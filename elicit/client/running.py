"""Evaluations and runs: make them, wait for them, read what came of them.

One rule: waiting costs the server nothing: it tells us of every change, and is asked only where it cannot.
"""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx

from elicit.client.bars import bars
from elicit.client.core import Core, body, from_json, ref
from elicit.client.events import data_of_events
from elicit.client.operation import Operation
from elicit.client.transport import Call
from elicit.errors import ElicitError
from elicit.schemas import (
    ENDED,
    Comparison,
    Difference,
    Evaluation,
    Explanation,
    NewEvaluation,
    NewRun,
    Page,
    PairMatrix,
    ParkedItem,
    Run,
    RunState,
    RunTask,
    StoredCall,
    TaskDetail,
    TaskSet,
)

if TYPE_CHECKING:
    from elicit.leaderboard import Leaderboard

POLL_EVERY_S = 2.0
LONGEST_SILENCE_S = 30.0  # of a stream of events, before the server is asked


class Running(Core):
    """Operations on evaluations and runs."""

    @Operation
    async def create_evaluation(
        self,
        name: str,
        *,
        task_set: TaskSet | str,
        agents: Sequence[str],
        scorer: Mapping[str, Any],
        mechanism: str | None = None,
        design: Mapping[str, Any] | None = None,
        budget: Mapping[str, Any] | None = None,
        prices: Mapping[str, Mapping[str, float]] | None = None,
        limits: Mapping[str, Any] | None = None,
        use_truncated: bool | None = None,
        seed: int | None = None,
    ) -> Evaluation:
        """Say what is to be run: agents on a task set, and who scores. All but the first four are as in a plan file."""
        new = body(
            NewEvaluation,
            name=name,
            task_set=ref(task_set),
            agents=list(agents),
            scorer=scorer,
            mechanism=mechanism,
            design=design,
            budget=budget,
            prices=prices,
            limits=limits,
            use_truncated=use_truncated,
            seed=seed,
        )
        return await self._post(await self._at("evaluations"), Evaluation, new)

    @Operation
    async def evaluations(self, limit: int | None = None) -> list[Evaluation]:
        """The project's evaluations, newest first."""
        return await self._all(await self._at("evaluations"), Page[Evaluation], limit)

    @Operation
    async def evaluation(self, evaluation: str) -> Evaluation:
        """An evaluation by its id or name."""
        return await self._get(await self._at("evaluations", evaluation), Evaluation)

    @Operation
    async def create_run(self, evaluation: Evaluation | str, *, epoch: str = "", once: str | None = None) -> Run:
        """Begin a run of an evaluation. A new `epoch` asks models afresh what an earlier run has stored.

        Calls with the same words in `once` within two days begin one run, and all return it as it was then.
        """
        new = body(NewRun, evaluation=ref(evaluation), epoch=epoch or None)
        return await self._post(await self._at("runs"), Run, new, once=once)

    @Operation
    async def runs(
        self, *, state: RunState | None = None, evaluation: str | None = None, limit: int | None = None
    ) -> list[Run]:
        """The project's runs, newest first; in one state, or of one evaluation, if asked so."""
        return await self._all(await self._at("runs"), Page[Run], limit, state=state, evaluation=evaluation)

    @Operation
    async def run(self, run: Run | str) -> Run:
        """A run as it is now."""
        return await self._get(await self._at("runs", ref(run)), Run)

    @Operation
    async def wait(self, run: Run | str, *, timeout_s: float | None = None) -> Run:
        """Wait until a run has ended, and return it: done, or stopped, cancelled or failed with its reason.

        Shows its progress on a terminal. Raises `ElicitError` where it has not ended after `timeout_s` seconds; the run
        goes on.
        """
        give_up = time.monotonic() + (float("inf") if timeout_s is None else timeout_s)
        with bars(self._progress) as progress:
            while True:
                async with aclosing(self._news(ref(run), give_up)) as news:
                    async for now in news:
                        progress(now.progress.stage or now.state, now.progress.done, now.progress.total)
                        if now.state in ENDED:
                            return now
                if time.monotonic() + POLL_EVERY_S > give_up:
                    raise ElicitError(f"run {ref(run)} has not ended after {timeout_s:g} s; it goes on")
                await self._transport.sleep(POLL_EVERY_S)

    async def _news(self, run_id: str, give_up: float) -> AsyncGenerator[Run, None]:
        """The run as it is, then whenever it changes, for as long as the server tells, and hardly beyond `give_up`."""
        path = await self._at("runs", run_id)
        now = await self._get(path, Run)
        yield now
        if now.state in ENDED:
            return
        call = Call("GET", f"{path}/events", headers={"Accept": "text/event-stream"})
        silence = max(0.1, min(LONGEST_SILENCE_S, give_up - time.monotonic()))
        try:
            async with self._transport.stream(call, silence) as stream:
                if stream.tells_events:
                    async with aclosing(data_of_events(stream.lines)) as events:
                        async for event in events:
                            if event is not None:
                                yield from_json(event, Run)
                            if time.monotonic() > give_up:
                                return
        except httpx.RequestError:
            return

    @Operation
    async def cancel_run(self, run: Run | str) -> Run:
        """Ask no more for a run; what was asked is kept."""
        return await self._post(await self._at("runs", ref(run), "cancel"), Run)

    @Operation
    async def resume_run(self, run: Run | str) -> Run:
        """Go on with a run that was stopped."""
        return await self._post(await self._at("runs", ref(run), "resume"), Run)

    @Operation
    async def retry_failed(self, run: Run | str) -> Run:
        """Ask again what has failed or was given up in a run."""
        return await self._post(await self._at("runs", ref(run), "retry-failed"), Run)

    @Operation
    async def parked(self, run: Run | str, limit: int | None = None) -> list[ParkedItem]:
        """The requests of a run that were given up after several tries, with their errors."""
        return await self._all(await self._at("runs", ref(run), "parked"), Page[ParkedItem], limit)

    @Operation
    async def leaderboard(self, run: Run | str) -> "Leaderboard":
        """What came of a finished run: `.to_frame()`, `.plot()`, `.document`."""
        from elicit.leaderboard import Leaderboard

        run_id = ref(run)
        return Leaderboard(await self._get(await self._at("runs", run_id, "leaderboard"), dict[str, Any]), run_id)

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
    async def compare(self, before: Run | str, after: Run | str) -> Comparison:
        """Who moved between two runs, and whether it is more than noise."""
        return await self._get(await self._at("runs", ref(before), "comparison", ref(after)), Comparison)

    @Operation
    async def difference(self, run: Run | str, *, agent: str, baseline: str) -> Difference:
        """Whether an agent of a run is worse than another, beyond noise."""
        path = await self._at("runs", ref(run), "difference")
        return await self._get(path, Difference, agent=agent, baseline=baseline)

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
