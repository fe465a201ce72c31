"""What copies of an agent do to everybody else: 1, 2, 5 and 10 of them, exact or noisy, with and without the defence.

    python benchmarks/clones.py [FILE] [--agents NAME ...] [--every N] [--copies K ...]

For every agent of FILE (by default ../shared/data/alpaca_eval, or the bundled demo), and every kind of copy, prints how
many places the original that moves most moves among the originals, and the share of the copies that were found to be
clones of their original. With the defence on no original may move by more than two places, whoever was copied, or the
exit code is 1; copies with uniformly random words are reported only.

Texts are tokenised once; copies are made of words, and joined to the counts of the originals.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import aligned, default_input, read_every, responses_of

from elicit.estimators.ranks import ranks
from elicit.evidence import Floats, Ints
from elicit.mechanisms import MECHANISMS
from elicit.scorers import lexical
from elicit.scorers.lexical import Vocabulary, WordCounts, contrast_order
from elicit.services.progress import silent
from elicit.services.scoring import Choice, Options, score_counts
from elicit.types import Evaluation

COPIES = (1, 2, 5, 10)
MOST_PLACES = 2

Noise = Callable[[Ints, "Originals", np.random.Generator], Ints]


@dataclass(frozen=True)
class Originals:
    """The agents as they came, tokenised: `said[t][i]` is agent i's response to task t as word numbers, in order."""

    agents: tuple[str, ...]
    said: list[list[Ints]]
    counts: list[WordCounts]
    vocabulary: Vocabulary
    frequency: Floats  # (words,) cumulated shares of the pool, for drawing words by frequency

    @classmethod
    def of(cls, evaluation: Evaluation) -> "Originals":
        """Tokenise the responses of an evaluation."""
        texts, vocabulary = responses_of(evaluation).texts, Vocabulary()
        counts = list(lexical.count_words(evaluation.tasks, texts, vocabulary))
        said = [[vocabulary.encode(text or "") for text in row] for row in texts]
        pool = lexical.pool_shares(counts, len(vocabulary), np.ones(len(evaluation.agents)))
        return cls(evaluation.agents, said, counts, vocabulary, np.cumsum(pool))


def exact(words: Ints, originals: Originals, rng: np.random.Generator) -> Ints:
    """The response itself."""
    return words


def dropped(share: float) -> Noise:
    """A copy with `share` of its words left out."""
    return lambda words, originals, rng: words[rng.random(words.size) >= share]


def replaced(share: float, draw: Callable[[int, Originals, np.random.Generator], Ints]) -> Noise:
    """A copy with `share` of its words replaced by drawn ones."""

    def noise(words: Ints, originals: Originals, rng: np.random.Generator) -> Ints:
        return np.where(rng.random(words.size) < share, draw(words.size, originals, rng), words)

    return noise


def by_frequency(size: int, originals: Originals, rng: np.random.Generator) -> Ints:
    """Words as often as the pool uses them."""
    drawn = np.searchsorted(originals.frequency, rng.random(size) * originals.frequency[-1], side="right")
    return np.minimum(drawn, len(originals.vocabulary) - 1)


def uniformly(size: int, originals: Originals, rng: np.random.Generator) -> Ints:
    """Any words of the vocabulary, mostly rare ones."""
    return rng.integers(len(originals.vocabulary), size=size)


UNIFORM = "30 % replaced by any words"
KINDS: dict[str, Noise] = {
    "exact": exact,
    **{f"{share:.0%} dropped".replace("%", " %"): dropped(share) for share in (0.1, 0.2, 0.3)},
    **{f"{share:.0%} replaced".replace("%", " %"): replaced(share, by_frequency) for share in (0.1, 0.2, 0.3)},
    UNIFORM: replaced(0.3, uniformly),
}


def make_copies(originals: Originals, agent: int, kind: str, n: int) -> list[list[Ints]]:
    """`n` copies of an agent, each with noise of its own: word numbers by task, then copy."""
    rng = np.random.default_rng([agent, list(KINDS).index(kind)])
    return [[KINDS[kind](row[agent], originals, rng) for _ in range(n)] for row in originals.said]


