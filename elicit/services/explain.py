"""Why one agent earned what it did from one peer on one task: the words or verdicts behind the score."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Embeddings, Floats, Forecasts, Gains, Labels, PairScores
from elicit.mechanisms import Mechanism
from elicit.mechanisms.forecasting import mean_forecasts, shares, votes
from elicit.mechanisms.surprisingly_popular import surprisingly_popular_answers
from elicit.mechanisms.vectors import unit
from elicit.scorers.lexical import MISS, told_words
from elicit.scorers.words import places
from elicit.services.progress import Progress, silent
from elicit.services.scoring import Choice, Lexicon, Options, Scorable, choose, score_evaluation, score_two_lexically
from elicit.types import Evaluation, Responses

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Explanation:
    """What `agent` told about `peer` on `task`: `amount` is what the task adds to the pair's score.

    `rows` are the words, verdicts or labels that made it, largest share first, all with the same keys; `None` in
    `amount` where the pair was not scored on this task. `response` and `peer_response` are the texts, where known.
    """

    task: str
    agent: str
    peer: str
    unit: str
    amount: float | None
    pair_mean: float | None
    rows: Rows
    response: str | None = None
    peer_response: str | None = None


@dataclass(frozen=True)
class Mark:
    """A word that told, in an answer: from the character at `start` up to the one at `end`, and its nats."""

    start: int
    end: int
    nats: float


def marks(text: str | None, rows: Rows) -> list[Mark]:
    """Where the words of an explanation stand in an answer, in order; pairs of characters may overlap.

    >>> marks("A cat, a CAT", [{"reason": "word", "what": "cat", "nats": 2.5}])
    [Mark(start=2, end=5, nats=2.5), Mark(start=9, end=12, nats=2.5)]
    """
    told = {row["what"]: row["nats"] for row in rows if row["reason"] == "word"}
    return [Mark(start, end, told[word]) for word, start, end in places(text or "") if word in told]


def explain(
    evaluation: Evaluation,
    options: Options,
    task: str,
    agent: str,
    peer: str,
    progress: Progress = silent,
    *,
    vote: Floats | None = None,
) -> Explanation:
    """Score the evaluation again as the run did, and take one pair apart.

    `vote` (n,) are the votes that the run gave its agents, where they are known: finding clones again takes long.
    Raises `InvalidInput` for a task or agent the run does not have.
    """
    t = position("task", task, [known.id for known in evaluation.tasks])
    i, j = (position("agent", name, evaluation.agents) for name in (agent, peer))
    if i == j:
        raise InvalidInput(f"agent and peer must differ, got {agent!r} twice: nobody pays itself")
    choice = choose(evaluation, options)
    two = scored_two(evaluation, choice, options, (i, j), vote, progress)
    amount = known_or_none(choice.mechanism.by_task(two.evidence, two.agent)[t, two.peer])
    texts = evaluation.evidence.texts[t] if isinstance(evaluation.evidence, Responses) else None
    return Explanation(
        task=task,
        agent=agent,
        peer=peer,
        unit=two.unit,
        amount=amount,
        pair_mean=known_or_none(two.mean),
        rows=[] if amount is None else reasons(two, choice.mechanism, amount, t),
        response=texts[i] if texts else None,
        peer_response=texts[j] if texts else None,
    )


@dataclass(frozen=True)
class Two:
    """Evidence on two agents, whose numbers in it are `agent` and `peer`; `mean` is what the one earns of the other."""

    evidence: Scorable
    agent: int
    peer: int
    unit: str
    mean: float
    lexicon: Lexicon | None = None


def scored_two(
    evaluation: Evaluation,
    choice: Choice,
    options: Options,
    pair: tuple[int, int],
    vote: Floats | None,
    progress: Progress,
) -> Two:
    """What the run's scorer says of two agents; words are compared of these two only, for all would take long."""
    if isinstance(evaluation.evidence, Responses) and choice.scorer == "lexical":
        tasks, texts = evaluation.tasks, evaluation.evidence
        gains, lexicon = score_two_lexically(tasks, texts, choice, options.seed, pair, vote, progress)
        return Two(gains, 0, 1, gains.unit, choice.mechanism.pairwise(gains)[0, 1], lexicon)
    scored = score_evaluation(evaluation, choice, options, progress)
    return Two(scored.evidence, *pair, scored.unit, scored.pairwise[pair])


