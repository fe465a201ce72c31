"""One call to a model through litellm.

One rule: litellm is told everything and left to decide nothing: key, address, timeout, no retries of its own, no cache,
no dropped parameters. It is imported at the first call, because that takes seconds.
"""

import asyncio
import logging
import os
import warnings
from functools import cached_property
from typing import Any

from elicit.calls import Request
from elicit.errors import ElicitError
from elicit.llm.answers import Answer, Trouble, answer_of_chat, answer_of_text, trouble_of

OURS = {"api_key", "api_base", "base_url", "model", "messages", "prompt", "stream", "n", "timeout", "max_retries"} | {
    "num_retries",
    "drop_params",
    "caching",
    "mock_response",
    "fallbacks",
}
LONGEST_CALL_S = 3600.0  # of the session; each call has its own, shorter limit

# What litellm lets through where an answer has not the shape it expects.
ODD_ERRORS = (TimeoutError, OSError, ValueError, TypeError, LookupError, AttributeError)


class Caller:
    """Makes calls, in one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    @cached_property
    def llm(self) -> Any:
        """Imported at the first call that is not stored: a run that finds everything does not wait for it."""
        llm = imported_litellm()
        llm.aclient_session = asyncio.run_coroutine_threadsafe(new_session(), self._loop).result()
        return llm

    async def call(self, request: Request, key: str, timeout_s: float) -> Answer | Trouble:
        """One attempt, with a hard limit on its time."""
        call: dict[str, Any] = {
            **dict(request.params),
            "model": request.model if "/" in request.model else f"openai/{request.model}",  # else litellm would guess
            "api_base": request.api_base,
            "api_key": key,
            "timeout": timeout_s,
            "max_retries": 0,
            "num_retries": 0,
        }
        try:
            async with asyncio.timeout(timeout_s):
                if request.prompt is not None:
                    return answer_of_text(await self.llm.atext_completion(prompt=request.prompt, **call))
                turns = [{"role": turn.role, "content": content_of(turn.content)} for turn in request.messages]
                return answer_of_chat(await self.llm.acompletion(messages=turns, **call))
        except (self.llm.exceptions.openai.OpenAIError, *ODD_ERRORS) as error:
            return trouble_of(error, timeout_s)

    async def close(self) -> None:
        """Close all connections."""
        if "llm" in self.__dict__:
            await self.llm.close_litellm_async_clients()
            self.llm.in_memory_llm_clients_cache.flush_cache()
            await self.llm.aclient_session.aclose()
            self.llm.aclient_session = None


def content_of(content: str | tuple[dict[str, Any], ...]) -> str | list[dict[str, Any]]:
    """A message's content as the wire wants it."""
    return content if isinstance(content, str) else list(content)


async def new_session() -> Any:
    """One session for all calls: litellm's own open a connection for each text completion, and never close it."""
    import httpx

    return httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=LONGEST_CALL_S)


def imported_litellm() -> Any:
    """litellm, kept from the network at its import and from talking."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import litellm

            litellm.Message(content="")  # its first message warns, and where warnings are errors the call would fail
    except ImportError as error:
        raise ElicitError("calling models needs the package litellm: pip install 'elicit[llm]'") from error
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.drop_params = False
    litellm.cache = None
    litellm.disable_aiohttp_transport = True  # its sessions outlive the loop they were made in
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    return litellm