def joined(original: WordCounts, copies: Sequence[Ints], copied: int) -> WordCounts:
    """One task's counts with copies of agent `copied` added as the last agents."""
    n, k = len(original.answered), len(copies)
    length = np.array([len(words) for words in copies])
    cell, count = np.unique(np.concatenate(copies) * k + np.repeat(np.arange(k), length), return_counts=True)
    word, copy = np.divmod(cell, k)
    all_words = np.concatenate([original.word, word])
    order = np.argsort(all_words, kind="stable")  # copies have the highest numbers, so agents stay in order too
    return WordCounts(
        word=all_words[order],
        agent=np.concatenate([original.agent, n + copy])[order],
        share=np.concatenate([original.share, count / length[copy]])[order],
        answered=np.append(original.answered, np.full(k, original.answered[copied])),
        length=np.append(original.length, length),
        prompt=original.prompt,
    )


def standing(counts: list[WordCounts], vocabulary: Vocabulary, *, defence: bool) -> tuple[Floats, Ints]:
    """Scores and clusters (n,) as `elicit rank` gives them, with the clone defence on or off."""
    choice = Choice("lexical", MECHANISMS["mi"], softmax=True, clones=defence, reasons=())
    order = contrast_order(len(counts), np.random.default_rng(Options().seed))
    scored = score_counts(counts, vocabulary, choice, order, silent)
    return scored.peers.scores(scored.pairwise), scored.peers.cluster


@dataclass(frozen=True)
class Outcome:
    """What copies of one agent did: places the original that moved most moved, and the share of copies found.

    `found` is NaN without the defence.
    """

    kind: str
    agent: str
    copies: int
    defence: bool
    moved: int
    found: float


def outcomes(originals: Originals, agents: Sequence[str], copies: Sequence[int]) -> Iterator[Outcome]:
    """What every kind and number of copies of every one of `agents` does, agent by agent."""
    n = len(originals.agents)
    place = {on: ranks(standing(originals.counts, originals.vocabulary, defence=on)[0]) for on in (True, False)}
    for name in agents:
        agent = originals.agents.index(name)
        for kind in KINDS:
            made = make_copies(originals, agent, kind, max(copies))
            for k in copies:
                counts = [joined(task, row[:k], agent) for task, row in zip(originals.counts, made, strict=True)]
                for on in (True, False):
                    score, cluster = standing(counts, originals.vocabulary, defence=on)
                    moved = int(np.abs(ranks(score[:n]) - place[on]).max())
                    found = float((cluster[n:] == cluster[agent]).mean()) if on else np.nan
                    yield Outcome(kind, name, k, on, moved, found)


def table(found: Sequence[Outcome], copies: Sequence[int]) -> str:
    """The worst over all copied agents, a row for each kind of copy."""

    def pick(kind: str, k: int, *, defence: bool) -> list[Outcome]:
        return [o for o in found if (o.kind, o.copies, o.defence) == (kind, k, defence)]

    header = ["worst move of an original", *(f"on x{k}" for k in copies), *(f"off x{k}" for k in copies)]
    header += [f"found x{k}" for k in copies]
    rows = []
    for kind in KINDS:
        defended = [pick(kind, k, defence=True) for k in copies]
        undefended = [pick(kind, k, defence=False) for k in copies]
        worst = [str(max(o.moved for o in cell)) for cell in defended + undefended]
        rows.append([kind, *worst, *(f"{np.mean([o.found for o in cell]):.1%}" for cell in defended)])
    return aligned(header, rows)


def main() -> int:
    """Print the table; 1 if copies moved an original too far in spite of the defence."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=default_input())
    parser.add_argument("--agents", nargs="+", metavar="NAME", help="whom to copy, one at a time (default: everyone)")
    parser.add_argument("--every", type=int, default=3, help="use every N-th task")
    parser.add_argument("--copies", nargs="+", type=int, default=COPIES, help="how many copies")
    asked = parser.parse_args()
    originals = Originals.of(read_every(asked.file, asked.every))
    print(f"{asked.file}: {len(originals.agents)} agents, {len(originals.counts)} tasks", flush=True)
    found = list(outcomes(originals, asked.agents or originals.agents, asked.copies))
    print(table(found, asked.copies))
    too_far = [o for o in found if o.defence and o.kind != UNIFORM and o.moved > MOST_PLACES]
    for o in too_far:
        print(f"{o.copies} copies of {o.agent} ({o.kind}) moved an agent by {o.moved} places")
    return int(bool(too_far))


if __name__ == "__main__":
    raise SystemExit(main())
