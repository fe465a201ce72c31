"""The gateway against a real server: what it sends, what it makes of answers, and what it does about faults."""

import asyncio
import time
from hashlib import sha256

import pytest

from elicit.calls import Request, chat
from elicit.errors import InvalidInput
from elicit.mock_llm import Rule, serve
from elicit.services.budget import LocalBudget
from elicit.services.plan import BudgetSpec, Price

MODEL = "openai/mock-careful"
PRICES = {MODEL: Price(1.0, 2.0)}
HELLO = Rule(answer="hello")


def ask(server, number=0, model=MODEL, **params):
    return Request(
        model,
        chat(("user", f"question {number}")),
        api_base=server.url,
        params=tuple(sorted(({"max_tokens": 5} | params).items())),
    )


def complete(gateway, requests, **budget):
    """All answers by request, and why it stopped."""
    answers = {}
    spent = LocalBudget(BudgetSpec(**budget))
    stop = gateway.complete(requests, budget=spent, on_done=answers.update)
    return answers, stop, spent


def test_an_answer_comes_with_its_text_tokens_cost_and_key(gateway_of):
    with serve([HELLO]) as server:
        request = ask(server)
        answers, stop, budget = complete(gateway_of(PRICES), [request])
    answer = answers[request]
    assert (stop, answer.text, answer.failure, answer.key) == ("done", "hello", None, request.key)
    assert answer.cost == pytest.approx((answer.tokens_in * 1.0 + answer.tokens_out * 2.0) / 1e6)
    assert answer.price_source == "plan"
    assert budget.ledger.paid.cost == answer.cost
    assert answer.latency_s > 0


def test_an_unknown_price_is_unknown_and_not_zero(gateway_of):
    with serve([HELLO]) as server:
        answers, _, _ = complete(gateway_of(), [ask(server)])
    assert [answer.cost for answer in answers.values()] == [None]


def test_a_server_of_the_users_own_never_gets_the_key_of_a_provider(gateway_of, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-belongs-to-openai")
    with serve([HELLO]) as server:
        complete(gateway_of(keys={"OPENAI_API_KEY": "sk-belongs-to-openai"}), [ask(server)])
        assert [received.credential for received in server.requests()] == ["none"]


def test_a_server_gets_the_key_that_the_plan_names_for_it(gateway_of):
    with serve([HELLO]) as server:
        gateway = gateway_of(keys={"MY_KEY": "sk-for-this-server"}, key_names={(MODEL, server.url): "MY_KEY"})
        complete(gateway, [ask(server)])
        sent = sha256(b"sk-for-this-server").hexdigest()
        assert [received.credential for received in server.requests()] == [sent[:12]]


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE", "USE_LITELLM_PROXY"])
def test_no_variable_of_the_environment_sends_a_call_elsewhere(gateway_of, monkeypatch, variable):
    with serve([HELLO]) as ours, serve([HELLO]) as elsewhere:
        monkeypatch.setenv(variable, elsewhere.url)
        complete(gateway_of(keys={variable: elsewhere.url}), [ask(ours)])
        with pytest.raises(InvalidInput, match=f"has no api_base in the plan, and {variable} is set"):
            complete(gateway_of(keys={variable: elsewhere.url, "OPENAI_API_KEY": "sk-1"}), [Request("gpt-4o")])
        assert (len(ours.requests()), elsewhere.requests()) == (1, [])


def test_a_model_without_a_provider_is_openais_whatever_its_name(gateway_of):
    with serve([HELLO]) as server:
        complete(gateway_of(), [ask(server, model="claude-3-haiku-20240307")])
        assert [received.path for received in server.requests()] == ["/v1/chat/completions"]


def test_a_key_that_is_not_set_is_asked_for_by_name(gateway_of):
    with pytest.raises(InvalidInput, match="GROQ_API_KEY"):
        complete(gateway_of(), [Request("groq/llama", chat(("user", "hi")))])


def test_a_key_in_an_error_is_blotted_out(gateway_of):
    refused = Rule(status=400, answer="wrong key sk-for-this-server, go away")
    with serve([refused]) as server:
        gateway = gateway_of(keys={"MY_KEY": "sk-for-this-server"}, key_names={(MODEL, server.url): "MY_KEY"})
        answers, _, _ = complete(gateway, [ask(server)])
    assert [answer.failure for answer in answers.values()] == ["failed"]
    assert "go away" in str(gateway.troubles)
    assert "sk-for-this-server" not in str(gateway.troubles)


@pytest.mark.parametrize(
    "name",
    ["api_key", "api_base", "base_url", "drop_params", "caching", "fallbacks", "num_retries", "max_retries", "timeout"],
)
def test_a_parameter_the_gateway_sets_itself_is_refused(gateway_of, name):
    with serve([HELLO]) as server:
        with pytest.raises(InvalidInput, match=f"must not set {name}"):
            complete(gateway_of(), [ask(server, **{name: "x"})])
        assert server.requests() == []


@pytest.mark.parametrize(
    ("fault", "failure"),
    [("refusal", "refused"), ("filtered", "filtered"), ("truncated", "truncated"), ("empty", "empty")],
)
def test_what_a_model_will_not_say_is_a_counted_value_and_asked_once(gateway_of, fault, failure):
    with serve([Rule(fault=fault)]) as server:
        answers, stop, _ = complete(gateway_of(), [ask(server)])
        assert len(server.requests()) == 1
    assert [answer.failure for answer in answers.values()] == [failure]
    assert stop == "done"


def test_a_truncated_answer_keeps_its_text(gateway_of):
    with serve([Rule(answer="one two three four", fault="truncated")]) as server:
        answers, _, _ = complete(gateway_of(), [ask(server)])
    assert [bool(answer.text) for answer in answers.values()] == [True]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(status=500, times=2),
        Rule(status=503, times=2),
        Rule(fault="cut", times=2),
        Rule(fault="malformed", times=2),
    ],
    ids=["500", "503", "cut", "malformed"],
)
def test_what_may_pass_is_tried_again(gateway_of, rule):
    with serve([rule, HELLO]) as server:
        answers, _, _ = complete(gateway_of(), [ask(server)])
        assert len(server.requests()) == 3
    assert [(answer.text, answer.attempts) for answer in answers.values()] == [("hello", 3)]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(status=500),
        Rule(status=429),
        Rule(status=429, retry_after_s=0.1),
        Rule(fault="cut"),
        Rule(fault="malformed"),
    ],
    ids=["500", "429", "429 with Retry-After", "cut", "malformed"],
)
@pytest.mark.parametrize("retries", [0, 2])
def test_nothing_tries_again_behind_the_gateways_back(gateway_of, rule, retries):
    with serve([rule]) as server:
        answers, _, budget = complete(gateway_of(retries=retries), [ask(server)])
        assert len(server.requests()) == budget.ledger.paid.calls == 1 + retries
    assert [(answer.failure, answer.attempts) for answer in answers.values()] == [("failed", 1 + retries)]


