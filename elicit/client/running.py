"""Evaluations and runs: make them, wait for them. What came of them is in `results`.

One rule: waiting costs the server nothing: it tells us of every change, and is asked only where it cannot.
"""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import httpx

from elicit.client.bars import bars
from elicit.client.core import Core, body, from_json, ref
from elicit.client.events import data_of_events
from elicit.client.operation import Operation
from elicit.client.transport import Call
from elicit.errors import ElicitError
from elicit.schemas import (
    ENDED,
    Evaluation,
    NewEvaluation,
    NewRun,
    Page,
    ParkedItem,
    Resumption,
    Run,
    RunState,
    TaskSet,
)

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
    async def resume_run(self, run: Run | str, *, budget: Mapping[str, Any] | None = None) -> Run:
        """Go on with a run that was stopped; `budget` changes limits of what it may take in all: `{"max_calls": 500}`.

        A limit left out stays as it is, `None` takes it away.
        """
        return await self._post(await self._at("runs", ref(run), "resume"), Run, body(Resumption, budget=budget))

    @Operation
    async def retry_failed(self, run: Run | str) -> Run:
        """Ask again what has failed or was given up in a run."""
        return await self._post(await self._at("runs", ref(run), "retry-failed"), Run)

    @Operation
    async def parked(self, run: Run | str, limit: int | None = None) -> list[ParkedItem]:
        """The requests of a run that were given up after several tries, with their errors."""
        return await self._all(await self._at("runs", ref(run), "parked"), Page[ParkedItem], limit)
