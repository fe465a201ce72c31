"""Does the ranking agree with what is known? Every set in ../shared/data and the demo, beside its controls.

    python benchmarks/validity.py [SET ...] [--markdown]

A row for each set and each thing known of its agents: Spearman's rank correlation, or, where agents are only known to
be good or bad, the area under the curve (AUC; .5 is chance), of

    score       the score of `elicit rank`, of the agents (or responses) compared: those scored and known
    other       `score_other`: the other peer weighting
    adjusted    `score_length_adjusted`: length regressed out
    length      mean length in words and nothing else, the control to beat
    constant    where an agent lands that is added to the pool and gives one answer to every task
    p           the chance of such scores were the answers shuffled over tasks
    seconds     reading and scoring

The scores are those of `elicit rank` to the last bit; only the bootstrap is left out, which changes none of them.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from common import CONSTANT, aligned, markdown, scores
from sets import CASES, Case, Known

from elicit.errors import InvalidInput
from elicit.estimators.length import length_adjusted, mean_by_agent
from elicit.estimators.ranks import ranks
from elicit.evidence import Floats, Labels
from elicit.services.progress import silent
from elicit.services.ranking import chance_level, scores_by_task
from elicit.services.scoring import Options, choose, same_prompt_blocks, score_evaluation
from elicit.types import Evaluation, Responses

HEADER = ["set", "known", "measure", "compared", "agents", "tasks", "scorer, mechanism"]
HEADER += ["score", "other", "adjusted", "length", "constant", "p", "seconds"]


@dataclass(frozen=True)
class Found:
    """A case's scores and controls; arrays (n,) by agent or (m, n) by response, `None` where there is no such thing."""

    case: Case
    evaluation: Evaluation
    method: str
    score: Floats
    other: Floats
    task_scores: Floats
    p: float
    length: Floats | None
    adjusted: Floats | None
    constant: Floats | None  # (n + 1,) scores with a constant agent added last
    seconds: float

    def agreement(self, known: Known) -> dict[str, float | None]:
        """How well the score and each control agree with what is known."""
        if known.per_response:
            columns = {"score": self.task_scores, "length": self.length}
        else:
            length = None if self.length is None else mean_by_agent(self.length)
            columns = {"score": self.score, "other": self.other, "adjusted": self.adjusted, "length": length}
        agents = self.evaluation.agents
        return {name: None if v is None else known.agreement(v, agents) for name, v in columns.items()}

    def place(self, agent: str) -> int:
        """An agent's rank."""
        return int(ranks(self.score)[self.evaluation.agents.index(agent)])


def measure(case: Case) -> Found:
    """Score a case as `elicit rank` does, and its controls."""
    start = time.perf_counter()
    evaluation, options = case.read(), Options(mechanism=case.mechanism)
    choice = choose(evaluation, options)
    scored = score_evaluation(evaluation, choice, options, silent)
    peers = scored.peers
    seconds = time.perf_counter() - start
    task_scores = scores_by_task(choice.mechanism, scored, lambda done: None)
    block, rng = same_prompt_blocks(evaluation.tasks), np.random.default_rng(options.seed)
    return Found(
        case=case,
        evaluation=evaluation,
        method=f"{choice.scorer}, {choice.mechanism.name}",
        score=peers.scores(scored.pairwise),
        other=replace(peers, softmax=not peers.softmax).scores(scored.pairwise),
        task_scores=task_scores,
        p=chance_level(choice.mechanism, scored, block, rng).pool_p,
        length=scored.length,
        adjusted=None if scored.length is None else length_adjusted(task_scores, scored.length)[0],
        constant=constant_control(evaluation, options),
        seconds=seconds,
    )


def constant_control(evaluation: Evaluation, options: Options) -> Floats | None:
    """Scores (n + 1,) with an agent added last that always says the same; `None` where answers are not at hand."""
    evidence: Responses | Labels
    if isinstance(evaluation.evidence, Responses):
        evidence = Responses([[*row, CONSTANT] for row in evaluation.evidence.texts])
    elif isinstance(evaluation.evidence, Labels):
        codes, classes = evaluation.evidence.codes, evaluation.evidence.classes
        commonest = Counter(codes[codes >= 0].tolist()).most_common(1)[0][0]
        evidence = Labels(np.column_stack([codes, np.full(len(codes), commonest)]), classes)
    else:
        return None
    return scores(replace(evaluation, agents=(*evaluation.agents, "(constant)"), evidence=evidence), options)


def rows(found: Found) -> Iterator[list[str]]:
    """The table's rows for one case, one for each thing known."""
    for known in found.case.known:
        agreement = found.agreement(known)
        yield [
            found.case.name,
            known.name,
            known.measure,
            str(known.n_compared(found.task_scores if known.per_response else found.score, found.evaluation.agents)),
            str(len(found.evaluation.agents)),
            str(len(found.evaluation.tasks)),
            found.method,
            *(number(agreement.get(name)) for name in ("score", "other", "adjusted", "length")),
            constant_place(found.constant),
            number(found.p, digits=4),
            f"{found.seconds:.1f}",
        ]


def number(value: float | None, digits: int = 3) -> str:
    """A number for the table, without its leading 0; a dash where there is none."""
    return "–" if value is None or np.isnan(value) else f"{value:.{digits}f}".replace("0.", ".", 1)


def constant_place(constant: Floats | None) -> str:
    """Where the constant agent landed among the agents with a score, and its own."""
    if constant is None:
        return "–"
    place, n_scored = ranks(constant)[-1], (~np.isnan(constant)).sum()
    return f"{place:.0f} of {n_scored} ({number(constant[-1])})"


def left_out(found: Found) -> list[str]:
    """A sentence for each agent that was scored but not compared."""
    agents = {agent for known in found.case.known for agent in known.left_out}
    n = len(found.evaluation.agents)
    return [
        f"{found.case.name} ({found.method}): {agent}, left out of the comparison, ranks {found.place(agent)} of {n}"
        for agent in sorted(agents)
    ]


def chosen(names: Sequence[str]) -> list[Case]:
    """The cases whose name starts with one of the names; all where there are none."""
    return [case for case in CASES if not names or case.name.startswith(tuple(names))]


def measure_all(cases: Sequence[Case]) -> tuple[list[Found], list[str]]:
    """Every case measured, and a sentence for each that could not be: not there, or refused as `elicit rank` would."""
    found, missing = [], []
    for case in cases:
        if not case.file.exists():
            missing.append(f"{case.name}: skipped, {case.file} is not there")
            continue
        try:
            found.append(measure(case))
        except InvalidInput as error:
            missing.append(f"{case.name}: refused, {error}")
    return found, missing


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="only sets whose names start so (default: all)")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table, as in docs/validity.md")
    asked = parser.parse_args()
    found, missing = measure_all(chosen(asked.sets))
    table = markdown if asked.markdown else aligned
    print(table(HEADER, [row for case in found for row in rows(case)]))
    print()
    notes = missing + [line for case in found for line in left_out(case)]
    print("\n".join(("- " if asked.markdown else "") + line for line in notes))


if __name__ == "__main__":
    main()
