"""How an agent is asked: its strategy, step by step, and what of the last step's reply is its answer.

`STRATEGIES` is the whole list. Prompts are filled by replacement, never by formatting: tasks and notes are data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from elicit.calls import Completion, Message, Request, sorted_params
from elicit.services.plan import AgentSpec
from elicit.types import Task

LONGEST_ANSWER = 1024  # tokens, where the plan sets no max_tokens: without a limit the cost of a call has no bound
ANSWER_MARK = "ANSWER:"


@dataclass(frozen=True)
class Strategy:
    """The prompts of the steps, and the mark before the answer in the last reply (`None`: all of it is the answer).

    `{task}` is the agent's template filled with the task, `{question}` the same without the context, `{notes}` the
    reply to the step before.
    """

    steps: tuple[str, ...]
    mark: str | None = None


STRATEGIES = {
    "direct": Strategy(("{task}",)),
    "chain-of-thought": Strategy(
        (
            "{task}\n\nThink step by step first. Then write a line that says ANSWER: and after it nothing but your "
            "answer.",
        ),
        mark=ANSWER_MARK,
    ),
    "read-then-write": Strategy(
        (
            "{task}\n\nDo not answer yet. Read closely and write notes: every particular that a good answer has to "
            "rest on.",
            "{question}\n\nAnswer from these notes, which you made while reading:\n\n{notes}",
        )
    ),
}


def agent_request(
    agent: AgentSpec, task: Task, step: int, notes: str, *, images: Sequence[str], sample: int, epoch: str
) -> Request:
    """What an agent is asked about a task in one step of its strategy."""
    prompt = STRATEGIES[agent.strategy].steps[step]
    slots = {
        "{task}": filled(agent.template, task.prompt, task.context),
        "{question}": filled(agent.template, task.prompt, ""),
        "{notes}": notes,
    }
    text = replaced(prompt, slots)
    system = (Message("system", agent.system),) if agent.system else ()
    return Request(
        model=agent.model or "",
        messages=(*system, Message("user", with_images(text, images if "{task}" in prompt else ()))),
        params=with_limit(agent.params),
        api_base=agent.api_base,
        sample=sample,
        epoch=epoch,
    )


def filled(template: str, prompt: str, context: str) -> str:
    """The template with the task in its slots, without blank edges.

    >>> filled("{prompt}\\n{context}", "Sum {up}.", "")
    'Sum {up}.'
    """
    return replaced(template, {"{prompt}": prompt, "{context}": context}).strip()


def replaced(template: str, slots: dict[str, str]) -> str:
    """The template with each slot replaced once: a slot's name inside a value stays as it is.

    >>> replaced("{a}-{b}", {"{a}": "{b}", "{b}": "x"})
    '{b}-x'
    """
    if not slots:
        return template
    (slot, value), *others = slots.items()
    return value.join(replaced(part, dict(others)) for part in template.split(slot))


def with_images(text: str, images: Sequence[str]) -> str | tuple[dict[str, Any], ...]:
    """The text alone, or followed by images as OpenAI content parts."""
    if not images:
        return text
    return ({"type": "text", "text": text}, *({"type": "image_url", "image_url": {"url": url}} for url in images))


def with_limit(params: Sequence[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """The parameters, with a limit on the answer's length where they set none."""
    given = dict(params)
    limited = "max_tokens" in given or "max_completion_tokens" in given
    return sorted_params(given if limited else given | {"max_tokens": LONGEST_ANSWER})


def answer_in(agent: AgentSpec, reply: Completion, *, use_truncated: bool) -> str | None:
    """The agent's answer in the reply to its last step, `None` where there is none that can be used."""
    mark = STRATEGIES[agent.strategy].mark
    if not may_use(reply, use_truncated=use_truncated) or (mark and mark not in (reply.text or "")):
        return None
    answer = (reply.text or "").rpartition(mark)[2] if mark else reply.text or ""
    return answer.strip() or None


def may_use(reply: Completion, *, use_truncated: bool) -> bool:
    """Whether a reply holds text that may be used."""
    return reply.failure is None or (use_truncated and reply.failure == "truncated")
