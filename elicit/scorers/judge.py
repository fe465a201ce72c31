"""The pairwise LLM judge: the control everyone knows, asked which of two responses is better.

It pays for what a judge likes, and guarantees nothing. Every pair is asked in both orders and the two verdicts are
averaged, so that a taste for the first seat gives a tie; a pair with one verdict only has no score.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import regex

from elicit.calls import Completion, Request
from elicit.scorers.asking import ScoringModel
from elicit.scorers.fence import data_rule, fence, fence_all, nonce_for
from elicit.types import Task

WORTH: Mapping[str, float] = {"FIRST": 1.0, "TIE": 0.5, "SECOND": 0.0}  # to the response shown first
WELL_FORMED = regex.compile(r"\[\[\s*(FIRST|TIE|SECOND)\s*\]\]", regex.I)
REPLY_TOKENS = 60

RULES = """Two authors each replied to one task. {seen} Judge which reply is better: more correct, more helpful, \
closer to what was asked, clearer. The order in which they are shown, and their length, must not matter.

{data_rule}

Reply with one of three verdicts:
[[FIRST]] the first reply is better.
[[SECOND]] the second reply is better.
[[TIE]] they are equally good.

Write the verdict first, in double square brackets as shown. Add at most one sentence of reason after it, without \
brackets."""
WITH_TASK = "You are shown the task."
WITHOUT_TASK = "You are not shown the task; judge by the replies alone."


@dataclass(frozen=True)
class Judge:
    """A judge: the model, and whether it is shown the task (prompt and context) too."""

    model: ScoringModel
    sees_task: bool = True


def judge_request(judge: Judge, task: Task, first: str, second: str) -> Request:
    """Ask which of two responses to a task is better."""
    given = f"{task.prompt}\n\n{task.context}".strip() if judge.sees_task else ""
    nonce = nonce_for(given, first, second)
    rules = RULES.format(seen=WITH_TASK if judge.sees_task else WITHOUT_TASK, data_rule=data_rule(nonce))
    data = fence_all((first, second), ("REPLY 1", "REPLY 2"), nonce)
    if judge.sees_task:
        data = f"{fence(given, 'TASK', nonce)}\n\n{data}"
    return judge.model.chat(rules, f"{data}\n\nWhich reply is better?", temperature=0, max_tokens=REPLY_TOKENS)


def parse_judge(completion: Completion) -> float | None:
    """What the response shown first wins: 1, 0.5 for a tie, 0; `None` without a well-formed verdict, the last of which
    counts, as for the critic.

    >>> parse_judge(Completion("", "[[SECOND]] It is clearer.", None))
    0.0
    """
    text = (completion.text or "").lstrip()
    if completion.failure == "truncated":
        found = WELL_FORMED.match(text)
    else:
        found = None if completion.failure else next(reversed(list(WELL_FORMED.finditer(text))), None)
    return WORTH[found[1].upper()] if found else None


def both_orders(shown_first: float | None, shown_second: float | None) -> float | None:
    """What a response wins of another over both orders, from what the response shown first won in each.

    >>> both_orders(1.0, 0.0), both_orders(1.0, 1.0), both_orders(1.0, None)
    (1.0, 0.5, None)
    """
    return None if shown_first is None or shown_second is None else (shown_first + 1 - shown_second) / 2
