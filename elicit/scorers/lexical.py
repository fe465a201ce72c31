"""The embedded scorer: a smoothed unigram language model that needs no network.

It asks how much better the words of one response are predicted once another response was shown. Words that every agent
uses everywhere count for little, and words of the task's own prompt or context only as far as a response uses them more
densely than the task does: echoing earns nothing. It sees shared words, not meaning, order or truth.

The model is the classical one of information retrieval (Ponte and Croft 1998; Zhai and Lafferty 2001, with
Jelinek-Mercer smoothing), used as the likelihood in the difference-of-entropies estimate of mutual information
(Robertson et al. 2024). For task t, agents i and j with word counts x_i, x_j:

    background   b(w)    = max(p_pool(w), p_task(w))
    conditional  q(w|i)  = (1 - l) b(w) + l x_i(w) / |x_i|
    gain         G[i, j] = sum over distinct w in x_j of  log q(w|i) - log b(w)
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elicit.evidence import Bools, Floats, Gains, Ints
from elicit.scorers.words import words
from elicit.types import Task

Float32s = NDArray[np.float32]


SKEW = 0.005  # l: small, so that only words rare in the background count, and a miss costs next to nothing
MISS = float(np.log1p(-SKEW))  # log(1 - l): the least that any word of the peer's can add


@dataclass(frozen=True)
class WordCounts:
    """One task's responses as words: a row per (word, agent) that occurs, sorted by word, then agent.

    `share` is the word's share of that response's words. `answered` (n,) marks the agents that responded;
    `length` (n,) counts each response's words. `prompt` holds the words of prompt and context.
    """

    word: Ints
    agent: Ints
    share: Floats
    answered: Bools
    length: Ints
    prompt: Ints


def words_of(counts: WordCounts, agents: Sequence[int]) -> WordCounts:
    """The words of these agents only, who are numbered anew in the order given."""
    number = np.full(len(counts.answered), -1)
    number[list(agents)] = np.arange(len(agents))
    kept = number[counts.agent] >= 0
    return WordCounts(
        word=counts.word[kept],
        agent=number[counts.agent[kept]],
        share=counts.share[kept],
        answered=counts.answered[list(agents)],
        length=counts.length[list(agents)],
        prompt=counts.prompt,
    )


class Vocabulary(dict[str, int]):
    """Words to numbers, in order of first use."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number

    def encode(self, text: str) -> Ints:
        """The numbers of a text's words, in order."""
        found = words(text)
        return np.fromiter(map(self.__getitem__, found), dtype=np.int64, count=len(found))


def count_words(
    tasks: Iterable[Task], texts: Iterable[Sequence[str | None]], vocabulary: Vocabulary
) -> Iterator[WordCounts]:
    """Count the words of every response, one task at a time; `vocabulary` grows on the way."""
    for task, responses in zip(tasks, texts, strict=True):
        yield count_task(task, responses, vocabulary)


def count_task(task: Task, responses: Sequence[str | None], vocabulary: Vocabulary) -> WordCounts:
    """Count the words of one task's responses (n,)."""
    n = len(responses)
    encoded = [vocabulary.encode(text or "") for text in responses]
    length = np.array([len(code) for code in encoded])
    # One sort for all agents: word * n + agent orders the rows by word and lines up equal words of one agent.
    cell, count = np.unique(np.concatenate(encoded) * n + np.repeat(np.arange(n), length), return_counts=True)
    agent = cell % n
    return WordCounts(
        word=cell // n,
        agent=agent,
        share=count / length[agent],
        answered=np.array([text is not None for text in responses]),
        length=length,
        prompt=vocabulary.encode(f"{task.prompt}\n{task.context}"),
    )


def pool_shares(counts: Sequence[WordCounts], n_words: int, agent_weight: Floats) -> Floats:
    """How often each word is used in the pool, every response counting `agent_weight[agent]` whatever its length.

    Returns (n_words,), positive and summing to 1. A word that only prompts contain gets the share of the rarest
    word of the pool, so that no background is ever zero.
    """
    total = np.zeros(n_words)
    for task in counts:
        np.add.at(total, task.word, task.share * agent_weight[task.agent])
    used = total > 0
    total[~used] = total[used].min() if used.any() else 1.0
    return total / total.sum()


def task_background(target: WordCounts, vocabulary_of_task: Ints, pool: Floats) -> Floats:
    """b(w) for each word in `vocabulary_of_task` (V,), which is sorted."""
    background = pool[vocabulary_of_task]
    if target.prompt.size:
        column, known = locate(target.prompt, vocabulary_of_task)
        prompt = np.bincount(column[known], minlength=len(background)) / target.prompt.size
        background = np.maximum(background, prompt)
    return background


