"""The score sheet of a run: what each agent scored on each task, and what can be read off it without scoring again.

One rule: a task paid what it paid in the whole run. To look at some of the tasks changes means, never a score.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from elicit.errors import InvalidInput
from elicit.estimators.apart import margins
from elicit.estimators.bootstrap import blocks_answered, bootstrap, weighted_means
from elicit.estimators.length import mean_by_agent
from elicit.evidence import Floats, Ints
from elicit.services.document import by_rank, plain, standing
from elicit.services.ranking import RESAMPLES


@dataclass(frozen=True)
class Sheet:
    """What each agent of a run scored on each task: `score` (m, n), NaN where it is missing.

    `category` names that of each task, `None` where it has none; `block` (m,) numbers tasks, those with one prompt
    alike.
    """

    run: str
    agents: tuple[str, ...]
    tasks: tuple[str, ...]
    category: tuple[str | None, ...]
    block: Ints
    score: Floats

    def of(self, agent: str) -> Floats:
        """The scores of one agent (m,). Raises `InvalidInput` where the run has none of this name."""
        if agent not in self.agents:
            raise InvalidInput(f"run {self.run} has no agent {agent!r}: it has {', '.join(map(repr, self.agents))}")
        return self.score[:, self.agents.index(agent)]


@dataclass(frozen=True)
class CategoryBoard:
    """The agents on the tasks of one category in the order of their ranks there: what is known of each, by name."""

    category: str
    n_tasks: int
    agents: list[dict[str, Any]]


def category_boards(sheet: Sheet, *, seed: int) -> list[CategoryBoard]:
    """A board for each category, in the order in which the tasks name them; none where no task has a category."""
    rows: dict[str, list[int]] = {}
    for row, category in enumerate(sheet.category):
        if category:
            rows.setdefault(category, []).append(row)
    return [
        CategoryBoard(category, len(its), standings(sheet, np.array(its), np.random.default_rng(seed)))
        for category, its in rows.items()
    ]


def standings(sheet: Sheet, rows: Ints, rng: np.random.Generator) -> list[dict[str, Any]]:
    """The agents on these tasks alone, in rank order; intervals are from drawing among these tasks."""
    score = sheet.score[rows]
    _, block = np.unique(sheet.block[rows], return_inverse=True)
    mean, known = mean_by_agent(score), ~np.isnan(score)
    prompts = blocks_answered(known, block)
    replicates = bootstrap(partial(weighted_means, score), mean, block, prompts, resamples=RESAMPLES, rng=rng)
    certain = standing(mean, replicates, margins(mean, replicates, prompts))
    columns = {"agent": sheet.agents, **certain, "n_tasks": known.sum(axis=0)}
    return [{name: plain(values[i]) for name, values in columns.items()} for i in by_rank(columns["rank"])]


def agent_by_task(sheet: Sheet, agent: str) -> list[dict[str, Any]]:
    """What an agent scored on each task, in their order, and the mean of what the others did; `None` for none."""
    score, known = sheet.of(agent), ~np.isnan(sheet.score)
    count = known.sum(axis=1) - ~np.isnan(score)
    rest = np.where(known, sheet.score, 0.0).sum(axis=1) - np.nan_to_num(score)
    others = np.divide(rest, count, out=np.full(len(score), np.nan), where=count > 0)
    return [
        {"task_id": task, "category": category, "score": plain(own), "mean_of_others": plain(mean)}
        for task, category, own, mean in zip(sheet.tasks, sheet.category, score, others, strict=True)
    ]


def difference_by_task(sheet: Sheet, agent: str, baseline: str) -> list[dict[str, Any]]:
    """On which tasks an agent's score is another's, and on which not: the largest difference first."""
    return differences(
        dict(zip(sheet.tasks, sheet.category, strict=True)), by_task(sheet, agent), by_task(sheet, baseline)
    )


def change_by_task(before: Sheet, after: Sheet, agent: str) -> list[dict[str, Any]]:
    """On which tasks of both runs an agent's score changed: the largest change first."""
    return differences(
        dict(zip(after.tasks, after.category, strict=True)), by_task(after, agent), by_task(before, agent)
    )


def by_task(sheet: Sheet, agent: str) -> dict[str, float]:
    """The known scores of an agent by task."""
    scores = zip(sheet.tasks, sheet.of(agent).tolist(), strict=True)
    return {task: score for task, score in scores if not np.isnan(score)}


def differences(
    category: Mapping[str, str | None], score: Mapping[str, float], baseline: Mapping[str, float]
) -> list[dict[str, Any]]:
    """A row for each task with both scores, the largest difference first, in the order of the tasks where they tie."""
    rows = [
        {
            "task_id": task,
            "category": category[task],
            "score": value,
            "baseline_score": baseline[task],
            "difference": value - baseline[task],
        }
        for task, value in score.items()
        if task in baseline
    ]
    return sorted(rows, key=lambda row: -abs(row["difference"]))
