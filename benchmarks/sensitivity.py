"""How much does each constant matter? Every one in the chain moved around its default, on every set it bears on.

    python benchmarks/sensitivity.py [SET ...] [--page docs/validity.md]

A row for each value that a constant takes instead of its default, a column for each set: how much the first thing known
of its agents changes (Spearman, or AUC over responses), the default's own value in the first row. No constant was
chosen by these numbers; they say what a choice would have changed.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from common import markdown
from measures import short
from sets import Case
from validity import chosen
from validity_page import replaced

from elicit.errors import InvalidInput
from elicit.estimators import clones, peers
from elicit.estimators.clones import clone_clusters
from elicit.evidence import Floats, Ints
from elicit.scorers import lexical
from elicit.services import scoring
from elicit.services.progress import silent
from elicit.services.ranking import scores_by_task
from elicit.services.scoring import Options
from elicit.types import Evaluation

FLAT = 0.02  # a change of this size is a swap of two neighbours among a dozen agents


@dataclass(frozen=True)
class Setting:
    """One constant at one value: what is put in place of which names, and which inputs it bears on."""

    constant: str
    value: str
    inputs: tuple[str, ...]
    put: tuple[tuple[ModuleType, str, Any], ...]


def pool_only(target: lexical.WordCounts, words: Ints, pool: Floats) -> Floats:
    """A background that knows nothing of the task: echoing the prompt pays."""
    return pool[words]


def mixed(target: lexical.WordCounts, words: Ints, pool: Floats, *, share: float) -> Floats:
    """A background mixed of pool and task, in place of the larger of the two."""
    if not target.prompt.size:
        return pool[words]
    column, known = lexical.locate(target.prompt, words)
    return (1 - share) * pool[words] + share * np.bincount(column[known], minlength=len(words)) / target.prompt.size


def token_gains(target: lexical.WordCounts, shown: lexical.WordCounts, pool: Floats) -> Floats:
    """The gains with each word of the peer's counted as often as it occurs, not once."""
    words, column = np.unique(target.word, return_inverse=True)
    at, known = lexical.locate(shown.word, words)
    background = lexical.task_background(target, words, pool)
    told, said = (np.zeros((len(target.answered), len(words))) for _ in range(2))
    told[shown.agent[known], at[known]] = lexical.log_ratio(shown.share[known], background[at[known]])
    said[target.agent, column] = target.share * target.length[target.agent]
    gain = told @ said.T + lexical.MISS * said.sum(axis=1)
    gain[~shown.answered, :] = np.nan
    gain[:, ~target.answered] = np.nan
    return gain


def settings() -> list[Setting]:
    """Every constant of the chain, at values around its default."""

    def each(constant: str, inputs: str, values: Sequence[Any], put: Callable[[Any], tuple[Any, ...]]) -> list[Setting]:
        return [Setting(constant, str(value), tuple(inputs.split()), put(value)) for value in values]

    def skew(value: float) -> tuple[Any, ...]:
        return (lexical, "SKEW", value), (lexical, "MISS", float(np.log1p(-value)))

    def way(value: float) -> tuple[Any, ...]:
        return ((scoring, "clone_clusters", lambda similarity: clone_clusters(similarity, value)),)

    def named(module: ModuleType, name: str) -> Callable[[Any], tuple[Any, ...]]:
        return lambda value: ((module, name, value),)

    rules = {"pool alone": pool_only, "0.7 pool + 0.3 task": partial(mixed, share=0.3)}
    return [
        *each("skew l (0.005)", "text", (0.001, 0.002, 0.01, 0.02, 0.05), skew),
        *each(
            "background (larger of pool, task)",
            "text",
            list(rules),
            lambda n: ((lexical, "task_background", rules[n]),),
        ),
        *each("a word counts (once)", "text", ["as often as said"], lambda _: ((lexical, "task_gains", token_gains),)),
        *each("softmax sharpness (2)", "text", (0, 1, 3, 4), named(peers, "SHARPNESS")),
        *each("clones of text, part of the way (0.5)", "text", (0.4, 0.6, 0.7), way),
        *each("quartile of tasks and pairs (0.25)", "text", (0.1, 0.5), named(clones, "QUARTILE")),
        *each("tasks to call a clone (5)", "text", (3, 10), named(clones, "FEWEST_SHARED_TASKS")),
        *each("tasks looked at for clones (200)", "text", (50, 400), named(scoring, "CLONE_SAMPLE")),
        *each("clones of labels, part of the way (0.8)", "labels", (0.7, 0.9), named(scoring, "LABELS_WAY")),
        *each("tasks two must share (4)", "labels", (1, 2, 8, 16), named(scoring, "FEWEST_LABELS")),
    ]