def votes_told(agents: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Floats | None:
    """The votes (n,) of these agents, as far as their rows in a leaderboard tell; `None` where they do not.

    >>> votes_told([{"agent": "a", "cluster": 1, "say": 0.0}, {"agent": "b", "cluster": 1, "say": 1.0},
    ...     {"agent": "c", "cluster": 2, "say": 0.0}], ["a", "b", "c"])
    array([0., 1., 1.])
    """
    rows = {row["agent"]: row for row in agents}
    if set(names) != set(rows):
        return None
    size = Counter(row["cluster"] for row in agents)
    vote = np.array([float(size[rows[name]["cluster"]] == 1 or rows[name]["say"] > 0) for name in names])
    return vote if vote.sum() == len(size) else None


def position(what: str, name: str, names: Sequence[str]) -> int:
    """Where a name stands; an unknown one is an error that shows the closest there are."""
    if name in names:
        return list(names).index(name)
    shown = ", ".join(get_close_matches(name, names, n=5, cutoff=0) or names[:5])
    raise InvalidInput(f"{what} must be one of the run's {len(names)} (such as {shown}), got {name!r}")


def known_or_none(value: float) -> float | None:
    """The value, `None` for NaN."""
    return None if np.isnan(value) else float(value)


def reasons(two: Two, mechanism: Mechanism, amount: float, t: int) -> Rows:
    """The rows of an explanation, in the words of the evidence."""
    evidence, i, j = two.evidence, two.agent, two.peer
    if isinstance(evidence, Labels):
        return label_reasons(evidence, t, i, j)
    if isinstance(evidence, Forecasts):
        return forecast_reasons(evidence, t, i, j)
    if isinstance(evidence, Embeddings):
        return vector_reasons(evidence, t, i, j)
    if isinstance(evidence, PairScores):
        return game_reasons(evidence, t, i, j) if mechanism.name == "win_rate" else verdict_reasons(evidence, t, i, j)
    if two.lexicon is not None:
        by_chance = mechanism.contrast(evidence) is not None
        return word_reasons(two.lexicon, evidence, amount, t, i, j, by_chance=by_chance)
    return likelihood_reasons(evidence, t, i, j)


def word_reasons(lexicon: Lexicon, gains: Gains, amount: float, t: int, i: int, j: int, *, by_chance: bool) -> Rows:
    """Shared words with their nats, what unshared words cost, and what else the mechanism counts; adds up to amount."""
    target = lexicon.counts[t]
    spelled = list(lexicon.vocabulary)
    words, nats = told_words(target, lexicon.pool, i, j)
    n_words = int((target.agent == j).sum())
    rows: Rows = [
        {"reason": "word", "what": spelled[words[k]], "nats": float(nats[k])} for k in np.argsort(-nats, kind="stable")
    ]
    rows.append({"reason": "floor", "what": f"each of the peer's {n_words} words", "nats": n_words * MISS})
    rest = amount - float(gains.gain[t, i, j])
    if by_chance:
        rows.append({"reason": "chance", "what": "what the agent's answer to another task tells", "nats": rest})
    elif rest:
        rows.append({"reason": "alone", "what": "log-likelihood of the peer's answer alone", "nats": rest})
    return rows


def likelihood_reasons(gains: Gains, t: int, i: int, j: int) -> Rows:
    """The two log-likelihoods of the peer's response."""
    base, gain = known_or_none(gains.base[t, j]), known_or_none(gains.gain[t, i, j])
    if base is None or gain is None:
        return []
    return [
        {"reason": "shown", "what": "log-likelihood of the peer's response given the agent's", "nats": base + gain},
        {"reason": "alone", "what": "log-likelihood of the peer's response alone", "nats": base},
    ]


def verdict_reasons(scores: PairScores, t: int, i: int, j: int) -> Rows:
    """The critic's verdicts on this task's pair, both ways round, joint and contrast."""
    there = (scores.agent == i) & (scores.peer == j) & (scores.task == t)
    back = (scores.agent == j) & (scores.peer == i) & (scores.peer_task == t)
    return [
        {
            "reason": "joint" if scores.joint[row] else "contrast",
            "what": "agent shown first" if scores.agent[row] == i else "peer shown first",
            "score": float(scores.score[row]),
        }
        for row in np.flatnonzero(there | back)
    ]


def game_reasons(scores: PairScores, t: int, i: int, j: int) -> Rows:
    """What the agent won of the peer on this task, from rows of either side."""
    on_task = scores.joint & (scores.task == t)
    won = scores.score[on_task & (scores.agent == i) & (scores.peer == j)]
    lost = scores.score[on_task & (scores.agent == j) & (scores.peer == i)]
    wins = [*won, *(1 - lost)]
    return [{"reason": "joint", "what": "what the agent won of the peer", "score": float(win)} for win in wins]


def vector_reasons(embeddings: Embeddings, t: int, i: int, j: int) -> Rows:
    """The cosine of both vectors, and the mean cosines of either with the other agent's vectors on other tasks."""
    mine, theirs = (unit(embeddings.vectors[:, agent]) for agent in (i, j))
    others = embeddings.answered[:, i] & embeddings.answered[:, j] & (np.arange(len(mine)) != t)
    return [
        {"reason": "joint", "what": "cosine of the two answers", "score": float(mine[t] @ theirs[t])},
        {
            "reason": "contrast",
            "what": "the agent's answer with the peer's to other tasks",
            "score": float((theirs[others] @ mine[t]).mean()),
        },
        {
            "reason": "contrast",
            "what": "the peer's answer with the agent's to other tasks",
            "score": float((mine[others] @ theirs[t]).mean()),
        },
    ]


def label_reasons(labels: Labels, t: int, i: int, j: int) -> Rows:
    """Both labels, and how often each agent, and both together, give them."""
    a, b = labels.codes[t, i], labels.codes[t, j]
    if a < 0 or b < 0:
        return []
    both = (labels.codes[:, i] >= 0) & (labels.codes[:, j] >= 0)
    mine, theirs = labels.codes[both, i] == a, labels.codes[both, j] == b
    return [
        {"reason": "agent", "what": labels.classes[a], "share": float(mine.mean())},
        {"reason": "peer", "what": labels.classes[b], "share": float(theirs.mean())},
        {
            "reason": "together",
            "what": f"{labels.classes[a]} with {labels.classes[b]}",
            "share": float((mine & theirs).mean()),
        },
        {"reason": "by chance", "what": "product of the shares", "share": float(mine.mean() * theirs.mean())},
    ]


def forecast_reasons(forecasts: Forecasts, t: int, i: int, j: int) -> Rows:
    """Both answers and the surprisingly popular one: their shares, and what was expected of them."""
    mine, theirs = forecasts.codes[t, i], forecasts.codes[t, j]
    crowd = int(surprisingly_popular_answers(forecasts)[t])
    named = [("agent", mine), ("peer", theirs), *([("surprisingly popular", crowd)] if crowd >= 0 else [])]
    share, expected = shares(forecasts)[t], mean_forecasts(forecasts.forecast, votes(forecasts))[t]
    return [
        {
            "reason": reason,
            "what": forecasts.classes[code],
            "share": float(share[code]),
            "agent_forecast": known_or_none(forecasts.forecast[t, i, code]),
            "peer_forecast": known_or_none(forecasts.forecast[t, j, code]),
            "mean_forecast": float(expected[code]),
        }
        for reason, code in named
    ]
