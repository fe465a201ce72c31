"""Outputs on their way out: lines of NDJSON in batches that are sent whole, and again if their answer is lost.

One rule: a line leaves the queue only when the server has said that it keeps it.
"""

import json
from collections import deque
from collections.abc import Sequence
from threading import Lock

LARGEST_BATCH = 5_000  # lines
LARGEST_BATCH_BYTES = 2**20


class Outgoing:
    """Lines that wait to be sent. Several threads may add; one at a time takes batches out."""

    def __init__(self) -> None:
        self.sent = 0
        self._lines: deque[bytes] = deque()
        self._size = 0
        self._lock = Lock()

    def add(self, task_id: str, response: str) -> None:
        """Queue an output."""
        row = {"task_id": task_id, "response": response}
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._lines.append(line)
            self._size += len(line)

    @property
    def full(self) -> bool:
        """Whether a whole batch is waiting."""
        return len(self._lines) >= LARGEST_BATCH or self._size >= LARGEST_BATCH_BYTES

    def batch(self) -> Sequence[bytes]:
        """The lines to be sent next; none if none wait. They stay in the queue."""
        lines: list[bytes] = []
        size = 0
        with self._lock:
            for line in self._lines:
                size += len(line)
                if lines and (len(lines) == LARGEST_BATCH or size > LARGEST_BATCH_BYTES):
                    break
                lines.append(line)
        return lines

    def arrived(self, lines: Sequence[bytes]) -> None:
        """Take the batch out that the server has."""
        with self._lock:
            for _ in lines:
                self._size -= len(self._lines.popleft())
        self.sent += len(lines)
