"""The API as its clients know it: shapes, tokens, log-probabilities, vectors, and the log of what was asked."""

import base64
import hashlib
import math
import struct

import pytest

from elicit.mock_llm import Rule


def test_an_answer_has_the_shape_of_openais(serving):
    _, client = serving(Rule(answer="All is well."))

    answer = client.chat("How is it?", "gpt-x").raise_for_status().json()

    assert answer["object"] == "chat.completion"
    assert answer["model"] == "gpt-x"
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "All is well.", "refusal": None}
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"] == {"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8}


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_an_answer_stops_at_its_token_limit_and_says_so(serving, limit):
    _, client = serving(Rule(answer="one two three four"))

    cut = client.chat("x", **{limit: 2}).json()["choices"][0]
    whole = client.chat("x", **{limit: 4}).json()["choices"][0]

    assert (cut["message"]["content"], cut["finish_reason"]) == ("one two", "length")
    assert (whole["message"]["content"], whole["finish_reason"]) == ("one two three four", "stop")


def test_the_same_question_gets_the_same_answer(serving):
    _, client = serving()

    assert client.said("Who are you?") == client.said("Who are you?")


def test_log_probabilities_are_sent_only_when_asked_for(serving):
    _, client = serving(Rule(answer="yes"))

    assert client.chat("x").json()["choices"][0]["logprobs"] is None


def test_a_scripted_first_token_shows_its_chances_and_its_rivals(serving):
    _, client = serving(Rule(answer="[[YES]] surely", chances={"YES": 0.7, "NO": 0.2}))

    found = client.chat("x", logprobs=True, top_logprobs=5).json()["choices"][0]["logprobs"]["content"]

    assert "".join(entry["token"] for entry in found) == "[[YES]] surely"
    verdict = next(entry for entry in found if entry["token"] == "YES")
    shares = {rival["token"]: math.exp(rival["logprob"]) for rival in verdict["top_logprobs"]}
    assert shares == {"YES": pytest.approx(0.7), "NO": pytest.approx(0.2)}
    assert verdict["logprob"] == pytest.approx(math.log(0.7))
    assert verdict["bytes"] == [89, 69, 83]


def test_only_as_many_rivals_as_asked_for_are_sent(serving):
    _, client = serving(Rule(answer="a", chances={"a": 0.5, "b": 0.3, "c": 0.2}))

    found = client.chat("x", logprobs=True, top_logprobs=2).json()["choices"][0]["logprobs"]["content"]

    assert [rival["token"] for rival in found[0]["top_logprobs"]] == ["a", "b"]


@pytest.mark.parametrize("max_tokens", [0, 1])
def test_echo_sends_the_prompt_back_with_a_log_probability_for_each_token(serving, max_tokens):
    _, client = serving(Rule(answer="more to come"))
    prompt = "The sky\n\nis blue, é!"

    choice = client.complete(prompt, echo=True, logprobs=1, max_tokens=max_tokens).json()["choices"][0]

    found = choice["logprobs"]
    assert choice["text"] == prompt + ("more" if max_tokens else "")
    assert "".join(found["tokens"]) == choice["text"]
    starts = [sum(map(len, found["tokens"][:k])) for k in range(len(found["tokens"]))]
    assert found["text_offset"] == starts
    assert found["token_logprobs"][0] is None
    assert all(score <= 0 for score in found["token_logprobs"][1:])
    assert found["top_logprobs"][1] == {found["tokens"][1]: found["token_logprobs"][1]}


def test_without_echo_only_the_continuation_is_sent(serving):
    _, client = serving(Rule(answer="more to come"))

    answer = client.complete("The sky", max_tokens=2).json()

    assert answer["choices"][0]["text"] == "more to"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["choices"][0]["logprobs"] is None
    assert answer["usage"]["completion_tokens"] == 2


def test_several_prompts_get_a_choice_each(serving):
    _, client = serving()

    choices = client.complete(["one", "two three"], echo=True, logprobs=0, max_tokens=0).json()["choices"]

    assert [(choice["index"], choice["text"]) for choice in choices] == [(0, "one"), (1, "two three")]


