"""The sets with known standings: every way to hand each one in, and what is known of its agents.

What is known comes from tables of its own, after the scores; no reader below opens one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import pandas as pd
from common import DEMO, SHARED
from measures import Agreement, over_agents, over_responses, within_tasks

from elicit.evidence import Floats
from elicit.io import EvidenceKind, read
from elicit.types import Evaluation

Standings = Callable[[], Mapping[str, float]]
Judged = Callable[[], pd.DataFrame]  # a row for each task, a column for each agent


@dataclass(frozen=True)
class Known:
    """Something known of the agents: a number each, and the measure of agreement with it.

    Compared are `over` all agents, all responses, or the responses within each task. A response is as good as its
    agent is, or as it was `judged`. Agents in `left_out` are scored but take no part in the comparison; their places
    are printed.
    """

    name: str
    standings: Standings
    measure: str = "Spearman"
    over: Literal["agents", "responses", "tasks"] = "agents"
    left_out: tuple[str, ...] = ()
    judged: Judged | None = None

    def values(self, agents: Sequence[str]) -> Floats:
        """What is known of each agent (n,); NaN for nothing."""
        standings = self.standings()
        return np.array([np.nan if a in self.left_out else standings.get(a, np.nan) for a in agents])

    def of_responses(self, agents: Sequence[str], tasks: Sequence[str]) -> Floats:
        """What is known of each response (m, n); NaN for nothing."""
        if self.judged is None:
            return np.broadcast_to(self.values(agents), (len(tasks), len(agents)))
        return self.judged().reindex(index=list(tasks), columns=list(agents)).to_numpy(float)

    def agreement(self, agents: Sequence[str], tasks: Sequence[str], score: Floats, by_task: Floats) -> Agreement:
        """How well scores (n,), or their parts by task (m, n), agree with it."""
        if self.over == "agents":
            return over_agents(self.measure, score, self.values(agents))
        if self.over == "responses":
            return over_responses(by_task, self.values(agents))
        return within_tasks(self.measure, by_task, self.of_responses(agents, tasks))


@dataclass(frozen=True)
class Input:
    """One way of handing a set in: "text", "labels", "critic", "log-probs" or what a judge said."""

    name: str
    read: Callable[[], Evaluation]


@dataclass(frozen=True)
class Case:
    """A set to rank: its inputs, what is known of its agents, and the file without which it is not there."""

    name: str
    file: Path
    inputs: tuple[Input, ...]
    known: tuple[Known, ...]


def from_file(name: str, file: Path, *, tasks: Path | None = None, evidence: EvidenceKind | None = None) -> Input:
    """An input that `elicit rank` reads as it is."""
    return Input(name, lambda: read([file], tasks=tasks, evidence=evidence))


def from_table(name: str, evidence: EvidenceKind, table: Callable[[], pd.DataFrame]) -> Input:
    """An input that is first written as a table `elicit rank` reads."""

    def reader() -> Evaluation:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "table.parquet"
            table().to_parquet(path)
            return read([path], evidence=evidence)

    return Input(name, reader)


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


def judge_table(file: Path, judge: str) -> pd.DataFrame:
    """A row for each task and ordered pair that a judge decided: what `agent` wins of `peer`."""
    with np.load(file) as pairs:
        task, agent, peer = np.nonzero(pairs[judge] >= 0)
        return pd.DataFrame(
            {
                "task_id": pairs["task_ids"][task],
                "agent": pairs["agents"][agent],
                "peer": pairs["agents"][peer],
                "peer_task_id": pairs["task_ids"][task],
                "score": pairs[judge][task, agent, peer] / 2,
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


def judged(table: str, name: str) -> Judged:
    """A column of a table with a row for each response, as tasks by agents."""
    return lambda: pd.read_csv(SHARED / table).pivot(index="task_id", columns="agent", values=name)


def experts(folder: str, *names: str) -> tuple[Known, ...]:
    """What experts said of each response, by agent and within each task."""
    agents = leaderboard(folder, names[0])
    table = f"{folder}/human_scores.csv.gz"
    within = (
        Known(
            f"{name}, within tasks",
            column(f"{folder}/leaderboard.csv", name),
            "Spearman",
            "tasks",
            (),
            judged(table, name),
        )
        for name in names
    )
    return (*agents, *within)


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
    file = SHARED / folder / "labels.csv"
    return Case(folder, file, (from_file("labels", file),), known)


def strategic(name: str) -> Case:
    """Agents in good and bad faith: their text, a critic's scores, a model's log-probabilities, a judge's verdicts."""
    folder = SHARED / "strategic_agents" / name
    agents = Known(
        "good faith, agents",
        column(f"strategic_agents/{name}/agents.csv", "good_faith"),
        measure="AUC",
        left_out=("Reference",),
    )
    responses = replace(agents, name="good faith, responses", over="responses")
    within = replace(agents, name="good faith, within tasks", over="tasks")
    tasks = folder.with_name(name.partition("__")[0]) / TASKS  # altered sets share the tasks of their base
    pairs = folder / "pairs.npz"
    inputs = (
        from_file("text", folder / RESPONSES, tasks=tasks),
        from_file("critic", folder / "pair_scores.parquet"),
        from_table("log-probs", "logprobs", lambda: log_probability_table(pairs)),
        from_table("judge with the source", "pair-scores", lambda: judge_table(pairs, "judge_ctx_x2")),
        from_table("judge without the source", "pair-scores", lambda: judge_table(pairs, "judge_noctx_x2")),
    )
    return Case(f"strategic/{name}", folder / RESPONSES, inputs, (responses, within, agents))


