"""What cheap tricks earn: one agent at a time alters all its answers, everything else stays as it is.

    python benchmarks/attacks.py [FILE] [--tasks FILE] [--every N]

For every agent of FILE (by default ../shared/data/alpaca_eval, or the bundled demo) and every trick, prints how far the
agent's rank and score move. No trick may raise a rank, nor a score that is above 0, or the exit code is 1.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common import aligned, default_input, read_every, responses_of, scores

from elicit.estimators.ranks import ranks
from elicit.services.audit.attacks import ATTACKS, Pool, Trick
from elicit.types import Evaluation, Responses

PLAYED = ("repeat", "boilerplate", "prompt echo", "truncate", "other task", "case flip")
# Those that must not pay under the default mechanism; `elicit audit` plays all.
TRICKS: dict[str, Trick] = {name: ATTACKS[name].play for name in PLAYED} | {"constant": ATTACKS["flattery"].play}


@dataclass(frozen=True)
class Effect:
    """What a trick did for one agent: places risen among all agents, and its score before and after."""

    trick: str
    agent: str
    risen: int
    before: float
    after: float

    @property
    def raised(self) -> float:
        """By how much the score rose, as far as it is above 0."""
        return self.after - max(self.before, 0.0)


def attacked(evaluation: Evaluation, agent: int, trick: Trick) -> Evaluation:
    """The evaluation with one agent's answers altered."""
    pool = Pool(responses_of(evaluation).texts, evaluation.tasks, agent, best_other=agent)
    return replace(evaluation, evidence=Responses(trick(pool, np.random.default_rng(0)).answers))


def effects(evaluation: Evaluation) -> list[Effect]:
    """What every trick does for every agent."""
    before = scores(evaluation)
    place = ranks(before)
    found = []
    for name, trick in TRICKS.items():
        for i, agent in enumerate(evaluation.agents):
            after = scores(attacked(evaluation, i, trick))
            found.append(Effect(name, agent, int(place[i] - ranks(after)[i]), float(before[i]), float(after[i])))
    return found


def summary(name: str, found: Sequence[Effect]) -> list[str]:
    """A row of the table: the best that one trick did for anybody, and what an agent typically keeps."""
    kept = np.median([effect.after / effect.before for effect in found if effect.before > 0])
    highest = max(found, key=lambda effect: effect.raised)
    return [
        name,
        str(max(effect.risen for effect in found)),
        f"{highest.raised:+.4f}",
        highest.agent,
        f"{kept:.0%}",
    ]


def main() -> int:
    """Print the table; 1 if a trick paid."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=default_input())
    parser.add_argument("--tasks", type=Path, help="prompts, if they are in a file of their own")
    parser.add_argument("--every", type=int, default=3, help="use every N-th task")
    asked = parser.parse_args()
    evaluation = read_every(asked.file, asked.every, tasks=asked.tasks)
    found = effects(evaluation)
    print(f"{asked.file}: {len(evaluation.agents)} agents, {len(evaluation.tasks)} tasks")
    header = ["trick", "most places risen", "largest score rise", "of", "score kept (median)"]
    print(aligned(header, [summary(name, [e for e in found if e.trick == name]) for name in TRICKS]))
    return int(any(effect.risen > 0 or effect.raised > 1e-6 for effect in found))


if __name__ == "__main__":
    raise SystemExit(main())
