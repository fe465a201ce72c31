"""The demo's agents as models: each gives the answers it gave when they were recorded, to the demo's prompts only."""

import json
from functools import cached_property
from importlib.resources import files

from elicit.mock_llm.script import Ask
from elicit.mock_llm.wire import Reply
from elicit.mock_llm.word_scorers import whole_text
from elicit.services.agents import ANSWER_MARK


class DemoAgents:
    """Models named after the demo's agents (`mock-careful`), which answer the demo's prompts."""

    @cached_property
    def recorded(self) -> dict[str, dict[str, str]]:
        """Answer by prompt, by agent."""
        recorded: dict[str, dict[str, str]] = {}
        with (files("elicit") / "demo_data" / "responses.jsonl").open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                recorded.setdefault(row["agent"], {})[row["prompt"]] = row["response"]
        return recorded

    @property
    def names(self) -> list[str]:
        """The models."""
        return [f"mock-{agent}" for agent in self.recorded]

    def answer(self, ask: Ask) -> Reply | None:
        """The agent's recorded answer to the demo's prompt found in the request, if there is one."""
        recorded = self.recorded.get(agent_of(ask.model), {})
        asked = whole_text(ask)
        found = [prompt for prompt in recorded if prompt in asked]
        if not found:
            return None
        answer = recorded[max(found, key=len)]
        return Reply(f"I have thought about it.\n{ANSWER_MARK} {answer}" if ANSWER_MARK in asked else answer)


def agent_of(model: str) -> str:
    """The demo agent a model stands for.

    >>> agent_of("openai/mock-careful"), agent_of("mock/careful")
    ('careful', 'careful')
    """
    return model.rpartition("/")[2].removeprefix("mock-")
