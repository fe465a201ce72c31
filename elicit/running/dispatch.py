"""Nudges within one process: an ordered set of what there may be to do, for the threads of the in-process runner."""

from threading import Condition


class LocalDispatcher:
    """Nudges for threads of this process. A nudge that is there already is not added a second time.

    >>> dispatcher = LocalDispatcher()
    >>> dispatcher.nudge_ask("a"), dispatcher.nudge_ask("a"), dispatcher.nudge_ask("b")
    (None, None, None)
    >>> [dispatcher.take("ask", timeout_s=0) for _ in range(3)]
    ['a', 'b', None]
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self._due: dict[str, dict[str, None]] = {"ask": {}, "advance": {}}

    def nudge_ask(self, run_id: str) -> None:
        """Requests of this run wait to be asked."""
        self._add("ask", run_id)

    def nudge_advance(self, run_id: str) -> None:
        """This run may have all the answers it waited for."""
        self._add("advance", run_id)

    def take(self, kind: str, timeout_s: float) -> str | None:
        """The run that was nudged first for `ask` or `advance`, `None` where none is within so many seconds."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._due[kind], timeout_s):
                return None
            run_id = next(iter(self._due[kind]))
            del self._due[kind][run_id]
            return run_id

    def _add(self, kind: str, run_id: str) -> None:
        with self._condition:
            self._due[kind][run_id] = None
            self._condition.notify_all()