def test_a_parameter_that_a_model_does_not_take_is_an_error_and_not_dropped(gateway_of):
    with serve([HELLO]) as server:
        gateway = gateway_of(retries=0)
        answers, _, _ = complete(gateway, [ask(server, model="anthropic/claude-3-haiku-20240307", logprobs=True)])
        assert server.requests() == []
    assert [answer.failure for answer in answers.values()] == ["failed"]
    assert "does not support parameters" in str(gateway.troubles)


def test_nothing_is_remembered_behind_the_gateways_back(gateway_of):
    with serve([HELLO]) as server:
        gateway = gateway_of()
        for _ in range(2):
            complete(gateway, [ask(server)])
        assert len(server.requests()) == 2


def test_after_the_last_retry_the_failure_is_a_value(gateway_of):
    with serve([Rule(status=500)]) as server:
        answers, stop, _ = complete(gateway_of(retries=2), [ask(server)])
        assert len(server.requests()) == 3
    assert [(answer.failure, answer.attempts) for answer in answers.values()] == [("failed", 3)]
    assert stop == "done"


def test_a_hanging_server_is_left_in_time(gateway_of):
    with serve([Rule(fault="hang")]) as server:
        started = time.monotonic()
        answers, _, _ = complete(gateway_of(timeout_s=0.3, retries=1), [ask(server)])
        assert time.monotonic() - started < 5
    assert [answer.failure for answer in answers.values()] == ["timed out"]


def test_retry_after_is_obeyed_by_all_calls_to_the_provider(gateway_of):
    with serve([Rule(status=429, retry_after_s=1.0, times=1), HELLO]) as server:
        gateway = gateway_of(concurrency=1)
        started = time.monotonic()
        answers, _, _ = complete(gateway, [ask(server, number) for number in range(3)])
        assert time.monotonic() - started >= 1.0
        assert len(server.requests()) == 4
    assert {answer.text for answer in answers.values()} == {"hello"}


def test_a_key_that_is_refused_stops_the_provider_at_once(gateway_of):
    with serve([Rule(status=401)]) as server:
        _, stop, _ = complete(gateway_of(concurrency=1), [ask(server, number) for number in range(50)])
        assert len(server.requests()) == 1
    assert stop == "provider down"


def test_a_provider_that_only_fails_is_given_up_and_another_goes_on(gateway_of):
    with serve([Rule(status=500)]) as broken, serve([HELLO]) as sound:
        requests = [ask(server, number) for number in range(40) for server in (broken, sound)]
        answers, stop, _ = complete(gateway_of(concurrency=2, retries=0), requests)
        assert len(broken.requests()) < 35
    assert stop == "provider down"
    assert sum(answer.text == "hello" for answer in answers.values()) == 40


