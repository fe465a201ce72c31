"""What cheap tricks earn: one agent at a time alters all its answers, everything else stays as it is.

    python benchmarks/attacks.py [FILE] [--tasks FILE] [--every N]

For every agent of FILE (by default ../shared/data/alpaca_eval, or the bundled demo) and every trick, prints how far the
agent's rank and score move. No trick may raise a rank, nor a score that is above 0, or the exit code is 1.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from elicit.estimators.ranks import ranks
from elicit.evidence import Floats
from elicit.io import read
from elicit.services.progress import silent
from elicit.services.scoring import Options, choose, score_evaluation
from elicit.types import Evaluation, Responses, Task

BOILERPLATE = (
    " I hope this helps! Please let me know if you have any further questions, need more details or would like me to "
    "expand on any point. As an assistant I always strive for accurate, complete and helpful answers."
)
CONSTANT = "This is a comprehensive, accurate and insightful answer that covers every important aspect of the question."

Answers = Sequence[str | None]
Trick = Callable[[Answers, Sequence[Task]], list[str | None]]


def each(change: Callable[[str, Task], str]) -> Trick:
    """A trick that alters every answer by itself; a missing answer stays missing."""
    return lambda answers, tasks: [
        None if answer is None else change(answer, task) for answer, task in zip(answers, tasks, strict=True)
    ]


def flip_case(text: str) -> str:
    """The case of every fifth character swapped."""
    return "".join(c.swapcase() if k % 5 == 4 else c for k, c in enumerate(text))


TRICKS: dict[str, Trick] = {
    "repeat": each(lambda answer, task: f"{answer}\n{answer}"),
    "boilerplate": each(lambda answer, task: answer + BOILERPLATE),
    "prompt echo": each(lambda answer, task: f"{task.prompt}\n{answer}"),
    "truncate": each(lambda answer, task: answer[: len(answer) // 2]),
    "other task": lambda answers, tasks: [*answers[1:], answers[0]],
    "case flip": each(lambda answer, task: flip_case(answer)),
    "constant": each(lambda answer, task: CONSTANT),
}


def attacked(evaluation: Evaluation, agent: int, trick: Trick) -> Evaluation:
    """The evaluation with one agent's answers altered."""
    if not isinstance(evaluation.evidence, Responses):
        raise TypeError(f"tricks alter responses, got {type(evaluation.evidence).__name__}")
    altered = trick([row[agent] for row in evaluation.evidence.texts], evaluation.tasks)
    texts = [list(row) for row in evaluation.evidence.texts]
    for row, answer in zip(texts, altered, strict=True):
        row[agent] = answer
    return replace(evaluation, evidence=Responses(texts))


def scores(evaluation: Evaluation) -> Floats:
    """Scores of all agents, as `elicit rank` gives them."""
    options = Options()
    scored = score_evaluation(evaluation, choose(evaluation, options), options, silent)
    return scored.peers.scores(scored.pairwise)


def gains_of_tricks(evaluation: Evaluation) -> list[tuple[str, str, int, float, float]]:
    """(trick, agent, places risen, score before, score after) for every trick and agent."""
    before = scores(evaluation)
    place = ranks(before)
    rows = []
    for name, trick in TRICKS.items():
        for i, agent in enumerate(evaluation.agents):
            after = scores(attacked(evaluation, i, trick))
            rows.append((name, agent, int(place[i] - ranks(after)[i]), float(before[i]), float(after[i])))
    return rows


def every_nth_task(evaluation: Evaluation, step: int) -> Evaluation:
    """The evaluation with every `step`-th task only."""
    if not isinstance(evaluation.evidence, Responses):
        raise TypeError(f"tricks alter responses, got {type(evaluation.evidence).__name__}")
    return replace(evaluation, tasks=evaluation.tasks[::step], evidence=Responses(evaluation.evidence.texts[::step]))


def default_input() -> tuple[Path, Path | None]:
    """The largest set at hand."""
    root = Path(__file__).resolve().parents[1]
    shared = root.parent / "shared/data/alpaca_eval/outputs.jsonl.gz"
    demo = root / "elicit/demo_data"
    return (shared, None) if shared.exists() else (demo / "responses.jsonl", demo / "tasks.jsonl")


def main() -> int:
    """Print the table; 1 if a trick paid."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    file, tasks = default_input()
    parser.add_argument("file", nargs="?", type=Path, default=file)
    parser.add_argument("--tasks", type=Path, default=tasks)
    parser.add_argument("--every", type=int, default=3, help="use every N-th task")
    asked = parser.parse_args()
    evaluation = every_nth_task(read([asked.file], tasks=asked.tasks), asked.every)
    rows = gains_of_tricks(evaluation)
    print(f"{asked.file.name}: {len(evaluation.agents)} agents, {len(evaluation.tasks)} tasks")
    print(f"{'trick':<14}{'most places risen':>18}{'largest score rise':>20}{'score kept (median)':>21}")
    failed = False
    for name in TRICKS:
        mine = [row for row in rows if row[0] == name]
        risen = max(row[2] for row in mine)
        raised = max(after - max(before, 0.0) for _, _, _, before, after in mine)
        kept = np.median([after / before for _, _, _, before, after in mine if before > 0])
        failed |= risen > 0 or raised > 1e-6
        print(f"{name:<14}{risen:>18}{raised:>20.4f}{kept:>20.0%} ")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