def text(folder: str, file: str, known: tuple[Known, ...], *, tasks: str | None = None) -> Case:
    """A set of responses."""
    path = SHARED / folder / file
    return Case(folder, path, (from_file("text", path, tasks=SHARED / folder / tasks if tasks else None),), known)


def labels(name: str, file: Path, known: tuple[Known, ...], evidence: EvidenceKind | None = None) -> Case:
    """A set of labels."""
    return Case(name, file, (from_file("labels", file, evidence=evidence),), known)


TASKS = "tasks.jsonl.gz"
RESPONSES = "responses.jsonl.gz"
VICUNA = ("gpt4_mean_score", "arena_elo_2024_03_29")
LC = "length_controlled_winrate"
EXPERTS = ("human_mean", "coherence", "consistency", "fluency", "relevance")
STRATEGIC = ("samsum", "pubmed", "reddit_tifu", "opus_de_en")
ALTERED = ("reddit_tifu__case_flip", "reddit_tifu__format", "reddit_tifu__padding")

CASES: tuple[Case, ...] = (
    Case("demo", DEMO, (from_file("text", DEMO),), (Known("good faith, agents", demo_good_faith, "AUC"),)),
    text("alpaca_eval", "outputs.jsonl.gz", leaderboard("alpaca_eval", LC, "arena_elo", left_out=("NullModel",))),
    text("sample", "outputs.jsonl", leaderboard("sample", LC, "arena_elo")),
    text("vicuna_bench", RESPONSES, leaderboard("vicuna_bench", *VICUNA), tasks=TASKS),
    text("sample_vicuna", "outputs.jsonl", leaderboard("sample_vicuna", *VICUNA)),
    text("gsm8k", RESPONSES, leaderboard("gsm8k", "accuracy"), tasks=TASKS),
    text("sample_gsm8k", "outputs.jsonl", leaderboard("sample_gsm8k", "accuracy_sample", "accuracy_all_1319")),
    labels("gsm8k labels", SHARED / "gsm8k" / RESPONSES, leaderboard("gsm8k", "accuracy"), "labels"),
    labels("mmlu_pro letters", SHARED / "mmlu_pro/answers_wide.csv.gz", leaderboard("mmlu_pro", "accuracy_split")),
    text("mmlu_pro", "cot_outputs_600.jsonl.gz", leaderboard("mmlu_pro", "accuracy_split"), tasks=TASKS),
    text("summeval", RESPONSES, experts("summeval", *EXPERTS), tasks=TASKS),
    text("wmt22_zh_en", RESPONSES, leaderboard("wmt22_zh_en", "human_da_z"), tasks=TASKS),
    *(strategic(name) for name in STRATEGIC + ALTERED),
    *(crowd(name) for name in ("bluebirds", "dogs", "face_sentiment")),
)
