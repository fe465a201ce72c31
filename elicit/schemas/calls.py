"""What models were asked, word for word, and what they answered."""

from typing import Any, Literal

from elicit.schemas.base import Wire

Purpose = Literal["answer", "judgments", "verdict", "likelihood", "rating", "questions", "question answers"]


class CallMessage(Wire):
    """A turn of a chat. Images stand as a word for each; what is too long is cut, and says so."""

    role: str
    content: str


class StoredCall(Wire):
    """A call that a run used and its raw answer.

    `agent` is whose answer it made, or whose stands first in it; `peer` whose stands second, if another's does.
    `messages` are of a chat, `prompt` is given text whose log-probabilities were asked for. `text` is the answer as it
    came, `None` where none did, with the reason in `failure`. `cost` is in US dollars, `None` where the price is not
    known; `attempts` counts the tries. `log_probability` is the sum over the text's scored tokens, in nats.
    """

    purpose: Purpose
    agent: str | None
    peer: str | None
    model: str
    messages: list[CallMessage]
    prompt: str | None
    params: dict[str, Any]
    text: str | None
    failure: str | None
    tokens_in: int
    tokens_out: int
    cost: float | None
    latency_s: float
    attempts: int
    model_version: str | None
    log_probability: float | None
