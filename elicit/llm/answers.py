"""What a provider sent back, as a completion or as trouble: the only place that knows litellm's answers and errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from elicit.calls import Failure, TokenLogprob

FINISH_FAILURES: dict[str, Failure] = {"length": "truncated", "content_filter": "filtered"}
RETRIED_STATUS = {408, 409, 425, 429, 500, 502, 503, 504, 529}
NO_ENTRY = {401, 403}
NEVER_CONNECTED = ("ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError")


@dataclass(frozen=True)
class Answer:
    """What is in an answer, before it has a price; token counts are `None` where the provider does not tell."""

    text: str | None
    failure: Failure | None
    tokens_in: int | None
    tokens_out: int | None
    logprobs: tuple[TokenLogprob, ...] | None
    version: str | None


@dataclass(frozen=True)
class Trouble:
    """A call without an answer.

    `again` says whether another attempt may help, `wait_s` how long the provider asks to wait, `billed` whether it may
    have been paid for all the same, `fatal` that no call to this provider will do better.
    """

    failure: Failure
    detail: str
    again: bool
    wait_s: float | None = None
    billed: bool = False
    fatal: bool = False
    busy: bool = False
    unreached: bool = False


def answer_of_chat(response: Any) -> Answer:
    """The first choice of a chat completion."""
    choice, usage = response.choices[0], getattr(response, "usage", None)
    message = choice.message
    refusal = getattr(message, "refusal", None) or (getattr(message, "provider_specific_fields", None) or {}).get(
        "refusal"
    )
    text = message.content
    failure: Failure | None = "refused" if refusal else FINISH_FAILURES.get(choice.finish_reason)
    if failure is None and not (text and text.strip()):
        failure = "empty"
    return Answer(
        text=text,
        failure=failure,
        tokens_in=told(usage, "prompt_tokens"),
        tokens_out=told(usage, "completion_tokens"),
        logprobs=chat_logprobs(getattr(choice, "logprobs", None)),
        version=getattr(response, "system_fingerprint", None) or getattr(response, "model", None),
    )


def told(usage: Any, name: str) -> int | None:
    """A count of tokens, `None` where the provider tells none: litellm then puts zeros, also for the prompt."""
    return getattr(usage, name, None) if getattr(usage, "prompt_tokens", None) else None


def chat_logprobs(logprobs: Any) -> tuple[TokenLogprob, ...] | None:
    """Log-probabilities of a chat answer's tokens, each with its rivals; `None` where the provider gives none."""
    content = getattr(logprobs, "content", None)
    return tuple(chat_tokens(content)) if content else None


def chat_tokens(content: Any) -> Iterator[TokenLogprob]:
    """The tokens one after another, at their offsets in the text."""
    offset = 0
    for token in content:
        top = tuple((rival.token, rival.logprob) for rival in token.top_logprobs or ())
        yield TokenLogprob(token.token, token.logprob, offset, top)
        offset += len(token.token)


def answer_of_text(response: Any) -> Answer:
    """The first choice of a text completion; a prompt that is scored has no length to run out of, and needs no text."""
    choice, usage = response.choices[0], getattr(response, "usage", None)
    logprobs = text_logprobs(getattr(choice, "logprobs", None)) or prompt_logprobs(
        getattr(choice, "prompt_logprobs", None)
    )
    return Answer(
        text=choice.text,
        failure=None if choice.text or logprobs else "empty",
        tokens_in=told(usage, "prompt_tokens"),
        tokens_out=told(usage, "completion_tokens"),
        logprobs=logprobs,
        version=getattr(response, "system_fingerprint", None) or getattr(response, "model", None),
    )


def text_logprobs(logprobs: Any) -> tuple[TokenLogprob, ...] | None:
    """Log-probabilities of an echoed text's tokens; `None` where the provider gives none."""
    tokens = getattr(logprobs, "tokens", None)
    if not tokens:
        return None
    tops = getattr(logprobs, "top_logprobs", None) or [None] * len(tokens)
    rows = zip(tokens, logprobs.token_logprobs, logprobs.text_offset, tops, strict=False)
    return tuple(
        TokenLogprob(token, logprob, offset, tuple((top or {}).items())) for token, logprob, offset, top in rows
    )


def prompt_logprobs(entries: Any) -> tuple[TokenLogprob, ...] | None:
    """Log-probabilities of a prompt's tokens as vLLM sends them: by token number, the prompt's own and the likeliest.

    Of a first token nothing is told, not even its text. Of two the prompt's own token is the one of lower rank.
    """
    return tuple(prompt_tokens(entries)) if entries else None


def prompt_tokens(entries: Any) -> Iterator[TokenLogprob]:
    """The tokens one after another, at their offsets from the first one with a text."""
    offset = 0
    for entry in entries:
        ranked = sorted((entry or {}).values(), key=lambda rival: rival.get("rank") or 0)
        own = ranked[-1] if ranked else {}
        text = own.get("decoded_token") or ""
        yield TokenLogprob(text, own.get("logprob"), offset, tuple((r["decoded_token"], r["logprob"]) for r in ranked))
        offset += len(text)


def trouble_of(error: BaseException, timeout_s: float) -> Trouble:
    """What an exception of a call means."""
    status = getattr(error, "status_code", None)
    headers = getattr(error, "litellm_response_headers", None)
    words = " ".join(str(error).split())
    detail = words.removeprefix("litellm.") if words.startswith("litellm.") else f"{type(error).__name__}: {words}"
    detail = detail[:300]
    if isinstance(error, TimeoutError) or status == 408:
        return Trouble("timed out", f"no answer within {timeout_s:g} s", again=True, billed=True)
    if "content_policy" in detail or "ContentPolicy" in detail or "content policy" in detail:
        return Trouble("filtered", detail, again=False)
    return Trouble(
        "failed",
        detail,
        again=not isinstance(status, int) or status in RETRIED_STATUS,
        wait_s=retry_after(headers or {}),
        # An error status in the answer's headers is not charged; an answer that broke off may be.
        billed=headers is None and not never_connected(error) and status not in NO_ENTRY,
        fatal=status in NO_ENTRY,
        busy=status == 429,
        unreached=never_connected(error),
    )


def never_connected(error: BaseException | None) -> bool:
    """Whether an error goes back to a connection that was never made."""
    while error is not None:
        if type(error).__name__ in NEVER_CONNECTED:
            return True
        error = error.__cause__ or error.__context__
    return False


def retry_after(headers: Any) -> float | None:
    """The seconds a provider asks to wait, told as seconds or as a date; `None` where it does not ask."""
    value = str(headers.get("retry-after") or "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (ValueError, TypeError):
        return None