def test_no_more_calls_are_made_at_once_than_allowed(gateway_of):
    with serve([Rule(answer="hello", delay_s=0.2)]) as server:
        gateway = gateway_of(concurrency=5)
        complete(gateway, [ask(server, 99)])
        started = time.monotonic()
        complete(gateway, [ask(server, number) for number in range(20)])
        assert time.monotonic() - started >= 4 * 0.2


def test_requests_per_minute_are_kept(gateway_of):
    with serve([HELLO]) as server:
        gateway = gateway_of(requests_per_minute=600)
        started = time.monotonic()
        complete(gateway, [ask(server, number) for number in range(11)])
        assert time.monotonic() - started >= 1.0


def test_a_budget_in_calls_is_kept_with_retries_counted(gateway_of):
    with serve([Rule(status=500, every=3), HELLO]) as server:
        answers, stop, budget = complete(gateway_of(), [ask(server, n) for n in range(40)], max_calls=20)
        assert len(server.requests()) == budget.ledger.paid.calls == 20
    assert stop == "budget"
    assert len(answers) < 20


@pytest.mark.parametrize("calls", [1, 7, 23])
def test_the_bill_never_passes_the_budget_however_many_calls_are_in_flight(gateway_of, calls):
    with serve([Rule(answer="one two three four five six seven", delay_s=0.02)]) as server:
        gateway = gateway_of(PRICES, concurrency=32)
        limit = calls * gateway.bound(ask(server, 0))
        answers, stop, budget = complete(gateway, [ask(server, n) for n in range(100)], max_cost=limit)
    paid = sum(answer.cost for answer in answers.values())
    assert stop == "budget"
    assert calls <= len(answers)
    assert 0 < paid <= limit
    assert budget.ledger.paid.cost == pytest.approx(paid)
    assert budget.ledger.held.calls == 0


def test_a_call_that_may_have_been_paid_for_counts_in_full(gateway_of):
    with serve([Rule(fault="hang")]) as server:
        gateway = gateway_of(PRICES, timeout_s=0.2, retries=0)
        _, _, budget = complete(gateway, [ask(server)])
        assert budget.ledger.paid.cost == gateway.bound(ask(server))


def test_a_budget_in_money_is_refused_where_the_price_is_unknown(gateway_of):
    with serve([HELLO]) as server, pytest.raises(InvalidInput, match="needs a price"):
        complete(gateway_of(), [ask(server)], max_cost=1.0)


def test_log_probabilities_of_given_text_are_those_of_its_tokens(gateway_of):
    with serve() as server:
        text = "The ferry leaves at nine."
        request = Request(
            "openai/mock-lexical",
            prompt=text,
            api_base=server.url,
            params=(("echo", True), ("logprobs", 1), ("max_tokens", 0)),
        )
        answers, _, _ = complete(gateway_of(), [request])
    tokens = answers[request].logprobs
    assert "".join(token.token for token in tokens) == text
    assert all(text[token.offset :].startswith(token.token) for token in tokens)
    assert all(token.logprob <= 0 for token in tokens[1:])


def test_it_works_inside_a_running_event_loop(gateway_of):
    with serve([HELLO]) as server:
        gateway = gateway_of()

        async def notebook():
            return complete(gateway, [ask(server)])

        answers, stop, _ = asyncio.run(notebook())
    assert (stop, len(answers)) == ("done", 1)


def test_answers_in_flight_are_kept_when_it_is_interrupted(gateway_of):
    with serve([Rule(answer="hello", delay_s=0.3)]) as server:
        gateway = gateway_of(concurrency=4)

        def requests():
            for number in range(100):
                yield ask(server, number)
                if number == 20:  # read ahead when the first answers have come
                    gateway.interrupt()

        answers, stop, budget = complete(gateway, requests())
        assert len(server.requests()) == len(answers) == budget.ledger.paid.calls
    assert stop == "interrupted"
    assert 4 < len(answers) <= 20
    assert budget.ledger.held.calls == 0


def test_an_interruption_does_not_wait_for_calls_whose_turn_has_not_come(gateway_of):
    with serve([HELLO]) as server:
        gateway = gateway_of(requests_per_minute=1)

        def keep_the_first(answers):
            gateway.interrupt()

        budget = LocalBudget(BudgetSpec())
        started = time.monotonic()
        stop = gateway.complete((ask(server, n) for n in range(8)), budget=budget, on_done=keep_the_first)
        assert time.monotonic() - started < 30
        assert len(server.requests()) == budget.ledger.paid.calls == 1
    assert (stop, budget.ledger.held.calls) == ("interrupted", 0)


def test_what_was_answered_is_kept_when_something_breaks(gateway_of):
    with serve([HELLO]) as server:
        kept = {}

        def requests():
            for number in range(6):
                yield ask(server, number)
            while len(kept) < 3:
                yield ask(server, 99)
            raise RuntimeError("the plan is broken")

        with pytest.raises(RuntimeError):
            gateway_of(concurrency=2).complete(requests(), budget=LocalBudget(BudgetSpec()), on_done=kept.update)
    assert len(kept) >= 3
