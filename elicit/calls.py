"""One call to a model and its answer, as plain values; nothing here talks to anything.

A request's key is the hash of all that can change its answer: equal requests are one call, asked and paid for once.
API keys are no part of a request; the gateway finds them where the call is made.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

Failure: TypeAlias = Literal["refused", "filtered", "truncated", "empty", "unparsable", "timed out", "failed"]
FAILURES: tuple[Failure, ...] = ("refused", "filtered", "truncated", "empty", "unparsable", "timed out", "failed")


@dataclass(frozen=True)
class Message:
    """One turn of a chat. `content` is text, or OpenAI content parts (text and images)."""

    role: str
    content: str | tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Request:
    """A chat call (`messages`), or the log-probabilities of given text (`prompt`, echoed back).

    `params` are sorted pairs such as `("temperature", 0)`; `sample` tells equal calls apart on purpose; a new `epoch`
    asks afresh what an earlier one has stored.

    >>> Request("m", prompt="a").key == Request("m", prompt="a").key != Request("m", prompt="a", epoch="2").key
    True
    """

    model: str
    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    params: tuple[tuple[str, Any], ...] = ()
    api_base: str | None = None
    sample: int = 0
    epoch: str = ""

    @cached_property
    def key(self) -> str:
        """The content key: SHA-256 of the canonical JSON of all fields, as 64 hexadecimal digits."""
        fields = {
            "model": self.model,
            "messages": [[message.role, message.content] for message in self.messages],
            "prompt": self.prompt,
            "params": self.params,
            "api_base": self.api_base,
            "sample": self.sample,
            "epoch": self.epoch,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class TokenLogprob:
    """A token of a text, its log-probability in nats (`None` for a first token) and the best rivals at its place."""

    token: str
    logprob: float | None
    offset: int
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Completion:
    """What came back for one request: text, or the reason there is none that can be used.

    A truncated answer keeps its text beside the failure "truncated". `cost` is in US dollars for all attempts together,
    `None` where no price is known: unknown is not 0.
    """

    key: str
    text: str | None
    failure: Failure | None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    price_source: str | None = None
    latency_s: float = 0.0
    logprobs: tuple[TokenLogprob, ...] | None = None
    model_version: str | None = None
    attempts: int = 1


def sorted_params(params: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Parameters in the one order that a request's key is made from.

    >>> sorted_params({"temperature": 0, "max_tokens": 9})
    (('max_tokens', 9), ('temperature', 0))
    """
    return tuple(sorted(params.items()))


def chat(*turns: tuple[str, str]) -> tuple[Message, ...]:
    """Messages from (role, text) pairs.

    >>> chat(("user", "Hello"))[0].role
    'user'
    """
    return tuple(Message(role, text) for role, text in turns)
