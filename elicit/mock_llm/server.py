"""The mock server itself: requests in, the script's answers or its models' out, and a log of all it was sent.

Real HTTP on a real port. The log outlives the clients: what a killed client had asked for is still in it.
"""

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from elicit.mock_llm.models import Models
from elicit.mock_llm.script import Ask, Director, Endpoint, Rule, Script
from elicit.mock_llm.wire import (
    Reply,
    chat_body,
    completion_choice,
    embeddings_body,
    envelope,
    error_body,
    prompt_logprobs,
    texts_of,
    tokens,
    usage,
)

LARGEST_BODY = 64 * 2**20
BODIES_KEPT = 256
LOGPROB_FIELDS = {"echo", "logprobs", "top_logprobs", "prompt_logprobs"}
LIMIT_FIELDS = ("max_tokens", "max_completion_tokens", "top_logprobs", "logprobs", "prompt_logprobs")
ENDPOINT_OF: dict[str, Endpoint] = {
    "/chat/completions": "chat",
    "/completions": "completions",
    "/embeddings": "embeddings",
}


@dataclass(slots=True)
class Received:
    """One request the server was sent.

    `key` is the SHA-256 of the canonical JSON of its body: equal keys are equal calls. `credential` is "absent",
    "none" (that word was sent) or the start of the SHA-256 of what was sent, never a key itself. `outcome` is
    "pending", "answered", an error's status, or the fault that spoilt the answer. `tokens_in` and `tokens_out` are what
    a provider would charge for.
    """

    number: int
    time_s: float
    method: str
    path: str
    credential: str
    model: str = ""
    key: str = ""
    outcome: str = "pending"
    tokens_in: int = 0
    tokens_out: int = 0


class BadRequest(Exception):
    """The request breaks a rule of the API."""


