"""Task sets, agents, and what agents outside have answered.

One rule: outputs are sent in batches as they come, so that a generator of any length needs no memory; rows that the
server has already are told by it and do no harm.
"""

from collections.abc import AsyncIterable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from elicit.client.bars import bars
from elicit.client.core import Core, body, ref, typed
from elicit.client.operation import Operation
from elicit.client.outgoing import Outgoing
from elicit.client.transport import Call
from elicit.errors import ApiError, InvalidInput
from elicit.schemas import (
    Agent,
    NewAgent,
    NewSubmission,
    NewTaskSet,
    Page,
    Receipt,
    ScorePoint,
    Submission,
    TaskIn,
    TaskSet,
)
from elicit.services.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd

    from elicit.io.handing_in import Output

Tasks: TypeAlias = "str | Path | Iterable[Mapping[str, object]] | pd.DataFrame"
Outputs: TypeAlias = "Tasks | AsyncIterable[Mapping[str, object]]"


class Submitting(Core):
    """Operations on task sets, agents and submissions."""

    @Operation
    async def create_task_set(self, name: str, tasks: Tasks) -> TaskSet:
        """Make a task set of a file, a DataFrame or rows; the same tasks under the same name are the same set.

        Columns have the names that `elicit rank` accepts: a prompt or a context, maybe task_id, category, images.
        Raises `InvalidInput` naming the row where a task breaks a rule.
        """
        from elicit.io.handing_in import whole_tasks

        new = body(NewTaskSet, name=name, tasks=whole_tasks(tasks))
        return await self._post(await self._at("task-sets"), TaskSet, new)

    @Operation
    async def task_sets(self, limit: int | None = None) -> list[TaskSet]:
        """The project's task sets, every version, newest first."""
        return await self._all(await self._at("task-sets"), Page[TaskSet], limit)

    @Operation
    async def task_set(self, task_set: str) -> TaskSet:
        """A task set by its id, or by its name for the newest version."""
        return await self._get(await self._at("task-sets", task_set), TaskSet)

    @Operation
    async def tasks(self, task_set: TaskSet | str, limit: int | None = None) -> list[TaskIn]:
        """The tasks of a set, in their order."""
        return await self._all(await self._at("task-sets", ref(task_set), "tasks"), Page[TaskIn], limit)

    @Operation
    async def create_agent(self, name: str, spec: Mapping[str, Any] | None = None) -> Agent:
        """Make an agent: `spec` is its entry in a plan, without the name; none for one that submits its outputs."""
        new = body(NewAgent, name=name, spec=spec)
        return await self._post(await self._at("agents"), Agent, new)

    @Operation
    async def agents(self, limit: int | None = None) -> list[Agent]:
        """The project's agents, newest first."""
        return await self._all(await self._at("agents"), Page[Agent], limit)

    @Operation
    async def history(self, agent: str, limit: int | None = None, *, schedule: str | None = None) -> list[ScorePoint]:
        """An agent's scores over the runs of schedules, newest first; scores compare within one schedule."""
        return await self._all(await self._at("agents", agent, "history"), Page[ScorePoint], limit, schedule=schedule)

    @Operation
    async def submissions(self, limit: int | None = None) -> list[Submission]:
        """The project's submissions, newest first."""
        return await self._all(await self._at("submissions"), Page[Submission], limit)

    @Operation
    async def submission(self, submission: Submission | str) -> Submission:
        """A submission as it is now."""
        return await self._get(await self._at("submissions", ref(submission)), Submission)

    @Operation
    async def submit(
        self,
        agent: str,
        task_set: TaskSet | str,
        outputs: Outputs,
        *,
        resume: bool = False,
        once: str | None = None,
    ) -> Submission:
        """Submit what an agent has answered, and complete the submission.

        `outputs` is a file, a DataFrame, rows with task_id and response (or the other names `elicit rank` accepts), or
        a generator of rows; an `AsyncClient` takes asynchronous generators, too. Files and tables are checked before
        anything is sent. Where this is cut off the submission stays open, and `resume=True` goes on with it: outputs
        that the server has are not sent again. Calls with the same words in `once` within two days make one submission:
        where that is complete, nothing is sent. Raises `InvalidInput` or `ApiError` naming the row that breaks a rule.
        """
        found = outputs_of(outputs, agent)
        submission = await self._open_submission(agent, task_set, resume=resume, once=once)
        if once is not None:
            submission = await self._get(await self._at("submissions", submission.id), Submission)
            if submission.state == "complete":
                return submission
        there = await self._received(submission) if resume else set()
        with bars(self._progress) as progress:
            await self._upload(submission, found, there, progress)
        return await self._complete(submission)

    @Operation
    async def received(self, submission: Submission | str) -> set[str]:
        """The ids of the tasks that a submission has an output for."""
        return await self._received(submission)

    async def _received(self, submission: Submission | str) -> set[str]:
        path = await self._at("submissions", ref(submission), "received")
        return set(await self._all(path, Page[str]))

    async def _upload(
        self, submission: Submission, outputs: "Found", there: Collection[str], progress: Progress
    ) -> None:
        """Send outputs as they come, but for tasks that the server has one of."""
        outgoing = Outgoing()
        async for row in self._transport.each(outputs.rows):
            output = outputs.read(row)
            if output is not None and output[0] not in there:
                outgoing.add(*output)
            if outgoing.full:
                await self._send(submission, outgoing, progress)
        await self._send(submission, outgoing, progress)

    async def _send(self, submission: Submission, outgoing: Outgoing, progress: Progress = silent) -> None:
        """Send everything that waits."""
        while lines := outgoing.batch():
            receipt = await self._send_lines(submission, lines, first=outgoing.sent + 1)
            outgoing.arrived(lines)
            progress("upload", receipt.received, submission.n_tasks)

    async def _send_lines(self, submission: Submission, lines: Sequence[bytes], first: int) -> Receipt:
        """Send one batch, safely repeated: the server knows a row it has by its text."""
        path = await self._at("submissions", submission.id, "rows")
        call = Call("POST", path, {}, b"".join(lines), {"Content-Type": "application/x-ndjson"})
        try:
            return typed(await self._exchange(call), Receipt)
        except ApiError as error:
            place = f"(line 1 of this batch is output {first:,} of the submission)"
            raise ApiError(error.title, error.status, f"{error.detail} {place}", error.places) from error

    async def _open_submission(
        self, agent: str, task_set: TaskSet | str | None, *, resume: bool, once: str | None = None
    ) -> Submission:
        """A submission on a task set, by default the project's only one; `resume`: one that is open, if there is."""
        chosen = await self._only_task_set() if task_set is None else ref(task_set)
        new = body(NewSubmission, agent=agent, task_set=chosen, resume=resume)
        return await self._post(await self._at("submissions"), Submission, new, once=once)

    async def _only_task_set(self) -> str:
        """The name of the project's task set, whatever its version. Raises `InvalidInput` where it has not just one."""
        sets = await self._all(await self._at("task-sets"), Page[TaskSet])
        names = list(dict.fromkeys(found.name for found in sets))
        if len(names) != 1:
            there = ", ".join(map(repr, names)) or "none"
            raise InvalidInput(f"task_set must be named where a project has not just one, this one has {there}")
        return names[0]

    async def _complete(self, submission: Submission) -> Submission:
        """Close a submission; from now on it is used, and never changes."""
        return await self._post(await self._at("submissions", submission.id, "complete"), Submission)


@dataclass(frozen=True)
class Found:
    """Outputs to be submitted: what to go through, and what makes an output of each."""

    rows: "Iterable[Any] | AsyncIterable[Any]"
    read: "Callable[[Any], Output | None]"


def outputs_of(outputs: Outputs, agent: str) -> Found:
    """Outputs from whatever they came in; files and tables are read and checked here."""
    from elicit.io.handing_in import OutputReader, is_whole, whole_outputs

    if is_whole(outputs):
        return Found(whole_outputs(cast("Tasks", outputs), agent), lambda output: output)
    return Found(cast("Iterable[Any] | AsyncIterable[Any]", outputs), OutputReader(agent).read)
