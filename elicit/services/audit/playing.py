"""Tricks played: every one by some agents in turn, the pool scored again, and what that did told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from elicit.errors import InvalidInput
from elicit.estimators.ranks import ranks
from elicit.evidence import Floats, Ints, Labels
from elicit.mechanisms import MECHANISMS
from elicit.services.audit.attacks import ATTACKS, Attack, Kind, Pool, Table
from elicit.services.document import plain
from elicit.services.progress import Progress, silent
from elicit.services.scoring import Options, are_labels, as_labels, choose, score_evaluation
from elicit.types import Evaluation, Responses

BY_DEFAULT = {
    "text": ("mi", "gppm"),
    "labels": (
        "kl",
        "tvd",
        "chi2",
        "correlated_agreement",
        "dasgupta_ghosh",
        "peer_truth_serum",
        "dmi",
        "output_agreement",
    ),
}


@dataclass(frozen=True)
class Sampling:
    """How much of the pool is tried: so many tasks and agents at most, evenly spaced over tasks and over ranks."""

    n_tasks: int = 100
    n_agents: int = 6


@dataclass(frozen=True)
class Effect:
    """What a trick did for an agent under a mechanism: its rank among the agents of the pool, and its score."""

    attack: str
    mechanism: str
    clones: bool
    agent: str
    rank_before: float
    rank_after: float
    before: float
    after: float

    @property
    def risen(self) -> float:
        """Places risen; NaN where it has no rank."""
        return self.rank_before - self.rank_after


def audit(
    evaluation: Evaluation,
    *,
    mechanisms: Sequence[str] | None = None,
    attacks: Sequence[str] | None = None,
    sampling: Sampling | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Effect]:
    """Play every attack by a sample of agents, and score the pool again by each mechanism, clones on and off.

    Raises `InvalidInput` for evidence that holds no answers (nobody can alter what a model has scored already), and for
    names that are no attack or no mechanism for these answers.
    """
    kind, sampling = kind_of(evaluation), sampling or Sampling()
    evaluation = fewer_tasks(evaluation, sampling.n_tasks)
    played = chosen("attack", attacks, {name: one for name, one in ATTACKS.items() if kind in one.kinds})
    readers = readers_of(kind)
    names = list(chosen("mechanism", mechanisms, readers)) if mechanisms else list(BY_DEFAULT[kind])
    boards = [Board(evaluation, name, clones=clones) for name in names for clones in (False, True)]
    plays = [(attack, board) for attack in played.values() for board in boards]
    effects: list[Effect] = []
    for number, (attack, board) in enumerate(plays, start=1):
        effects += board.play(attack, sampling.n_agents, seed)
        progress("attacks", number, len(plays))
    return effects


def kind_of(evaluation: Evaluation) -> Kind:
    """Whether the answers are text or labels."""
    evidence = evaluation.evidence
    is_labels = isinstance(evidence, Labels) or are_labels(Responses(answers_of(evaluation)))
    return "labels" if is_labels else "text"


def readers_of(kind: Kind) -> dict[str, Any]:
    """The mechanisms that rank such answers without asking a model."""
    wanted = "labels" if kind == "labels" else "gains"
    return {name: one for name, one in MECHANISMS.items() if one.evidence.kind == wanted}


def chosen(what: str, asked: Sequence[str] | None, known: dict[str, Any]) -> dict[str, Any]:
    """Those asked for, in their order, or all."""
    for name in asked or ():
        if name not in known:
            raise InvalidInput(f"{what} must be one of {', '.join(known)}, got {name!r}")
    return {name: known[name] for name in asked} if asked else known


def fewer_tasks(evaluation: Evaluation, n_tasks: int) -> Evaluation:
    """The same agents on at most so many tasks, evenly spaced; answers as text whatever they were."""
    table = answers_of(evaluation)
    rows = evenly(len(evaluation.tasks), n_tasks)
    tasks = tuple(evaluation.tasks[row] for row in rows)
    return replace(evaluation, tasks=tasks, evidence=Responses([table[row] for row in rows]))


def answers_of(evaluation: Evaluation) -> Table:
    """The answers `[t][i]`, labels by their names. Raises `InvalidInput` for evidence that holds none."""
    match evaluation.evidence:
        case Responses(texts):
            return texts
        case Labels(codes, classes):
            names = (*classes, None)  # code -1, missing, is the last
            return [[names[code] for code in row] for row in codes]
        case other:
            raise InvalidInput(
                f"an audit needs answers, got {other.kind}: "
                "what was scored already cannot be altered without scoring it again"
            )


def evenly(n: int, at_most: int) -> Ints:
    """Indices below n, at most so many, evenly spaced.

    >>> evenly(10, 4).tolist(), evenly(3, 5).tolist()
    ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.linspace(0, n - 1, min(n, at_most)).round().astype(int)


