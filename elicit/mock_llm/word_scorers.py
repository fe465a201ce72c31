"""Scoring models that go by the words two texts share: one for each question that elicit asks of a scoring model.

They are deterministic and simple on purpose: they show that a plan works, not how good a scoring model can be. Each
knows its question by the form of answer that the rules ask for, and answers `None` to any other.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping

from elicit.mock_llm.script import Ask
from elicit.mock_llm.wire import Reply, texts_of
from elicit.scorers.fence import unfence
from elicit.scorers.pmi import lines_of
from elicit.scorers.words import words

SHORTEST_WORD = 5  # shorter ones are mostly "the", "that", "from"
SIGNIFICANT, LITTLE = 0.4, 0.2  # shares of the shorter text's words that the longer one has too
CLEARLY_LONGER = 1.1
MOST_QUESTIONS = 16
GRADED: Mapping[float, str] = {1.0: "SIGNIFICANT", 0.25: "LITTLE", 0.0: "NO"}
RATINGS_ASKED = re.compile(r"^The \d+ ratings:$", re.M)
QUESTION = 'Does it speak of "{}"?'
QUOTED = re.compile(r'"(.*)"')


def whole_text(ask: Ask) -> str:
    """All that the request says: every message, or the prompt."""
    messages = ask.body.get("messages")
    return "\n".join(texts_of(message.get("content")) for message in messages) if messages else ask.text


def critic(ask: Ask) -> Reply | None:
    """Whether two texts answer one task: if they share enough words."""
    pair = fenced_pair(ask)
    return verdict(ask, worth(overlap(*pair))) if pair else None


def fenced_pair(ask: Ask) -> tuple[str, str] | None:
    """The two texts that a critic is asked about, `None` where the request is another."""
    texts = unfence(ask.text)
    return (texts[0], texts[1]) if len(texts) == 2 and "[[NO]]" in whole_text(ask) else None


def overlap(first: str, second: str) -> float:
    """The share of the longer words of the shorter text that the other one has too.

    >>> overlap("water boils quickly", "Quickly the water froze, however")
    0.6666666666666666
    """
    told, other = long_words(first), long_words(second)
    fewest = min(len(told), len(other))
    return len(told & other) / fewest if fewest else float(first == second)


def long_words(text: str) -> set[str]:
    """The words that tell something."""
    return {word for word in words(text) if len(word) >= SHORTEST_WORD}


def worth(share: float) -> float:
    """A verdict's worth: 1, 0.25 or 0."""
    return 1.0 if share >= SIGNIFICANT else 0.25 if share >= LITTLE else 0.0


def verdict(ask: Ask, score: float) -> Reply:
    """A score as a critic states it, on the scale that the request asks for."""
    if "[[SIGNIFICANT]]" in whole_text(ask):
        word = GRADED[score]
        return Reply(f"[[{word}]] By the particulars that both texts name.", {word: 1.0})
    word = "YES" if score >= 0.5 else "NO"
    return Reply(f"[[{word}]] By the particulars that both texts name.", {"YES": score, "NO": 1 - score})


def judge(ask: Ask) -> Reply | None:
    """Which of two replies is better: the longer one, as judges will have it."""
    texts = unfence(ask.text)
    if len(texts) < 2 or "[[FIRST]]" not in whole_text(ask):
        return None
    first, second = (len(text) for text in texts[-2:])
    word = "FIRST" if first > CLEARLY_LONGER * second else "SECOND" if second > CLEARLY_LONGER * first else "TIE"
    return Reply(f"[[{word}]] By how much it says.")


def rater(ask: Ask) -> Reply | None:
    """How much likelier a text makes each line of another: by the line's words that it has."""
    texts = unfence(ask.text)
    if not texts or not RATINGS_ASKED.search(ask.text):
        return None
    shown, *lines = texts
    return Reply(json.dumps([[round(3 * overlap(line, shown)) for line in lines]]))


def questioner(ask: Ask) -> Reply | None:
    """Questions on replies: one for each of the words that nearest to half of them use."""
    replies = unfence(ask.text)
    if not replies or '{"questions"' not in whole_text(ask):
        return None
    used = Counter(word for reply in replies for word in long_words(reply))
    telling = sorted(used, key=lambda word: (abs(used[word] - len(replies) / 2), word))
    return Reply(json.dumps({"questions": [QUESTION.format(word) for word in telling[:MOST_QUESTIONS]]}))


def answerer(ask: Ask) -> Reply | None:
    """Answers to such questions: yes where the text has the word."""
    texts = unfence(ask.text)
    if len(texts) != 1 or '{"1": "yes"' not in whole_text(ask):
        return None
    asked = unfence(whole_text(ask).removesuffix(ask.text))
    found = long_words(texts[0])
    told = {str(number): "yes" if quoted(question) in found else "no" for number, question in enumerate(asked, 1)}
    return Reply(json.dumps(told))


def quoted(question: str) -> str:
    """The word a question is about.

    >>> quoted('Does it speak of "light"?')
    'light'
    """
    found = QUOTED.search(question)
    return found[1] if found else ""


def rewriter(ask: Ask) -> Reply | None:
    """A text as one judgment a line: its own lines or sentences."""
    texts = unfence(ask.text)
    if len(texts) != 1 or "aspect | judgment" not in whole_text(ask):
        return None
    return Reply("\n".join(f"point | {line[:150].replace('|', ' ')}" for line in lines_of(texts[0])))


WORD_SCORERS = (critic, judge, rater, questioner, answerer, rewriter)
