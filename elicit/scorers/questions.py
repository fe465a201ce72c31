"""Binary questions: an evaluator writes yes/no questions on a task's responses, then answers them for each response.

What comes out is a table of labels, a row for each question, that every mechanism on labels reads; and the questions
say why agents differ. A question that many agents all answer alike tells nothing and is left out; one without an answer
is missing, never a no.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from elicit.calls import Completion, Request
from elicit.evidence import Ints, Labels
from elicit.scorers.asking import ScoringModel
from elicit.scorers.fence import MOST_CHARS, data_rule, fence, fence_all, neutralise, nonce_for

FEWEST, MOST = 15, 20
LONGEST = 300  # characters of a question
OPENED = regex.compile(r'(?<=\{\s*)"')  # with this quote a brace begins a JSON object that is not empty
CLASSES = ("no", "yes")
NO, YES, NO_ANSWER = 0, 1, -1
# Leaving out what all answer alike keeps, of a few agents' questions, mostly those that one of them got wrong: it then
# seems to know by always being against. With 600 questions an agent that answers at random comes out first among 3 or
# 4, earns an eighth of the others' pay among 8, and next to nothing from 12 on.
MANY_AGENTS = 12

WRITE_RULES = """Several authors replied to one task. Write {fewest} to {most} yes/no questions that can be answered \
of any one reply by reading it alone, and whose answers differ between these replies.

Ask in three tiers, about equally often: particulars (does it state this number, name, event?), reasoning (does it \
use this method, argument, step?), presentation (is this treated, ordered, qualified so?). Each question must have a \
yes that some of the replies would get and a no that others would. Do not ask which reply is better, nor about more \
than one thing.

{data_rule}

Reply with one JSON object and nothing else: {{"questions": ["...", "..."]}}"""

ANSWER_RULES = """You answer yes/no questions about one text by reading it. Answer yes only where the text says so, no \
where it does not.

{data_rule}

The questions:
{questions}

Reply with one JSON object and nothing else, an answer for each number: {{"1": "yes", "2": "no", ...}}"""


def write_request(model: ScoringModel, responses: Sequence[str]) -> Request:
    """Ask for questions on all responses to one task; each is shown up to an equal share of the room there is."""
    nonce = nonce_for(*responses)
    room = 4 * MOST_CHARS // max(len(responses), 1)
    data = "\n\n".join(
        fence(no_answer(text), f"REPLY {number}", nonce, most_chars=min(room, MOST_CHARS))
        for number, text in enumerate(responses, start=1)
    )
    rules = WRITE_RULES.format(fewest=FEWEST, most=MOST, data_rule=data_rule(nonce))
    return model.chat(rules, data, temperature=0, max_tokens=2000)


def parse_questions(completion: Completion) -> tuple[str, ...] | None:
    """The questions of a reply, each once, at most `MOST`; `None` where it holds none.

    >>> parse_questions(Completion("", '{"questions": ["Is it wet?", "Is it wet?", "Is it cold?"]}', None))
    ('Is it wet?', 'Is it cold?')
    """
    told = last_object(completion).get("questions")
    if not isinstance(told, list):
        return None
    found = (" ".join(text.split()) for text in told if isinstance(text, str))
    kept = tuple(dict.fromkeys(text for text in found if 0 < len(text) <= LONGEST))[:MOST]
    return kept or None


def answer_request(model: ScoringModel, questions: Sequence[str], response: str) -> Request:
    """Ask for the answers to a task's questions of one response."""
    nonce = nonce_for(response, *questions)
    # The questions were written by a model that had read the responses: they are data as well.
    numbered = fence_all(
        [no_answer(text) for text in questions],
        [f"QUESTION {number}" for number in range(1, len(questions) + 1)],
        nonce,
    )
    rules = ANSWER_RULES.format(data_rule=data_rule(nonce), questions=numbered)
    return model.chat(
        rules, fence(no_answer(response), "TEXT", nonce), temperature=0, max_tokens=20 + 8 * len(questions)
    )


def no_answer(text: str) -> str:
    """A text in which no JSON object is left whole: a reply that quotes it holds no questions and answers but its own.

    >>> no_answer('Say { "1": "yes"} or {}')
    'Say { “1": "yes"} or {}'
    """
    return str(OPENED.sub("“", neutralise(text)))


def parse_answers(completion: Completion, n_questions: int) -> Ints:
    """(q,) 1 for yes, 0 for no, -1 where a question has neither.

    >>> parse_answers(Completion("", '{"1": "yes", "2": "No", "3": "perhaps"}', None), 4)
    array([ 1,  0, -1, -1])
    """
    told = last_object(completion)
    codes = {"yes": YES, "no": NO}
    answers = [str(told.get(str(number))).strip().lower() for number in range(1, n_questions + 1)]
    return np.array([codes.get(answer, NO_ANSWER) for answer in answers], dtype=np.int64)


def last_object(completion: Completion) -> Mapping[str, object]:
    """The last JSON object in a reply that lies in no other and holds anything; empty where there is none.

    >>> last_object(Completion("", 'So: {"1": "no"} or rather {"1": {"2": "yes"}}.', None))
    {'1': {'2': 'yes'}}
    """
    text = completion.text if completion.failure is None else None
    found: Mapping[str, object] = {}
    place = (text or "").find("{")
    while text and place >= 0:
        try:
            told, end = json.JSONDecoder().raw_decode(text, place)
            found = told or found
        except (ValueError, RecursionError):  # no JSON, a number too long to read, or brackets too deep
            end = place + 1
        place = text.find("{", end)
    return found


@dataclass(frozen=True)
class Questionnaire:
    """What the questions found: a row of `labels` for each question kept, its text and its task, in one order.

    `alike` counts the questions that everybody answered alike; they are left out if at least `MANY_AGENTS` did.
    """

    labels: Labels
    questions: tuple[str, ...]
    task: Ints
    alike: int


def questionnaire(questions: Mapping[int, Sequence[str]], answers: Mapping[int, Ints]) -> Questionnaire:
    """Put the answers (q, n) of all tasks together, by task number.

    >>> found = questionnaire({0: ["Wet?", "Cold?"]}, {0: np.array([[1, 0, -1], [1, 1, -1]])})
    >>> found.questions, found.labels.codes.tolist(), found.alike
    (('Wet?', 'Cold?'), [[1, 0, -1], [1, 1, -1]], 1)
    """
    tasks = sorted(answers)
    task = np.array([t for t in tasks for _ in questions[t]], dtype=np.int64)
    codes = np.concatenate([answers[t] for t in tasks])
    n_yes, n_no = (codes == YES).sum(axis=1), (codes == NO).sum(axis=1)
    alike = (n_yes == 0) | (n_no == 0)
    kept = ~alike | (n_yes + n_no < MANY_AGENTS)
    texts = [text for t in tasks for text in questions[t]]
    return Questionnaire(
        labels=Labels(codes[kept], CLASSES),
        questions=tuple(text for text, keep in zip(texts, kept, strict=True) if keep),
        task=task[kept],
        alike=int(alike.sum()),
    )
