from contextlib import ExitStack

import httpx
import pytest

from elicit.calls import Completion, Request, TokenLogprob
from elicit.mock_llm import Rule, Script, Server, serve


class Client:
    """Plain calls to a mock server, as any client of the API would make them."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=10)

    def chat(self, text: str, model: str = "m", **params: object) -> httpx.Response:
        return self.http.post("/chat/completions", json=self.body(text, model, **params))

    @staticmethod
    def body(text: str, model: str = "m", **params: object) -> dict:
        return {"model": model, "messages": [{"role": "user", "content": text}], **params}

    def said(self, text: str, model: str = "m", **params: object) -> str:
        return self.chat(text, model, **params).raise_for_status().json()["choices"][0]["message"]["content"]

    def complete(self, prompt: str | list[str], **params: object) -> httpx.Response:
        return self.http.post("/completions", json={"model": "m", "prompt": prompt, **params})

    def ask(self, request: Request) -> Completion:
        """The answer to a chat call of the program's, as the program keeps it."""
        turns = [{"role": message.role, "content": message.content} for message in request.messages]
        body = {"model": request.model, "messages": turns, **dict(request.params)}
        choice = self.http.post("/chat/completions", json=body).raise_for_status().json()["choices"][0]
        logprobs, offset = [], 0
        for entry in (choice["logprobs"] or {}).get("content", []):
            top = tuple((rival["token"], rival["logprob"]) for rival in entry["top_logprobs"])
            logprobs.append(TokenLogprob(entry["token"], entry["logprob"], offset, top))
            offset += len(entry["token"])
        return Completion(request.key, choice["message"]["content"], None, logprobs=tuple(logprobs) or None)

    def echo(self, request: Request) -> Completion:
        """The echo of a likelihood call of the program's, as the program keeps it."""
        answer = self.complete(request.prompt, **dict(request.params)).raise_for_status().json()
        found = answer["choices"][0]["logprobs"]
        spelled = zip(found["tokens"], found["token_logprobs"], found["text_offset"], strict=True)
        return Completion(request.key, "", None, logprobs=tuple(TokenLogprob(*token) for token in spelled))


@pytest.fixture
def serving():
    """Start a server with a script; it and its client are closed at the end of the test."""
    with ExitStack() as stack:

        def start(*rules: Rule, seed: int = 0, **options):
            server = stack.enter_context(serve(Script(rules, seed), **options))
            client = Client(server)
            stack.enter_context(client.http)
            return server, client

        yield start
