"""Given text scored by the embedded word model, so that a likelihood scorer finds over HTTP what the offline one finds.

A prompt is read as `elicit.scorers.likelihood` lays it out: perhaps a task, perhaps a response shown, then the one that
is asked about. A word costs its log-probability where it first stands and nothing after: the offline scorer counts
distinct words. The background of a response that answers one task of the pool holds that task's words, as it does
offline; one that answers several is given the task's words only if the prompt shows the task.
"""

import math
from collections import Counter
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from elicit.errors import InvalidInput
from elicit.io import read
from elicit.mock_llm.wire import Given, chunks
from elicit.scorers.lexical import SKEW, Vocabulary, count_words, pool_shares
from elicit.scorers.likelihood import GAP, RESPONSE, TASK, spelled
from elicit.scorers.words import words
from elicit.types import Evaluation, Responses

Shares = dict[str, float]


class WordModel:
    """The word model of a pool of responses."""

    def __init__(self, evaluation: Evaluation) -> None:
        if not isinstance(evaluation.evidence, Responses):
            raise InvalidInput(f"a word model is made from responses, got {evaluation.evidence.kind}")
        self.tasks = evaluation.tasks
        self.texts = evaluation.evidence.texts

    @cached_property
    def pool(self) -> Shares:
        """Each word's share of the pool, as the offline scorer has it where every agent counts once."""
        vocabulary = Vocabulary()
        counts = list(count_words(self.tasks, self.texts, vocabulary))
        shares = pool_shares(counts, len(vocabulary), np.ones(len(self.texts[0])))
        return dict(zip(vocabulary, shares.tolist(), strict=True))

    @cached_property
    def least(self) -> float:
        """The share taken for a word that the pool never saw."""
        return min(self.pool.values())

    @cached_property
    def task_of(self) -> dict[str, str]:
        """The task's own text for each response as it stands in prompts, for those that answer one task only."""
        found: dict[str, set[str]] = {}
        for task, texts in zip(self.tasks, self.texts, strict=True):
            for text in texts:
                found.setdefault(spelled(text or ""), set()).add(f"{task.prompt}\n{task.context}")
        return {text: tasks.pop() for text, tasks in found.items() if len(tasks) == 1}

    def given(self, prompt: str) -> Given:
        """A prompt's tokens and their log-probabilities."""
        task, shown, target = parts(prompt)
        head = prompt[: len(prompt) - len(target)]
        task = self.task_of.get(target.strip(), task)
        scores = self.scores(head, "", "") + self.scores(target, shown, task)
        return Given(chunks(head) + chunks(target), [None, *scores[1:]])

    def scores(self, text: str, shown: str, task: str) -> list[float]:
        """The log-probability of each chunk of a text on the task, once `shown` has been read."""
        told, asked = shares(shown), shares(task)
        seen: set[str] = set()
        found = []
        for chunk in chunks(text):
            new = [word for word in dict.fromkeys(words(chunk)) if word not in seen]
            seen.update(new)
            found.append(math.fsum(self.logprob(word, told, asked) for word in new))
        return found

    def logprob(self, word: str, told: Shares, asked: Shares) -> float:
        """log q(word | shown), or log b(word) where nothing is shown."""
        background = max(self.pool.get(word, self.least), asked.get(word, 0.0))
        return math.log((1 - SKEW) * background + SKEW * told.get(word, 0.0) if told else background)


def shares(text: str) -> Shares:
    """Each word's share of a text."""
    found = words(text)
    return {word: count / len(found) for word, count in Counter(found).items()}


def parts(prompt: str) -> tuple[str, str, str]:
    """The task, the response shown, and the response asked about, which ends the prompt; "" for what is not there.

    >>> parts("Response to the task:\\nIt rains.\\n\\nResponse to the task:\\nRain.")
    ('', 'It rains.', 'Rain.')
    """
    opening, *responses = (GAP + prompt).split(GAP + RESPONSE)
    if not responses:
        return "", "", prompt
    shown = (GAP + RESPONSE).join(responses[:-1])
    return opening.strip().removeprefix(TASK), shown, responses[-1]


def word_model(path: Path | None = None) -> WordModel:
    """The word model of the responses in a file that `elicit rank` reads; by default of the demo's."""
    if path is not None:
        return WordModel(read([path]))
    with as_file(files("elicit") / "demo_data" / "responses.jsonl") as demo:
        return WordModel(read([demo]))
