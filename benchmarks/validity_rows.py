"""A set scored in every way there is: by each scorer and mechanism that reads one of its inputs, and by the controls.

One rule: the scores are made before anything that is known of the agents is read.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import controls
import numpy as np
from measures import Agreement
from sets import Case, Input, Known

from elicit.errors import InvalidInput
from elicit.estimators.combined import combined
from elicit.estimators.length import length_adjusted, mean_by_agent
from elicit.estimators.ranks import ranks
from elicit.evidence import Floats, Labels
from elicit.mechanisms import MECHANISMS
from elicit.services.progress import silent
from elicit.services.ranking import chance_level, effects_of_tasks, scores_by_task
from elicit.services.scoring import SCORERS, Choice, Options, Scored, choose, same_prompt_blocks, score_evaluation
from elicit.types import Evaluation

# The mechanisms that are here to be beaten. What a judge prefers costs as much as a critic: it stands with the others.
CONTROLS = ("output_agreement",)
# The two inputs whose default mechanisms `elicit combine` puts together.
TOGETHER = ("critic", "log-probs")


@dataclass(frozen=True)
class Row:
    """One way to score a set, and how well it agrees with each thing known; `what` and `how` name input and mechanism.

    `score` (n,) and `by_task` (m, n) are of these `agents` and tasks. `kind` is "default", "mechanism" or "control".
    """

    what: str
    how: str
    kind: str
    agents: tuple[str, ...]
    tasks: tuple[str, ...]
    score: Floats
    by_task: Floats
    other: Floats | None = None
    adjusted: Floats | None = None
    constant: str = "–"
    p: float = np.nan
    seconds: float = np.nan
    agreement: dict[str, Agreement] = field(default_factory=dict)

    def compared_with(self, known: Sequence[Known]) -> "Row":
        """The same row with its agreement with each thing known."""
        found = {k.name: k.agreement(self.agents, self.tasks, self.score, self.by_task) for k in known}
        return replace(self, agreement=found)

    def place(self, agent: str) -> int:
        """An agent's rank."""
        return int(ranks(self.score)[self.agents.index(agent)])


@dataclass(frozen=True)
class Found:
    """A set's rows, and what could not be scored and why."""

    case: Case
    rows: list[Row]
    notes: list[str]

    def row(self, what: str, how: str) -> Row:
        """The row of an input (and scorer) and a mechanism."""
        return next(row for row in self.rows if (row.what, row.how) == (what, how))

    def default(self, what: str) -> Row | None:
        """The row that `elicit rank` gives for an input where nothing is chosen."""
        return next((row for row in self.rows if row.kind == "default" and row.what.split(",")[0] == what), None)

    def best_control(self, known: Known) -> Row | None:
        """The control that agrees best with what is known: a choice that only hindsight can make."""
        rows = [r for r in self.rows if r.kind == "control" and not np.isnan(r.agreement[known.name].value)]
        return max(rows, key=lambda row: row.agreement[known.name].value, default=None)


def measure(case: Case) -> Found:
    """Score a set in every way there is, and compare with what is known of its agents."""
    rows: list[Row] = []
    notes: list[str] = []
    for given in case.inputs:
        evaluation, refused = given.read(), []
        for scorer, mechanism in combinations(evaluation):
            print(f"{case.name}: {given.name}, {scorer}, {mechanism}", file=sys.stderr)
            try:
                rows.append(scored_row(given, evaluation, Options(scorer=scorer, mechanism=mechanism)))
            except InvalidInput as error:
                refused.append(f"{case.name} ({given.name}, {scorer}): refused, {error}")
        if not any(row.what.split(",")[0] == given.name for row in rows):
            notes += dict.fromkeys(refused)
        rows += control_rows(given, evaluation)
    rows += combined_row(rows)
    return Found(case, [row.compared_with(case.known) for row in rows], notes)


