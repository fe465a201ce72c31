"""An agent that is recorded while it works: its outputs are sent in the background, every few seconds.

One rule: recording never waits for the server, and an output that was recorded is kept until the server has it.
"""

import asyncio
from contextlib import suppress
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from elicit.client.core import MAY_PASS
from elicit.client.operation import finished
from elicit.client.outgoing import Outgoing
from elicit.errors import ApiError, ElicitError, InvalidInput, Unreachable
from elicit.schemas import Submission

if TYPE_CHECKING:
    from elicit.client.submitting import Submitting


class Recording:
    """What both recorders share: the outputs that wait, and what went wrong in the background.

    `done` are the ids of the tasks that had an output when recording began; there are some only where it is resumed.
    """

    def __init__(self, client: "Submitting", agent: str, task_set: str | None, *, resume: bool, every_s: float) -> None:
        self._client = client
        self._agent = agent
        self._task_set = task_set
        self._resume = resume
        self._every_s = every_s
        self.done: frozenset[str] = frozenset()
        self._outgoing = Outgoing()
        self._submission: Submission | None = None
        self._trouble: ElicitError | None = None

    @property
    def submission(self) -> Submission:
        """The submission as it was when recording began; once the block has ended, as it is then."""
        if self._submission is None:
            raise InvalidInput("a recorder must be entered first: with client.agent(...) as agent")
        return self._submission

    def record(self, task_id: str, output: str) -> None:
        """Keep what the agent answered to a task; it is sent in the background.

        Raises the `ApiError` with which the server has refused earlier outputs.
        """
        if self._trouble is not None:
            raise self._trouble
        self._outgoing.add(task_id, output)

    async def _open(self) -> None:
        self._submission = await self._client._open_submission(self._agent, self._task_set, resume=self._resume)
        if self._resume:
            self.done = frozenset(await self._client._received(self._submission))

    async def _send(self) -> None:
        await self._client._send(self.submission, self._outgoing)

    async def _send_quietly(self) -> None:
        """Send what waits; while the server is away it goes on waiting."""
        try:
            await self._send()
        except Unreachable:
            pass
        except ApiError as error:
            self._trouble = None if error.status in MAY_PASS else error

    async def _close(self, error: BaseException | None) -> None:
        """Send the rest. After an error in the block the submission stays open, and that error is the one to see."""
        if error is None:
            await self._send()
            self._submission = await self._client._complete(self.submission)
            return
        try:
            await self._send()
        except ElicitError as trouble:
            error.add_note(f"and what was recorded last could not be sent: {trouble}")


class Recorder(Recording):
    """Records an agent: `with client.agent("mine") as agent: agent.record(task_id, output)`, from any thread."""

    def __init__(self, client: "Submitting", agent: str, task_set: str | None, *, resume: bool, every_s: float) -> None:
        super().__init__(client, agent, task_set, resume=resume, every_s=every_s)
        self._sending = Lock()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="elicit-recorder", daemon=True)

    def __enter__(self) -> Self:
        finished(self._open())
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        finished(self._close(error))

    def flush(self) -> None:
        """Send everything that was recorded, now."""
        with self._sending:
            finished(self._send())

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            with self._sending:
                finished(self._send_quietly())


class AsyncRecorder(Recording):
    """Records an agent in an event loop: `async with client.agent("mine") as agent: agent.record(task_id, output)`."""

    def __init__(self, client: "Submitting", agent: str, task_set: str | None, *, resume: bool, every_s: float) -> None:
        super().__init__(client, agent, task_set, resume=resume, every_s=every_s)
        self._sending = asyncio.Lock()
        self._ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._open()
        self._background = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        await self._background
        await self._close(error)

    async def flush(self) -> None:
        """Send everything that was recorded, now."""
        async with self._sending:
            await self._send()

    async def _run(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._every_s)
                break
            async with self._sending:
                await self._send_quietly()
