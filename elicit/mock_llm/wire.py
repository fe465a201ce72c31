"""The JSON of an OpenAI-compatible API: answers and errors as such servers send them.

Every answer states the tokens used. A token of an answer is a word or a sign with the space before it; a token of
given text is whatever stands between spaces, with the space after it, so that whole words are whole tokens.
"""

import base64
import math
import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from elicit.scorers.words import words

TOKEN = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
CHUNK = re.compile(r"\S+\s*|\s+")
SURE = math.log(0.99)  # the log-probability of a token of an answer that has no stated chances
DIMENSIONS = 64


@dataclass(frozen=True)
class Reply:
    """An answer: `chances` are probabilities of the first of its tokens that is one of them, else of the first."""

    text: str
    chances: Mapping[str, float] = field(default_factory=dict)
    finish_reason: str = "stop"
    refusal: str | None = None


def tokens(text: str) -> list[str]:
    """The tokens of an answer; joined they are the text.

    >>> tokens("Answer: yes.")
    ['Answer', ':', ' yes', '.']
    """
    return TOKEN.findall(text)


def chunks(text: str) -> list[str]:
    """The tokens of given text; joined they are the text.

    >>> chunks("one two\\n\\nthree")
    ['one ', 'two\\n\\n', 'three']
    """
    return CHUNK.findall(text)


def texts_of(content: object) -> str:
    """The text of a message's content: a string, or parts of which some are text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    found = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in found if isinstance(text, str))


def chat_body(number: int, model: str, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a chat call."""
    asked = sum(len(tokens(texts_of(message.get("content")))) for message in body["messages"])
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    if reply.refusal is not None:
        message["content"] = None
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}
    if body.get("logprobs") and reply.text:
        choice["logprobs"] = {"content": answer_logprobs(reply, int(body.get("top_logprobs") or 0)), "refusal": None}
    return envelope("chat.completion", number, model, choices=[choice], usage=usage(asked, len(tokens(reply.text))))


def answer_logprobs(reply: Reply, n_top: int) -> list[dict[str, Any]]:
    """The log-probabilities of an answer's tokens, with the `n_top` likeliest at each place."""
    spelled = tokens(reply.text)
    place = next((k for k, token in enumerate(spelled) if token.strip() in reply.chances), 0)
    entries = []
    for k, token in enumerate(spelled):
        rivals = {token.strip(): math.exp(SURE)} if k != place or not reply.chances else reply.chances
        space = token[: len(token) - len(token.lstrip())]
        ranked = sorted(rivals.items(), key=lambda item: -item[1])
        entry = token_entry(token, log(rivals.get(token.strip(), max(0.0, 1 - sum(rivals.values())))))
        entry["top_logprobs"] = [token_entry(space + rival, log(share)) for rival, share in ranked[:n_top]]
        entries.append(entry)
    return entries


def token_entry(token: str, logprob: float) -> dict[str, Any]:
    """One token of a chat answer's log-probabilities."""
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def log(share: float) -> float:
    """The logarithm of a probability; of 0 the -9999 that OpenAI sends."""
    return math.log(share) if share > 0 else -9999.0


@dataclass(frozen=True)
class Given:
    """Given text as tokens with their log-probabilities, `None` for the first, before which nothing stands."""

    tokens: list[str]
    logprobs: list[float | None]


def completion_choice(
    index: int, prompt: str, given: Given | None, reply: Reply, body: Mapping[str, Any]
) -> dict[str, Any]:
    """One choice of a completion: the prompt's own tokens first if they are given (echoed), then what was added."""
    added = tokens(reply.text)
    spelled = [*(given.tokens if given else []), *added]
    scored = [*(given.logprobs if given else []), *[SURE] * len(added)]
    choice: dict[str, Any] = {"index": index, "finish_reason": reply.finish_reason, "logprobs": None}
    choice["text"] = (prompt if given else "") + reply.text
    if body.get("logprobs") is not None:
        top = [None if score is None else {token: score} for token, score in zip(spelled, scored, strict=True)]
        choice["logprobs"] = {
            "tokens": spelled,
            "token_logprobs": scored,
            "top_logprobs": top if body["logprobs"] else None,
            "text_offset": offsets(spelled),
        }
    return choice


def offsets(spelled: Sequence[str]) -> list[int]:
    """Where each token starts in the text that they make up.

    >>> offsets(["one ", "two"])
    [0, 4]
    """
    ends = list(accumulate(map(len, spelled), initial=0))
    return ends[:-1]


def prompt_logprobs(given: Given, *, likeliest: bool) -> list[dict[str, Any] | None]:
    """Given text's log-probabilities as vLLM sends them: by token number, `None` for the first token.

    The prompt's own token comes first, then the `likeliest` if it is asked for, which here is always another.
    """
    entries: list[dict[str, Any] | None] = []
    for token, score in zip(given.tokens, given.logprobs, strict=True):
        entry = {str(zlib.crc32(token.encode())): {"logprob": score, "rank": 2, "decoded_token": token}}
        if likeliest:
            entry["0"] = {"logprob": (score or 0) / 2, "rank": 1, "decoded_token": "the"}
        entries.append(None if score is None else entry)
    return entries


def embeddings_body(number: int, model: str, inputs: Sequence[str], *, base64_floats: bool) -> dict[str, Any]:
    """A vector for each input: its words, each hashed to a place and a sign, at unit length."""
    vectors = [embedding(text) for text in inputs]
    data = [
        {"object": "embedding", "index": index, "embedding": as_base64(vector) if base64_floats else vector}
        for index, vector in enumerate(vectors)
    ]
    return envelope("list", number, model, data=data, usage=usage(sum(len(tokens(text)) for text in inputs), 0))


def embedding(text: str) -> list[float]:
    """A unit vector that texts with the same words share (a constant one for a text without words)."""
    vector = [0.0] * DIMENSIONS
    for word in words(text):
        code = zlib.crc32(word.encode())
        vector[code % DIMENSIONS] += 1 if code & 1 << 31 else -1
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector] if length else [1.0] + [0.0] * (DIMENSIONS - 1)


def as_base64(vector: Iterable[float]) -> str:
    """A vector as little-endian single-precision floats in base64, which OpenAI's own client asks for."""
    values = list(vector)
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def envelope(kind: str, number: int, model: str, **fields: Any) -> dict[str, Any]:
    """What every answer has in common."""
    return {"id": f"mock-{number}", "object": kind, "created": 1_700_000_000, "model": model, **fields}


def usage(tokens_in: int, tokens_out: int) -> dict[str, int]:
    """The tokens used."""
    return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}


def error_body(status: int, message: str) -> dict[str, Any]:
    """An error as OpenAI sends it."""
    kind, code = ERRORS.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


ERRORS: dict[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("rate_limit_exceeded", "rate_limit_exceeded"),
}
