"""What the benchmarks share: where the data is, evaluations made smaller, scores as `elicit rank` gives them, tables.

Known standings are read by the benchmarks alone and after the scores: they never reach a scorer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from elicit.evidence import Floats
from elicit.io import read
from elicit.services.audit.attacks import FLATTERY
from elicit.services.progress import silent
from elicit.services.scoring import Options, choose, score_evaluation
from elicit.types import Evaluation, Responses

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
DEMO = ROOT / "elicit" / "demo_data" / "responses.jsonl"

# What an agent says that wants to please whoever scores it, whatever was asked.
CONSTANT = FLATTERY


def default_input() -> Path:
    """The largest set of chat answers at hand."""
    shared = SHARED / "alpaca_eval" / "outputs.jsonl.gz"
    return shared if shared.exists() else DEMO


def read_every(file: Path, step: int, *, tasks: Path | None = None) -> Evaluation:
    """The evaluation in a file of responses, every `step`-th task of it."""
    evaluation = read([file], tasks=tasks)
    return replace(
        evaluation, tasks=evaluation.tasks[::step], evidence=Responses(responses_of(evaluation).texts[::step])
    )


def responses_of(evaluation: Evaluation) -> Responses:
    """The evaluation's responses, which is what tricks and copies alter."""
    if not isinstance(evaluation.evidence, Responses):
        raise TypeError(f"responses are needed, got {type(evaluation.evidence).__name__}")
    return evaluation.evidence


def scores(evaluation: Evaluation, options: Options | None = None) -> Floats:
    """Scores of all agents (n,), as `elicit rank` gives them."""
    options = options or Options()
    scored = score_evaluation(evaluation, choose(evaluation, options), options, silent)
    return scored.peers.scores(scored.pairwise)


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for eyes: columns as wide as what they hold, all but the first pushed right.

    >>> print(aligned(["kind", "n"], [["a", "10"]]))
    kind   n
    a     10
    """
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The same table in Markdown."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))
