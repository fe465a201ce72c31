"""Everything that goes wrong with real providers, on order."""

import json
import time

import httpx
import pytest

from elicit.mock_llm import Rule


def choice(response):
    return response.json()["choices"][0]


def test_a_429_says_when_to_come_back(serving):
    _, client = serving(Rule(status=429, retry_after_s=1.5))

    response = client.chat("x")

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1.5"
    assert response.json()["error"]["code"] == "rate_limit_exceeded"


def test_a_500_is_an_error_with_the_scripts_message(serving):
    _, client = serving(Rule(status=500, answer="the machine is on fire"))

    response = client.chat("x")

    assert response.status_code == 500
    assert response.json()["error"]["message"] == "the machine is on fire"
    assert "Retry-After" not in response.headers


def test_a_delay_delays_and_then_answers(serving):
    _, client = serving(Rule(delay_s=0.3, answer="late"))
    start = time.perf_counter()

    assert client.said("x") == "late"
    assert time.perf_counter() - start >= 0.3


def test_a_hang_never_answers_and_does_not_keep_the_server_from_stopping(serving):
    server, client = serving(Rule(fault="hang"))

    with pytest.raises(httpx.ReadTimeout):
        client.http.post("/completions", json={"model": "m", "prompt": "x"}, timeout=0.3)
    assert [received.outcome for received in server.requests()] == ["hang"]


def test_a_cut_connection_ends_in_the_middle_of_the_answer(serving):
    _, client = serving(Rule(fault="cut", times=1), Rule(answer="whole"))

    with pytest.raises(httpx.RemoteProtocolError):
        client.chat("x")
    assert client.said("x") == "whole"


def test_a_malformed_answer_is_no_json(serving):
    _, client = serving(Rule(fault="malformed"))

    response = client.chat("x")

    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        response.json()


def test_an_unparsable_answer_holds_no_verdict(serving):
    _, client = serving(Rule(fault="unparsable", answer="[[YES]]"))

    assert "[[" not in client.said("x")


def test_an_empty_answer_is_empty(serving):
    _, client = serving(Rule(fault="empty", answer="words"))

    assert client.said("x") == ""


def test_a_refusal_has_no_content_and_says_so(serving):
    _, client = serving(Rule(fault="refusal"))

    message = choice(client.chat("x"))["message"]

    assert message["content"] is None
    assert message["refusal"]


def test_a_filtered_answer_ends_for_the_content_filter(serving):
    _, client = serving(Rule(fault="filtered", answer="words"))

    assert choice(client.chat("x"))["finish_reason"] == "content_filter"


def test_a_truncated_answer_is_half_there_and_ends_for_its_length(serving):
    _, client = serving(Rule(fault="truncated", answer="12345678"))

    found = choice(client.chat("x"))

    assert found["finish_reason"] == "length"
    assert found["message"]["content"] == "1234"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"{", "must be JSON"),
        (b'{"messages": []}', "names a model"),
        (b'{"model": "m", "messages": []}', "at least one message"),
        (b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": true}', "stream must be false"),
        (b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "n": 2}', "n 1"),
        (b'{"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": "9"}', "max_tokens must be"),
    ],
)
def test_a_request_that_breaks_the_api_is_a_400_that_says_why(serving, body, rule):
    server, client = serving()

    response = client.http.post("/chat/completions", content=body)

    assert response.status_code == 400
    assert rule in response.json()["error"]["message"]
    assert server.requests()[0].outcome == "400"