def locate(word: Ints, sorted_words: Ints) -> tuple[Ints, Bools]:
    """Where each word stands in `sorted_words`, and whether it is there at all."""
    column = np.minimum(np.searchsorted(sorted_words, word), max(len(sorted_words) - 1, 0))
    return column, sorted_words[column] == word if sorted_words.size else np.zeros(len(word), bool)


def task_gains(target: WordCounts, shown: WordCounts, pool: Floats) -> Float32s:
    """Nats that each shown response adds to the likelihood of each target response of one task: (n, n).

    Row i is agent i's response in `shown`, column j agent j's in `target`; NaN where either is missing. With `shown`
    from the same task it is a joint gain, from another one a contrast gain.
    """
    n = len(target.answered)
    vocabulary, target_column = np.unique(target.word, return_inverse=True)
    shown_column, known = (target_column, ...) if shown is target else locate(shown.word, vocabulary)
    background = task_background(target, vocabulary, pool)

    column = shown_column[known]
    told = np.zeros((n, len(vocabulary)), np.float32)
    told[shown.agent[known], column] = log_ratio(shown.share[known], background[column])
    said = np.zeros((n, len(vocabulary)), np.float32)
    said[target.agent, target_column] = 1

    gain = told @ said.T + MISS * said.sum(axis=1)
    gain[~shown.answered, :] = np.nan
    gain[:, ~target.answered] = np.nan
    return gain


def log_ratio(share: Floats, background: Floats) -> Floats:
    """log q(w|i) - log b(w) for words that i said, without the `MISS` that said and unsaid words have in common."""
    return np.log1p(SKEW / (1 - SKEW) * share / background)


def told_words(target: WordCounts, pool: Floats, agent: int, peer: int) -> tuple[Ints, Floats]:
    """The words of `peer`'s response that `agent`'s response to the same task also has, and the nats each adds.

    What they add up to, plus `MISS` for every distinct word of the peer's, is the joint gain of the pair.
    """
    vocabulary, column = np.unique(target.word, return_inverse=True)
    mine = target.agent == agent
    shared = mine & np.isin(target.word, target.word[target.agent == peer])
    background = task_background(target, vocabulary, pool)[column[shared]]
    return target.word[shared], log_ratio(target.share[shared], background)


def task_base(target: WordCounts, pool: Floats) -> Floats:
    """Log-likelihood of each response of one task under the background alone (n,), NaN where missing."""
    vocabulary, column = np.unique(target.word, return_inverse=True)
    surprise = np.log(task_background(target, vocabulary, pool))[column]
    base = np.bincount(target.agent, surprise, minlength=len(target.answered))
    return np.where(target.answered, base, np.nan)


def contrast_order(n_tasks: int, rng: np.random.Generator, block: Ints | None = None) -> Ints | None:
    """For each task another one (m,): what to show in place of the task's own response.

    `block` (m,) numbers the tasks so that those with one prompt share a number: the other task has another prompt.
    Each task is used once where no prompt comes more often than another. `None` where all tasks have one prompt.

    >>> order = contrast_order(5, np.random.default_rng(0))
    >>> sorted(order.tolist()), bool((order == np.arange(5)).any())
    ([0, 1, 2, 3, 4], False)
    >>> contrast_order(4, np.random.default_rng(0), np.array([0, 0, 1, 1]))
    array([2, 3, 0, 1])
    """
    _, prompt, count = np.unique(
        np.arange(n_tasks) if block is None else block, return_inverse=True, return_counts=True
    )
    if len(count) < 2:
        return None
    shuffled = rng.permutation(len(count))
    other = np.empty(len(count), dtype=np.int64)
    other[shuffled] = np.roll(shuffled, 1)
    by_prompt, start = np.argsort(prompt, kind="stable"), np.cumsum(count) - count
    place = np.empty(n_tasks, dtype=np.int64)  # of a task among those with its prompt
    place[by_prompt] = np.arange(n_tasks) - np.repeat(start, count)
    theirs = other[prompt]
    return by_prompt[start[theirs] + place % count[theirs]]


def lexical_gains(
    counts: Sequence[WordCounts],
    pool: Floats,
    order: Ints | None,
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> Gains:
    """Gains of every pair of responses, joint and (given an `order` of other tasks) contrast.

    `gain` and `contrast` are float32 of shape (m, n, n), in nats a response. `advance` is told each finished task.
    """
    m, n = len(counts), len(counts[0].answered)
    gain = np.empty((m, n, n), np.float32)
    contrast = None if order is None else np.empty((m, n, n), np.float32)
    base = np.empty((m, n))
    for t, target in enumerate(counts):
        gain[t] = task_gains(target, target, pool)
        base[t] = task_base(target, pool)
        if contrast is not None and order is not None:
            contrast[t] = task_gains(target, counts[order[t]], pool)
        advance(t + 1)
    return Gains(gain=gain, base=base, contrast=contrast, unit="nats per response")
