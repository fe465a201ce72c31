"""Which rule answers which request, and how often."""

import pytest

from elicit.mock_llm import Rule

OTHERWISE = Rule(answer="otherwise")


def test_the_first_rule_that_fits_answers(serving):
    _, client = serving(
        Rule(model="gpt-*", contains="sky", answer="one"), Rule(matches=r"\b\d+\b", answer="two"), OTHERWISE
    )

    assert client.said("the sky", "gpt-5") == "one"
    assert client.said("the sky", "llama") == "otherwise"
    assert client.said("are there 12 skies", "llama") == "two"
    assert client.said("the sky at 12", "gpt-5") == "one"


def test_only_the_last_message_is_looked_at(serving):
    _, client = serving(Rule(contains="sky", answer="sky"), OTHERWISE)
    turns = [{"role": "system", "content": "sky"}, {"role": "user", "content": [{"type": "text", "text": "sea"}]}]

    response = client.http.post("/chat/completions", json={"model": "m", "messages": turns})

    assert response.json()["choices"][0]["message"]["content"] == "otherwise"


def test_an_answer_may_hold_the_model_and_the_text(serving):
    _, client = serving(Rule(answer="{model} was asked {text} {not this}"))

    assert client.said("why {not}", "m1") == "m1 was asked why {not} {not this}"


def test_an_answer_may_be_a_function(serving):
    _, client = serving(Rule(answer=lambda ask: ask.text[::-1]))

    assert client.said("abc") == "cba"


def test_the_first_two_calls_can_be_turned_away(serving):
    _, client = serving(Rule(status=429, times=2), OTHERWISE)

    assert [client.chat("x").status_code for _ in range(4)] == [429, 429, 200, 200]


def test_every_third_call_can_fail(serving):
    _, client = serving(Rule(status=500, every=3), OTHERWISE)

    assert [client.chat("x").status_code for _ in range(6)] == [200, 200, 500, 200, 200, 500]


def test_a_share_of_one_models_calls_fails_and_the_next_attempt_is_drawn_afresh(serving):
    _, client = serving(Rule(model="weak", status=500, share=0.3), OTHERWISE)
    texts = [f"question {k}" for k in range(300)]

    first = [client.chat(text, "weak").status_code for text in texts]
    second = [client.chat(text, "weak").status_code for text in texts]

    assert 60 < first.count(500) < 120  # 90 expected, standard deviation 7.9
    both = sum(a == b == 500 for a, b in zip(first, second, strict=True))
    assert 10 < both < 50  # 27 expected where the draws are independent
    assert all(client.chat(text, "strong").status_code == 200 for text in texts[:50])


def test_a_sticky_share_fails_the_same_requests_every_time_in_any_order(serving):
    rule = Rule(status=500, share=0.3, sticky=True)
    texts = [f"question {k}" for k in range(40)]

    def failing(order):
        _, client = serving(rule, OTHERWISE, seed=5)
        return {text for text in order if client.chat(text).status_code == 500}

    once, again = failing(texts), failing(texts[::-1])

    assert once == again
    assert 0 < len(once) < len(texts)


def test_reset_begins_the_script_anew(serving):
    server, client = serving(Rule(status=429, times=1), OTHERWISE)
    client.chat("x")
    client.chat("x")

    server.reset()

    assert client.chat("x").status_code == 429
    assert len(server.requests()) == 1


@pytest.mark.parametrize("endpoint", ["chat", "completions", "embeddings"])
def test_a_rule_can_be_for_one_endpoint(serving, endpoint):
    _, client = serving(Rule(endpoint=endpoint, status=500))
    status = {
        "chat": client.chat("x").status_code,
        "completions": client.complete("x").status_code,
        "embeddings": client.http.post("/embeddings", json={"model": "m", "input": "x"}).status_code,
    }

    assert {name for name, code in status.items() if code == 500} == {endpoint}
