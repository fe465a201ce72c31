"""Small evaluations of every kind of evidence, with agents of known quality."""

import numpy as np

from elicit.evidence import Gains, Labels, PairScores
from elicit.services.document import document
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options
from elicit.types import Evaluation, Responses, Task

LETTERS = ("A", "B", "C", "D")


def evaluation(evidence, n_tasks, n_agents, prompts=None):
    """Agents a0, a1, ... on tasks t0, t1, ..."""
    prompts = [""] * n_tasks if prompts is None else prompts
    tasks = tuple(Task(f"t{t}", prompt) for t, prompt in enumerate(prompts))
    return Evaluation(tasks, tuple(f"a{i}" for i in range(n_agents)), evidence)


def of_texts(texts, prompts=None):
    return evaluation(Responses(texts), len(texts), len(texts[0]) if texts else 2, prompts)


def of_labels(codes, classes=LETTERS):
    codes = np.array(codes)
    return evaluation(Labels(codes, classes), *codes.shape)


def of_pairs(rows, scores, m, n):
    """From rows of (agent, task, peer, peer task)."""
    index = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return evaluation(PairScores(n, m, *index, np.array(scores, dtype=float), np.ones(len(rows))), m, n)


def of_gains(gain, contrast=None):
    """On a base that differs from response to response."""
    m, n, _ = gain.shape
    base = -20 + np.random.default_rng(1).normal(size=(m, n))
    return evaluation(Gains(gain, base, contrast), m, n)


def pool_texts(m=24, n=5, seed=0):
    """Texts (m, n): each task has facts of its own, of which agent i tells fewer the larger i is."""
    rng = np.random.default_rng(seed)

    def answer(t, i):
        facts = [f"fact{t}x{k}" for k in rng.permutation(18)[: 10 - 2 * i]]
        return " ".join([*facts, *(f"talk{k}" for k in rng.integers(60, size=4 + 8 * i))])

    return [[answer(t, i) for i in range(n)] for t in range(m)]


def pool_labels(m=80, n=5, seed=0):
    """Codes (m, n) in four classes: agent i is right less often the larger i is."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(4, size=(m, 1))
    guess = rng.integers(4, size=(m, n))
    return np.where(rng.random((m, n)) < 0.95 - 0.18 * np.arange(n), truth, guess)


def pool_pairs(m=20, n=5, seed=0):
    """A critic's rows and scores: every ordered pair on every task, and on one other task."""
    rng = np.random.default_rng(seed)
    rows = [
        (i, t, j, other)
        for t in range(m)
        for i in range(n)
        for j in range(n)
        if i != j
        for other in (t, (t + 1 + (i + 2 * j) % (m - 1)) % m)
    ]
    scores = [
        float(np.clip((0.9 - 0.09 * (i + j) if t == other else 0.1) + rng.normal(scale=0.1), 0, 1))
        for i, t, j, other in rows
    ]
    return rows, scores


def pool_gains(m=24, n=5, seed=0, *, contrast=True):
    """Gains (m, n, n) and contrasts: agent i tells less the larger i is."""
    rng = np.random.default_rng(seed)
    worth = np.arange(n, 0, -1.0)
    gain = worth[:, None] + 0.2 * worth + rng.normal(scale=0.5, size=(m, n, n))
    return gain, rng.normal(scale=0.5, size=(m, n, n)) if contrast else None


POOLS = {
    "responses": of_texts(pool_texts()),
    "labels": of_labels(pool_labels()),
    "pair scores": of_pairs(*pool_pairs(), 20, 5),
    "gains": of_gains(*pool_gains()),
    "gains without contrasts": of_gains(*pool_gains(contrast=False)),
}


def ranked(evaluation, **options):
    """The document of an evaluation's ranking."""
    return document(rank_evaluation(evaluation, Options(**options)))


def by_agent(result, name="score"):
    """One value an agent, by the agent's name."""
    return {agent["agent"]: agent[name] for agent in result["agents"]}