def test_prompt_log_probabilities_come_as_vllm_sends_them(serving):
    _, client = serving(Rule(answer="x"))
    prompt = "The sky is blue"

    choice = client.complete(prompt, prompt_logprobs=0, max_tokens=1).json()["choices"][0]

    first, *others = choice["prompt_logprobs"]
    assert first is None
    entries = [next(iter(place.values())) for place in others]
    assert "".join(entry["decoded_token"] for entry in entries) == "sky is blue"
    assert all(entry["logprob"] <= 0 for entry in entries)
    assert choice["text"] == "x"


def test_a_server_without_log_probabilities_takes_the_parameters_and_ignores_them(serving):
    _, client = serving(Rule(fault="no logprobs", answer="x"))

    choice = client.complete("The sky", echo=True, logprobs=1, prompt_logprobs=0, max_tokens=1).json()["choices"][0]
    chat = client.chat("x", logprobs=True, top_logprobs=5).json()["choices"][0]

    assert choice["text"] == "x"
    assert choice["logprobs"] is None
    assert "prompt_logprobs" not in choice
    assert chat["logprobs"] is None


def test_texts_that_share_words_have_nearby_vectors(serving):
    _, client = serving()
    texts = ["the red fox jumps", "a red fox jumped", "quarterly inflation figures"]

    data = client.http.post("/embeddings", json={"model": "e", "input": texts}).json()["data"]

    fox, foxes, figures = (entry["embedding"] for entry in data)
    assert math.fsum(x * x for x in fox) == pytest.approx(1)
    assert dot(fox, foxes) > dot(fox, figures) + 0.2


def test_vectors_come_in_base64_if_asked_for(serving):
    _, client = serving()

    def asked(**params):
        answer = client.http.post("/embeddings", json={"model": "e", "input": "red fox", **params}).json()
        return answer["data"][0]["embedding"]

    packed = base64.b64decode(asked(encoding_format="base64"))
    assert struct.unpack(f"<{len(packed) // 4}f", packed) == pytest.approx(asked())


def test_the_models_are_listed(serving):
    _, client = serving()

    names = [model["id"] for model in client.http.get("/models").json()["data"]]

    assert {"mock-careful", "mock-constant", "mock-critic"} <= set(names)


def test_the_log_shows_every_request_and_equal_ones_by_equal_keys(serving):
    server, client = serving(Rule(status=429, times=1), Rule(answer="yes"))
    for text in ("one", "one", "two"):
        client.chat(text, "m1")
    client.complete("three")

    found = client.http.get(server.url.removesuffix("/v1") + "/requests").json()

    assert [entry["outcome"] for entry in found] == ["429", "answered", "answered", "answered"]
    assert [entry["number"] for entry in found] == [1, 2, 3, 4]
    assert [entry["model"] for entry in found] == ["m1", "m1", "m1", "m"]
    assert found[3]["path"] == "/v1/completions"
    assert found[0]["key"] == found[1]["key"] != found[2]["key"]
    assert found[0]["time_s"] <= found[1]["time_s"]
    assert [received.key for received in server.requests()] == [entry["key"] for entry in found]


def test_the_log_tells_credentials_apart_and_holds_none(serving):
    server, client = serving(Rule(answer="yes"))
    for header in ({}, {"Authorization": "Bearer none"}, {"Authorization": "Bearer sk-secret"}):
        client.http.post("/chat/completions", json=client.body("x"), headers=header)

    assert [received.credential for received in server.requests()] == [
        "absent",
        "none",
        hashlib.sha256(b"sk-secret").hexdigest()[:12],
    ]
    assert "sk-secret" not in client.http.get(server.url.removesuffix("/v1") + "/requests").text


def test_the_latest_bodies_can_be_looked_at(serving):
    server, client = serving(Rule(answer="yes"))
    client.chat("x", temperature=0)

    assert server.bodies()[-1]["temperature"] == 0


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True))