@contextmanager
def in_place(setting: Setting) -> Iterator[None]:
    """The constants of a setting, and the old ones again afterwards."""
    old = [(module, name, getattr(module, name)) for module, name, _ in setting.put]
    for module, name, value in setting.put:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in old:
            setattr(module, name, value)


def agreement(case: Case, evaluation: Evaluation) -> float:
    """How well the default ranking agrees with the first thing known; NaN where nobody can be scored."""
    known = case.known[0]
    choice = scoring.choose(evaluation, Options())
    try:
        scored = scoring.score_evaluation(evaluation, choice, Options(), silent)
    except InvalidInput:
        return np.nan
    tasks, score = [task.id for task in evaluation.tasks], scored.peers.scores(scored.pairwise)
    by_task = np.empty(0) if known.over == "agents" else scores_by_task(choice.mechanism, scored, lambda done: None)
    return known.agreement(evaluation.agents, tasks, score, by_task).value


def changes(cases: Sequence[Case]) -> tuple[list[float], dict[Setting, list[float]]]:
    """The default's agreement on each set, and the change of it under each setting; NaN where it does not bear on."""
    evaluations = [case.inputs[0].read() for case in cases]
    default = [agreement(case, evaluation) for case, evaluation in zip(cases, evaluations, strict=True)]
    found = {}
    for setting in settings():
        print(setting.constant, setting.value, file=sys.stderr)
        with in_place(setting):
            found[setting] = [
                agreement(case, evaluation) - usual if case.inputs[0].name in setting.inputs else np.nan
                for case, evaluation, usual in zip(cases, evaluations, default, strict=True)
            ]
    return default, found


def table(cases: Sequence[Case], default: Sequence[float], found: dict[Setting, list[float]]) -> str:
    """A row for each setting, a column for each set, the largest change last."""
    header = ["constant (default)", "value", *(case.name.removeprefix("strategic/") for case in cases), "largest"]
    rows = [["all at their defaults", "", *map(short, default), ""]]
    for setting, moved in found.items():
        largest = max((change for change in moved if not np.isnan(change)), key=abs, default=np.nan)
        rows.append([setting.constant, setting.value, *map(signed, moved), f"**{signed(largest)}**"])
    return markdown(header, rows)


def signed(change: float) -> str:
    """A change with its sign; a dot where there is none worth two digits, nothing where the constant bears on nothing.

    >>> signed(0.031), signed(-0.2), signed(0.001), signed(np.nan)
    ('+.03', '-.20', '·', '')
    """
    if np.isnan(change):
        return ""
    return "·" if abs(change) < 0.005 else ("+" if change > 0 else "") + short(change)


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="only sets whose names start so (default: all)")
    parser.add_argument("--page", type=Path, help="write the table into this page, in place of the one it has")
    asked = parser.parse_args()
    cases = [case for case in chosen(asked.sets) if case.file.exists()]
    made = table(cases, *changes(cases))
    if asked.page:
        asked.page.write_text(replaced(asked.page.read_text(), {"sensitivity": made}))
    else:
        print(made)


if __name__ == "__main__":
    main()
