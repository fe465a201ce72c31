"""Schedules: when evaluations are run again."""

from collections.abc import Mapping
from typing import Any

from elicit.client.core import Core, body, changing, ref, typed
from elicit.client.operation import Operation
from elicit.schemas import CatchUp, Evaluation, NewSchedule, Overlap, Page, Preview, Run, Schedule, ScheduleChange


class Scheduling(Core):
    """Operations on schedules."""

    @Operation
    async def create_schedule(
        self,
        name: str,
        evaluation: Evaluation | str,
        *,
        cron: str | None = None,
        every_s: int | None = None,
        time_zone: str | None = None,
        catch_up: CatchUp | None = None,
        overlap: Overlap | None = None,
        budget: Mapping[str, Any] | None = None,
        paused: bool | None = None,
    ) -> Schedule:
        """Run an evaluation again and again: `cron="0 6 * * 1", time_zone="Europe/Berlin"`, or `every_s=3600`."""
        new = body(
            NewSchedule,
            name=name,
            evaluation=ref(evaluation),
            cron=cron,
            every_s=every_s,
            time_zone=time_zone,
            catch_up=catch_up,
            overlap=overlap,
            budget=budget,
            paused=paused,
        )
        return await self._post(await self._at("schedules"), Schedule, new)

    @Operation
    async def schedules(self, limit: int | None = None) -> list[Schedule]:
        """The project's schedules, newest first."""
        return await self._all(await self._at("schedules"), Page[Schedule], limit)

    @Operation
    async def schedule(self, schedule: Schedule | str) -> Schedule:
        """A schedule as it is now."""
        return await self._get(await self._at("schedules", ref(schedule)), Schedule)

    @Operation
    async def change_schedule(
        self,
        schedule: Schedule | str,
        *,
        cron: str | None = None,
        every_s: int | None = None,
        time_zone: str | None = None,
        catch_up: CatchUp | None = None,
        overlap: Overlap | None = None,
        budget: Mapping[str, Any] | None = None,
    ) -> Schedule:
        """Change what is given of a schedule."""
        changes = body(
            ScheduleChange,
            cron=cron,
            every_s=every_s,
            time_zone=time_zone,
            catch_up=catch_up,
            overlap=overlap,
            budget=budget,
        )
        return await self._change(schedule, changes)

    @Operation
    async def pause_schedule(self, schedule: Schedule | str) -> Schedule:
        """Begin no run of a schedule until it is resumed."""
        return await self._change(schedule, ScheduleChange(paused=True))

    @Operation
    async def resume_schedule(self, schedule: Schedule | str) -> Schedule:
        """Let a paused schedule go on."""
        return await self._change(schedule, ScheduleChange(paused=False))

    @Operation
    async def delete_schedule(self, schedule: Schedule | str) -> None:
        """End a schedule; its runs stay."""
        await self._exchange(changing("DELETE", await self._at("schedules", ref(schedule))))

    @Operation
    async def preview(self, schedule: Schedule | str, count: int = 5) -> Preview:
        """The next times a schedule is due."""
        return await self._get(await self._at("schedules", ref(schedule), "preview"), Preview, count=count)

    @Operation
    async def schedule_runs(self, schedule: Schedule | str, limit: int | None = None) -> list[Run]:
        """The runs of a schedule, newest first."""
        return await self._all(await self._at("schedules", ref(schedule), "runs"), Page[Run], limit)

    @Operation
    async def run_now(self, schedule: Schedule | str) -> Run:
        """Begin a run of a schedule at once, whenever the next is due."""
        return await self._post(await self._at("schedules", ref(schedule), "run-now"), Run)

    async def _change(self, schedule: Schedule | str, changes: ScheduleChange) -> Schedule:
        call = changing("PATCH", await self._at("schedules", ref(schedule)), changes)
        return typed(await self._exchange(call), Schedule)
