"""The sets with known standings: how to read each one, and what is known of its agents.

What is known comes from tables of its own, after the scores; no reader below opens one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from common import DEMO, SHARED

from elicit.estimators.ranks import mean_ranks, spearman
from elicit.evidence import Floats
from elicit.io import EvidenceKind, read
from elicit.types import Evaluation

Standings = Callable[[], Mapping[str, float]]


def area_under_curve(score: Floats, good: Floats) -> float:
    """The chance that something good (1) scores above something bad (0), ties counting half; NaN takes no part.

    >>> area_under_curve(np.array([3.0, 2.0, 1.0, 9.0]), np.array([1.0, 0.0, 0.0, np.nan]))
    1.0
    """
    known = ~(np.isnan(score) | np.isnan(good))
    score, good = score[known], good[known] == 1
    n_good, n_bad = int(good.sum()), int((~good).sum())
    if not n_good or not n_bad:
        return np.nan
    return float((mean_ranks(score)[good].mean() - (n_good + 1) / 2) / n_bad)


MEASURES: dict[str, Callable[[Floats, Floats], float]] = {"Spearman": spearman, "AUC": area_under_curve}


@dataclass(frozen=True)
class Known:
    """Something known of the agents: a number each, and the measure of agreement with it.

    With `per_response` every response is compared, each as good as its agent is; otherwise every agent. Agents in
    `left_out` are scored but take no part in the comparison; their places are printed.
    """

    name: str
    standings: Standings
    measure: str = "Spearman"
    per_response: bool = False
    left_out: tuple[str, ...] = ()

    def values(self, agents: Sequence[str]) -> Floats:
        """What is known of each agent (n,); NaN for nothing."""
        standings = self.standings()
        return np.array([np.nan if a in self.left_out else standings.get(a, np.nan) for a in agents])

    def agreement(self, score: Floats, agents: Sequence[str]) -> float:
        """How well scores agree with it, (n,) by agent or (m, n) by response."""
        values = np.broadcast_to(self.values(agents), score.shape)
        return MEASURES[self.measure](score.ravel(), values.ravel())

    def n_compared(self, score: Floats, agents: Sequence[str]) -> int:
        """How many agents, or responses, have a score and something known."""
        return int((~np.isnan(score + self.values(agents))).sum())


@dataclass(frozen=True)
class Case:
    """A set to rank: how it is read, by which mechanism if not the default one, and what is known of its agents."""

    name: str
    file: Path
    known: tuple[Known, ...]
    tasks: Path | None = None
    evidence: EvidenceKind | None = None
    mechanism: str | None = None

    def read(self) -> Evaluation:
        """The set, read as `elicit rank` reads it."""
        if self.file.suffix == ".npz":
            return read_log_probabilities(self.file)
        return read([self.file], tasks=self.tasks, evidence=self.evidence)


def read_log_probabilities(pairs: Path) -> Evaluation:
    """The log-probabilities in a `pairs.npz`, through the table that `elicit rank` reads."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "logprobs.parquet"
        log_probability_table(pairs).to_parquet(path)
        return read([path], evidence="logprobs")


def log_probability_table(file: Path) -> pd.DataFrame:
    """A row for each task and ordered pair: `agent`'s response was shown, `peer`'s was scored; totals in nats.

    In the file a row is the target and numbers are means over its tokens.
    """
    with np.load(file) as pairs:
        task, target, shown = np.nonzero(~np.isnan(pairs["logp_cond"]))
        n_tokens = pairs["token_counts"][task, target]
        return pd.DataFrame(
            {
                "task_id": pairs["task_ids"][task],
                "agent": pairs["agents"][shown],
                "peer": pairs["agents"][target],
                "logp_cond": pairs["logp_cond"][task, target, shown].astype(float) * n_tokens,
                "logp_base": pairs["logp_base"][task, target].astype(float) * n_tokens,
                "n_tokens": n_tokens,
            }
        )


def column(table: str, name: str) -> Standings:
    """A column of one of the tables of what is known, by agent."""

    def standings() -> Mapping[str, float]:
        found = pd.read_csv(SHARED / table, dtype={"agent": str}).set_index("agent")[name]
        return {str(agent): float(value) for agent, value in found.items()}

    return standings


def leaderboard(folder: str, *columns: str, left_out: tuple[str, ...] = ()) -> tuple[Known, ...]:
    """Columns of a set's leaderboard."""
    return tuple(Known(name, column(f"{folder}/leaderboard.csv", name), left_out=left_out) for name in columns)


