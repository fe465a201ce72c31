"""Several runs on the same tasks as one ranking: what one scorer cannot see, another may.

One rule: only what every run has scored takes part; a response that one scorer lacks is on no common scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from elicit.errors import InvalidInput
from elicit.estimators.combined import combined
from elicit.evidence import Floats
from elicit.services.compare import Board
from elicit.services.sheet import Sheet

FEWEST_AGENTS, FEWEST_TASKS = 3, 2


@dataclass(frozen=True)
class Shared:
    """The agents and tasks that all runs have, in the order of the first, and each run's scores of them (m, n)."""

    agents: tuple[str, ...]
    tasks: tuple[str, ...]
    scores: list[Floats]


def shared_by(boards: Sequence[Board]) -> Shared:
    """What all runs have scored. Raises `InvalidInput` where that is too little to compare anybody on."""
    agents = tuple(name for name in boards[0].agents if all(name in board.agents for board in boards))
    tasks = tuple(name for name in boards[0].tasks if all(name in board.tasks for board in boards))
    if len(agents) < FEWEST_AGENTS or len(tasks) < FEWEST_TASKS:
        raise InvalidInput(
            f"runs must share at least {FEWEST_AGENTS} agents and {FEWEST_TASKS} tasks to be combined, "
            f"{', '.join(board.name for board in boards)} share {len(agents)} and {len(tasks)}"
        )
    return Shared(agents, tasks, [part_of(board, agents, tasks) for board in boards])


def part_of(board: Board, agents: Sequence[str], tasks: Sequence[str]) -> Floats:
    """The scores of these agents on these tasks (m, n)."""
    columns = [board.agents.index(agent) for agent in agents]
    place = {task: row for row, task in enumerate(board.tasks)}
    return board.task_scores[np.ix_([place[task] for task in tasks], columns)]


def combined_sheet(boards: Sequence[Board]) -> Sheet:
    """The runs as one score sheet: how far each response stands out among the answers to its task, over all runs."""
    shared = shared_by(boards)
    return Sheet(
        run=" + ".join(board.name for board in boards),
        agents=shared.agents,
        tasks=shared.tasks,
        category=(None,) * len(shared.tasks),
        block=np.arange(len(shared.tasks)),
        score=combined(shared.scores),
    )
