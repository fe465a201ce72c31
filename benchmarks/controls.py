"""What any mechanism has to beat: scores that need no idea of information at all.

Each control of texts gives every response a number (m, n), NaN where there is none; an agent's is the mean.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from common import CONSTANT

from elicit.errors import InvalidInput
from elicit.estimators.length import mean_by_agent
from elicit.estimators.ranks import ranks
from elicit.evidence import Floats, Ints, Labels
from elicit.scorers import lexical
from elicit.services.progress import silent
from elicit.services.scoring import Options, choose, other_tasks, score_evaluation
from elicit.types import Evaluation, Responses


def of_texts(evaluation: Evaluation) -> dict[str, Floats]:
    """The controls of a set of responses, by name.

    length              words of the response
    words in common     output agreement on text: the share of words (Jaccard) that two answers have in common
    TF-IDF cosine       cosine of the two answers' TF-IDF vectors, less that with the peer's answer to another task
    """
    if not isinstance(evaluation.evidence, Responses):
        return {}
    vocabulary = lexical.Vocabulary()
    counts = list(lexical.count_words(evaluation.tasks, evaluation.evidence.texts, vocabulary))
    rarity = rarities(counts, len(vocabulary))
    order = other_tasks(evaluation.tasks, seed=0)
    cosine = np.array([over_peers(cosines(task, task, rarity)) for task in counts])
    if order is not None:
        cosine -= [over_peers(cosines(task, counts[u], rarity)) for task, u in zip(counts, order, strict=True)]
    return {
        "length": np.array([np.where(task.answered, task.length, np.nan) for task in counts]),
        "words in common": np.array([over_peers(in_common(task)) for task in counts]),
        "TF-IDF cosine": cosine,
    }


def rarities(counts: Sequence[lexical.WordCounts], n_words: int) -> Floats:
    """log(N / df) of each word (n_words,), over all N responses; 0 for words of prompts only."""
    df = np.bincount(np.concatenate([task.word for task in counts]), minlength=n_words)
    return np.where(df > 0, np.log(sum(task.answered.sum() for task in counts) / np.maximum(df, 1)), 0.0)


def cosines(task: lexical.WordCounts, other: lexical.WordCounts, rarity: Floats) -> Floats:
    """The cosine of each agent's response to a task and each agent's to another (n, n), NaN for a missing one."""
    words = np.union1d(task.word, other.word)
    cosine = unit_rows(task, words, rarity) @ unit_rows(other, words, rarity).T
    cosine[~task.answered, :] = np.nan
    cosine[:, ~other.answered] = np.nan
    return np.asarray(cosine)


def unit_rows(task: lexical.WordCounts, words: Ints, rarity: Floats) -> Floats:
    """TF-IDF vectors (n, V) of length 1 (0 for no word) over the `words`, which are sorted."""
    rows = np.zeros((len(task.answered), len(words)))
    rows[task.agent, np.searchsorted(words, task.word)] = task.share * rarity[task.word]
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norm > 0, norm, 1)


def in_common(task: lexical.WordCounts) -> Floats:
    """The words two responses share, of all the words that either has (n, n)."""
    words, column = np.unique(task.word, return_inverse=True)
    said = np.zeros((len(task.answered), len(words)))
    said[task.agent, column] = 1
    both, each = said @ said.T, said.sum(1)
    either = each[:, None] + each - both
    share = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    share[~task.answered, :] = np.nan
    share[:, ~task.answered] = np.nan
    return share


def over_peers(pairs: Floats) -> Floats:
    """The mean of each row over the others (n,)."""
    np.fill_diagonal(pairs, np.nan)
    return mean_by_agent(pairs.T)


def constant_place(evaluation: Evaluation, options: Options) -> str:
    """Where an agent lands that is added to the pool and always says the same; a dash where answers are not at hand."""
    added = with_constant(evaluation)
    if added is None:
        return "–"
    try:
        scored = score_evaluation(added, choose(added, options), options, silent)
    except InvalidInput:
        return "–"
    score = scored.peers.scores(scored.pairwise)
    place = ranks(score)[-1]
    return "–" if np.isnan(place) else f"{place:.0f} of {(~np.isnan(score)).sum()}"


def with_constant(evaluation: Evaluation) -> Evaluation | None:
    """The evaluation with an agent added last that gives one answer to every task."""
    evidence: Responses | Labels
    if isinstance(evaluation.evidence, Responses):
        evidence = Responses([[*row, CONSTANT] for row in evaluation.evidence.texts])
    elif isinstance(evaluation.evidence, Labels):
        codes, classes = evaluation.evidence.codes, evaluation.evidence.classes
        commonest = Counter(codes[codes >= 0].tolist()).most_common(1)[0][0]
        evidence = Labels(np.column_stack([codes, np.full(len(codes), commonest)]), classes)
    else:
        return None
    return replace(evaluation, agents=(*evaluation.agents, "(constant)"), evidence=evidence)