def demo_good_faith() -> Mapping[str, float]:
    """The README of the demo data: junior is weaker than the others in good faith, but in good faith."""
    good, bad = ("careful", "teacher", "verbose", "concise", "junior"), ("hurried", "evasive", "fabricator", "constant")
    return dict.fromkeys(good, 1.0) | dict.fromkeys(bad, 0.0)


def sound_workers(folder: str) -> Standings:
    """Accuracy of the workers it is known of from at least ten items."""

    def standings() -> Mapping[str, float]:
        gold = column(f"{folder}/agents.csv", "n_gold")()
        accuracy = column(f"{folder}/agents.csv", "accuracy")()
        return {worker: value for worker, value in accuracy.items() if gold[worker] >= 10}

    return standings


def crowd(name: str) -> Case:
    """One set of crowd labels, by all workers and by those whose accuracy is known well."""
    folder = f"crowd/{name}"
    known = (
        Known("accuracy", column(f"{folder}/agents.csv", "accuracy")),
        Known("accuracy, 10+ items", sound_workers(folder)),
    )
    return Case(folder, SHARED / folder / "labels.csv", known)


def strategic(name: str) -> Iterator[Case]:
    """One set of agents in good and bad faith: by text, by a critic's scores, by a model's log-probabilities."""
    folder = SHARED / "strategic_agents" / name
    agents = Known(
        "good faith, agents",
        column(f"strategic_agents/{name}/agents.csv", "good_faith"),
        measure="AUC",
        left_out=("Reference",),
    )
    responses = replace(agents, name="good faith, responses", per_response=True)
    tasks = folder.with_name(name.partition("__")[0]) / "tasks.jsonl.gz"  # altered sets share the tasks of their base
    yield Case(f"strategic/{name}", folder / "responses.jsonl.gz", (agents, responses), tasks=tasks)
    yield Case(f"strategic/{name} critic", folder / "pair_scores.parquet", (agents,), mechanism="tvd_mi")
    for mechanism in ("mi", "gppm"):
        known = (agents, responses)
        yield Case(f"strategic/{name} log-probs", folder / "pairs.npz", known, mechanism=mechanism)


def text(folder: str, file: str, known: tuple[Known, ...], *, tasks: str | None = None) -> Case:
    """A set of responses."""
    return Case(folder, SHARED / folder / file, known, tasks=SHARED / folder / tasks if tasks else None)


TASKS = "tasks.jsonl.gz"
RESPONSES = "responses.jsonl.gz"
VICUNA = ("gpt4_mean_score", "arena_elo_2024_03_29")
LC = "length_controlled_winrate"
STRATEGIC = ("samsum", "pubmed", "reddit_tifu", "opus_de_en")
ALTERED = ("reddit_tifu__case_flip", "reddit_tifu__format", "reddit_tifu__padding")

CASES: tuple[Case, ...] = (
    Case("demo", DEMO, (Known("good faith, agents", demo_good_faith, "AUC"),)),
    text("alpaca_eval", "outputs.jsonl.gz", leaderboard("alpaca_eval", LC, "arena_elo", left_out=("NullModel",))),
    text("sample", "outputs.jsonl", leaderboard("sample", LC, "arena_elo")),
    text(
        "vicuna_bench", RESPONSES, leaderboard("vicuna_bench", "gpt4_mean_score", "arena_elo_2024_03_29"), tasks=TASKS
    ),
    text("sample_vicuna", "outputs.jsonl", leaderboard("sample_vicuna", "gpt4_mean_score", "arena_elo_2024_03_29")),
    text("gsm8k", RESPONSES, leaderboard("gsm8k", "accuracy"), tasks=TASKS),
    text("sample_gsm8k", "outputs.jsonl", leaderboard("sample_gsm8k", "accuracy_sample", "accuracy_all_1319")),
    Case("gsm8k labels", SHARED / "gsm8k" / RESPONSES, leaderboard("gsm8k", "accuracy"), evidence="labels"),
    Case("mmlu_pro letters", SHARED / "mmlu_pro/answers_wide.csv.gz", leaderboard("mmlu_pro", "accuracy_split")),
    text("mmlu_pro", "cot_outputs_600.jsonl.gz", leaderboard("mmlu_pro", "accuracy_split"), tasks=TASKS),
    text("summeval", RESPONSES, leaderboard("summeval", "human_mean"), tasks=TASKS),
    text("wmt22_zh_en", RESPONSES, leaderboard("wmt22_zh_en", "human_da_z"), tasks=TASKS),
    *(case for name in STRATEGIC + ALTERED for case in strategic(name)),
    *(crowd(name) for name in ("bluebirds", "dogs", "face_sentiment")),
)
