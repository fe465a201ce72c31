"""What a report tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from elicit.charts.categories import Board
from elicit.types import Source


@dataclass(frozen=True)
class Facts:
    """A run with a leaderboard, as plain data.

    `document` is the leaderboard's JSON form; `matrix[i][j]` what the i-th of its agents earns from the j-th, `None`
    where that is not known. `command` is what makes the run again. `boards` are the standings by category, best known
    first; empty where tasks have no categories. `made_at` is in UTC.
    """

    run_id: str
    title: str
    made_at: datetime
    document: Mapping[str, Any]
    matrix: Sequence[Sequence[float | None]]
    versions: Mapping[str, str]
    sources: Sequence[Source]
    input_hash: str
    command: str
    boards: Sequence[Board] = ()

    @property
    def files(self) -> list[tuple[str, str]]:
        """The names of the files that were read, without their folders, each with its SHA-256."""
        return [(PurePath(source.path).name, source.sha256) for source in self.sources]