class MockLLM:
    """The server's state and its handlers."""

    def __init__(self, script: Script, models: Models) -> None:
        self.script = script
        self.models = models
        self.bodies: deque[Mapping[str, Any]] = deque(maxlen=BODIES_KEPT)
        self.reset()

    def reset(self) -> None:
        """Forget all requests, and begin the script anew."""
        self.log: list[Received] = []
        self.bodies.clear()
        self.director = Director(self.script)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=LARGEST_BODY)
        for path in ENDPOINT_OF:
            app.router.add_post(f"/v1{path}", self.call)
            app.router.add_post(path, self.call)  # for clients told of the server without its /v1
        app.router.add_get("/v1/models", self.list_models)
        app.router.add_get("/models", self.list_models)
        app.router.add_get("/requests", self.list_requests)
        app.router.add_post("/reset", self.forget)
        return app

    async def list_models(self, request: web.Request) -> web.Response:
        """GET /v1/models."""
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "elicit"} for name in self.models.names]
        return web.json_response({"object": "list", "data": data})

    async def list_requests(self, request: web.Request) -> web.Response:
        """GET /requests: the log, oldest first."""
        return web.json_response([asdict(received) for received in self.log])

    async def forget(self, request: web.Request) -> web.Response:
        """POST /reset."""
        self.reset()
        return web.Response(status=204)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """A call to a model: log it, let the script decide, wait, answer."""
        received = self.received(request)
        try:
            ask = read_ask(ENDPOINT_OF[request.path.removeprefix("/v1")], await request.read())
        except BadRequest as error:
            received.outcome = "400"
            return web.json_response(error_body(400, str(error)), status=400)
        received.model, received.key = ask.model, ask.key
        self.bodies.append(ask.body)
        rule = self.director.choose(ask) or Rule()
        await asyncio.sleep(rule.delay_s)
        return await self.carry_out(rule, ask, received, request)

    def received(self, request: web.Request) -> Received:
        """Log a request, before anything can go wrong with it."""
        received = Received(
            number=len(self.log) + 1,
            time_s=time.time(),
            method=request.method,
            path=request.path,
            credential=credential(request.headers.get("Authorization", "")),
        )
        self.log.append(received)
        return received

    async def carry_out(self, rule: Rule, ask: Ask, received: Received, request: web.Request) -> web.StreamResponse:
        """What a rule says, as a response."""
        if rule.fault == "hang":
            received.outcome = "hang"
            await asyncio.Event().wait()
        if rule.status >= 400:
            received.outcome = str(rule.status)
            return refuse(rule, ask)
        body = self.body(rule, ask, received.number)
        received.tokens_in, received.tokens_out = body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]
        text = json.dumps(body)
        received.outcome = rule.fault or "answered"
        if rule.fault == "cut":
            return await cut(request, text)
        if rule.fault == "malformed":
            text = text[: len(text) // 2]
        return web.Response(text=text, content_type="application/json", status=rule.status)

    def body(self, rule: Rule, ask: Ask, number: int) -> dict[str, Any]:
        """The JSON of an answer."""
        if ask.endpoint == "embeddings":
            as_base64 = ask.body.get("encoding_format") == "base64"
            return embeddings_body(number, ask.model, strings(ask.body, "input"), base64_floats=as_base64)
        ignored = LOGPROB_FIELDS if rule.fault == "no logprobs" else set()
        body = {name: value for name, value in ask.body.items() if name not in ignored}
        reply = self.reply(rule, ask)
        if ask.endpoint == "chat":
            return chat_body(number, ask.model, reply, body)
        prompts = strings(body, "prompt")
        choices = [self.choice(index, prompt, reply, body) for index, prompt in enumerate(prompts)]
        used = usage(sum(len(tokens(prompt)) for prompt in prompts), len(prompts) * len(tokens(reply.text)))
        return envelope("text_completion", number, ask.model, choices=choices, usage=used)

    def choice(self, index: int, prompt: str, reply: Reply, body: Mapping[str, Any]) -> dict[str, Any]:
        """One choice of a completion: the prompt, with its log-probabilities, as far as asked for; then the answer."""
        echoes, scores = bool(body.get("echo")), body.get("prompt_logprobs") is not None
        given = self.models.given(prompt) if echoes or scores else None
        choice = completion_choice(index, prompt, given if echoes else None, reply, body)
        if given and scores:
            choice["prompt_logprobs"] = prompt_logprobs(given, likeliest=bool(body["prompt_logprobs"]))
        return choice

    def reply(self, rule: Rule, ask: Ask) -> Reply:
        """The answer's text: the rule's or the model's own, spoilt if the rule says so."""
        reply = self.models.answer(ask) if rule.answer is None else Reply(filled(rule, ask))
        if rule.chances:
            reply = Reply(reply.text, rule.chances)
        return shortened(spoilt(rule, reply), limit_of(ask))


def credential(header: str) -> str:
    """What may be told of a credential that was sent."""
    sent = header.removeprefix("Bearer ").strip()
    if sent in ("", "none"):
        return sent or "absent"
    return hashlib.sha256(sent.encode()).hexdigest()[:12]


def read_ask(endpoint: Endpoint, raw: bytes) -> Ask:
    """The request in a body; BadRequest says which rule of the API it breaks."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise BadRequest(f"the body must be JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise BadRequest("the body must be an object that names a model")
    if body.get("stream") or body.get("n", 1) != 1:
        raise BadRequest("this server gives one answer, whole: stream must be false and n 1")
    for name in LIMIT_FIELDS:
        if not isinstance(body.get(name, 0), int | None):
            raise BadRequest(f"{name} must be a whole number, got {body[name]!r}")
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    key = hashlib.sha256(canonical.encode()).hexdigest()
    return Ask(endpoint, body["model"], asked_text(endpoint, body), body, key)


def asked_text(endpoint: Endpoint, body: Mapping[str, Any]) -> str:
    """The last message, the prompt or the input."""
    if endpoint != "chat":
        return "\n".join(strings(body, "prompt" if endpoint == "completions" else "input"))
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise BadRequest("messages must be a list of at least one message")
    return texts_of(messages[-1].get("content"))


def strings(body: Mapping[str, Any], name: str) -> list[str]:
    """A field that holds a string or a list of them."""
    value = body.get(name)
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(text, str) for text in found):
        raise BadRequest(f"{name} must be a string or a list of strings")
    return found


def filled(rule: Rule, ask: Ask) -> str:
    """A rule's answer to a request."""
    if callable(rule.answer):
        return rule.answer(ask)
    return (rule.answer or "").replace("{model}", ask.model).replace("{text}", ask.text)


def spoilt(rule: Rule, reply: Reply) -> Reply:
    """The answer with the rule's fault in it, if it has one that shows in the text."""
    if rule.fault == "unparsable":
        return Reply("On the one hand there is much to say; on the other hand, less.")
    if rule.fault == "empty":
        return Reply("")
    if rule.fault == "refusal":
        return Reply("", refusal="I'm sorry, but I can't help with that.")
    if rule.fault == "filtered":
        return Reply("", finish_reason="content_filter")
    if rule.fault == "truncated":
        return Reply(reply.text[: len(reply.text) // 2], finish_reason="length")
    return reply


def limit_of(ask: Ask) -> int | None:
    """The most tokens that the answer may have; a completion has 16 where it is not told."""
    limit = ask.body.get("max_completion_tokens", ask.body.get("max_tokens"))
    return 16 if limit is None and ask.endpoint == "completions" else limit


def shortened(reply: Reply, limit: int | None) -> Reply:
    """The answer's first `limit` tokens."""
    spelled = tokens(reply.text)
    if limit is None or len(spelled) <= limit:
        return reply
    return Reply("".join(spelled[:limit]), reply.chances, finish_reason="length")


def refuse(rule: Rule, ask: Ask) -> web.Response:
    """The error a rule asks for."""
    message = filled(rule, ask) or f"scripted error {rule.status}"
    wait = {} if rule.retry_after_s is None else {"Retry-After": f"{rule.retry_after_s:g}"}
    return web.json_response(error_body(rule.status, message), status=rule.status, headers=wait)


async def cut(request: web.Request, text: str) -> web.StreamResponse:
    """Begin an answer and close the connection half way."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(text))})
    await response.prepare(request)
    await response.write(text[: len(text) // 2].encode())
    if request.transport is not None:
        request.transport.close()
    return response