class Board:
    """A pool under a mechanism, with its scores as they are."""

    def __init__(self, evaluation: Evaluation, mechanism: str, *, clones: bool) -> None:
        self.evaluation, self.mechanism, self.clones = evaluation, mechanism, clones
        self.is_labels = MECHANISMS[mechanism].evidence is Labels
        self.score = self.scores(answers_of(evaluation))
        self.rank = ranks(self.score)

    def scores(self, answers: Table) -> Floats:
        """What each agent of the pool earns (n,), whoever else was entered."""
        n = len(self.evaluation.agents)
        added = tuple(f"added {number}" for number in range(len(answers[0]) - n))
        evidence = as_labels(Responses(answers)) if self.is_labels else Responses(answers)
        pool = replace(self.evaluation, agents=self.evaluation.agents + added, evidence=evidence)
        options = Options(mechanism=self.mechanism, scorer=None if self.is_labels else "lexical", clones=self.clones)
        scored = score_evaluation(pool, choose(pool, options), options, silent)
        return scored.peers.scores(scored.pairwise)[:n]

    def players(self, n_agents: int) -> Ints:
        """Agents from the best to the worst, at most so many."""
        order = np.argsort(np.where(np.isnan(self.score), np.inf, -self.score), kind="stable")
        return order[evenly(len(order), n_agents)]

    def play(self, attack: Attack, n_agents: int, seed: int) -> Iterator[Effect]:
        """What the attack does for each of some agents."""
        for agent in self.players(n_agents).tolist():
            others = np.where(np.arange(len(self.score)) == agent, -np.inf, np.nan_to_num(self.score, nan=-np.inf))
            pool = Pool(answers_of(self.evaluation), self.evaluation.tasks, agent, int(others.argmax()))
            after = self.scores(attack.play(pool, np.random.default_rng([seed, agent])).answers)
            yield Effect(
                attack=attack.name,
                mechanism=self.mechanism,
                clones=self.clones,
                agent=self.evaluation.agents[agent],
                rank_before=float(self.rank[agent]),
                rank_after=float(ranks(after)[agent]),
                before=float(self.score[agent]),
                after=float(after[agent]),
            )


def summary(effects: Sequence[Effect]) -> list[dict[str, Any]]:
    """A row for each attack, mechanism and defence: who gained most places, how many gained any, what is kept.

    `kept` is the median of the score after as a share of the score before, over agents that scored above 0; `None`
    where there are none.
    """
    groups: dict[tuple[str, str, bool], list[Effect]] = {}
    for effect in effects:
        groups.setdefault((effect.attack, effect.mechanism, effect.clones), []).append(effect)
    return [row_of(*key, group) for key, group in groups.items()]


def row_of(attack: str, mechanism: str, clones: bool, group: Sequence[Effect]) -> dict[str, Any]:
    """What an attack did under a mechanism, over the agents that played it."""
    known = [effect for effect in group if not np.isnan(effect.risen)]
    best = max(known, key=lambda effect: effect.risen, default=None)
    kept = [effect.after / effect.before for effect in known if effect.before > 0]
    return {
        "attack": attack,
        "does": ATTACKS[attack].does,
        "mechanism": mechanism,
        "clones": "on" if clones else "off",
        "agents": len(known),
        "gained": sum(effect.risen > 0 for effect in known),
        "most_places": None if best is None else plain(best.risen),
        "by": None if best is None else best.agent,
        "kept": plain(np.median(kept)) if kept else None,
    }