def combinations(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Every scorer and mechanism that reads this evidence; texts are not also read as labels."""
    default = choose(evaluation, Options())
    for scorer in SCORERS:
        if scorer == "labels" != default.scorer:
            continue
        for mechanism in MECHANISMS:
            try:
                choose(evaluation, Options(scorer=scorer, mechanism=mechanism))
            except InvalidInput:
                continue
            yield scorer, mechanism


def scored_row(given: Input, evaluation: Evaluation, options: Options) -> Row:
    """Score as `elicit rank` does."""
    choice, start = choose(evaluation, options), time.perf_counter()
    scored = score_evaluation(evaluation, choice, options, silent)
    score = scored.peers.scores(scored.pairwise)
    seconds = time.perf_counter() - start
    by_task = scores_by_task(choice.mechanism, scored, lambda done: None)
    kind = kind_of(choice, evaluation)
    return Row(
        what=given.name if choice.scorer in ("given", "labels") else f"{given.name}, {choice.scorer}",
        how=choice.mechanism.name,
        kind=kind,
        agents=tuple(evaluation.agents),
        tasks=tuple(task.id for task in evaluation.tasks),
        score=score,
        by_task=by_task,
        other=replace(scored.peers, softmax=not scored.peers.softmax).scores(scored.pairwise),
        adjusted=None if scored.length is None else length_adjusted(by_task, scored.length)[0],
        constant=controls.constant_place(evaluation, options),
        p=chance(evaluation, choice, scored, by_task, options)
        if kind == "default" or not isinstance(scored.evidence, Labels)
        else np.nan,
        seconds=seconds,
    )


def chance(evaluation: Evaluation, choice: Choice, scored: Scored, by_task: Floats, options: Options) -> float:
    """The chance of such scores were the answers shuffled over tasks.

    Labels are shuffled and scored 99 times; `scored_row` asks for that of the default mechanism only.
    """
    block, rng = same_prompt_blocks(evaluation.tasks), np.random.default_rng(options.seed)
    effects_alike = effects_of_tasks(choice.mechanism, scored, by_task)[1]
    return chance_level(choice.mechanism, scored, block, effects_alike, rng).pool_p


def kind_of(choice: Choice, evaluation: Evaluation) -> str:
    """Whether a row is what `elicit rank` gives, another mechanism, or one that promises nothing."""
    default = choose(evaluation, Options())
    if (choice.scorer, choice.mechanism) == (default.scorer, default.mechanism):
        return "default"
    return "control" if choice.mechanism.name in CONTROLS else "mechanism"


def control_rows(given: Input, evaluation: Evaluation) -> list[Row]:
    """A row for each control of texts."""
    names = tuple(evaluation.agents), tuple(task.id for task in evaluation.tasks)
    return [
        Row(given.name, name, "control", *names, mean_by_agent(by_task), by_task)
        for name, by_task in controls.of_texts(evaluation).items()
    ]


def combined_row(rows: Sequence[Row]) -> list[Row]:
    """What `elicit combine` makes of the critic's scores and the log-probabilities, where there are both."""
    parts = [row for row in rows if row.kind == "default" and row.what in TOGETHER]
    if len(parts) < len(TOGETHER):
        return []
    tasks = [task for task in parts[0].tasks if task in parts[1].tasks]
    scores = [aligned_scores(row, tasks, parts[0].agents) for row in parts]
    by_task = combined(scores)
    how = " and ".join(f"{row.what} {row.how}" for row in parts)
    seconds = sum(row.seconds for row in parts)
    return [
        Row("combined", how, "default", parts[0].agents, tuple(tasks), mean_by_agent(by_task), by_task, seconds=seconds)
    ]


def aligned_scores(row: Row, tasks: Sequence[str], agents: Sequence[str]) -> Floats:
    """A row's scores by task of these tasks and agents, in their order."""
    place = {task: number for number, task in enumerate(row.tasks)}
    return row.by_task[np.ix_([place[task] for task in tasks], [row.agents.index(agent) for agent in agents])]
