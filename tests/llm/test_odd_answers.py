"""What real providers send that is no answer, byte by byte, from a server of a few lines."""

import json
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from elicit.calls import Request, chat
from elicit.services.budget import LocalBudget
from elicit.services.plan import BudgetSpec, Price

GOOD = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


@contextmanager
def sending(*replies, pause_s=0.0):
    """A server that sends these (status, headers, body) in turn, the last for ever; yields address and requests.

    With a pause between bytes an answer drips.
    """
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers, body = replies[min(len(received), len(replies)) - 1]
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not pause_s:
                self.wfile.write(content)
                return
            with suppress(OSError):  # the client leaves
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    time.sleep(pause_s)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", received
        server.shutdown()
        thread.join()


def asked(gateway, url):
    """The completion of one call."""
    request, answers = Request("openai/m", chat(("user", "hi")), api_base=url), {}
    gateway.complete([request], budget=LocalBudget(BudgetSpec()), on_done=answers.update)
    return answers[request]


@pytest.mark.parametrize(
    "reply",
    [
        (200, {}, {"error": {"message": "the backend is overloaded", "code": 503}}),
        (200, {"Content-Type": "text/html"}, "<html>Bad gateway</html>"),
        (200, {}, json.dumps(GOOD)[:60]),
        (200, {}, GOOD | {"choices": []}),
        (200, {}, GOOD | {"choices": None}),
        (200, {}, {}),
        (200, {}, "null"),
        (200, {}, ""),
    ],
    ids=["error in a 200", "html", "half of the JSON", "no choices", "null choices", "empty object", "null", "nothing"],
)
def test_what_is_no_answer_is_tried_again_and_then_a_counted_failure(gateway_of, reply):
    gateway = gateway_of(retries=2)
    with sending(reply) as (url, received):
        answer = asked(gateway, url)
        assert (answer.failure, answer.text, answer.attempts, len(received)) == ("failed", None, 3, 3)
    with sending(reply, (200, {}, GOOD)) as (url, received):
        answer = asked(gateway, url)
        assert (answer.failure, answer.text, answer.attempts) == (None, "hello", 2)


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_message_without_words_is_empty_and_not_asked_again(gateway_of, content):
    message = {"role": "assistant", "content": content}
    body = GOOD | {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
    with sending((200, {}, body)) as (url, received):
        assert asked(gateway_of(), url).failure == "empty"
        assert len(received) == 1


def test_an_answer_that_does_not_tell_its_tokens_is_counted_at_the_most_it_can_cost(gateway_of):
    body = {name: value for name, value in GOOD.items() if name != "usage"}
    with sending((200, {}, body)) as (url, _):
        gateway = gateway_of({"openai/m": Price(1.0, 1.0)})
        request, answers = Request("openai/m", chat(("user", "hi")), api_base=url, params=(("max_tokens", 7),)), {}
        gateway.complete([request], budget=LocalBudget(BudgetSpec()), on_done=answers.update)
    answer = answers[request]
    assert (answer.text, answer.cost) == ("hello", gateway.bound(request))
    assert answer.price_source == "plan, upper bound"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_retry_after_is_obeyed_in_both_of_its_forms(gateway_of, status, as_date):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    started = time.monotonic()
    wait = {"Retry-After": moment if as_date else "1"}
    with sending((status, wait, {"error": {"message": "later"}}), (200, {}, GOOD)) as (url, received):
        assert asked(gateway_of(), url).text == "hello"
        assert len(received) == 2
    assert time.monotonic() - started >= 0.9


def test_a_provider_that_asks_to_wait_for_hours_is_given_up(gateway_of):
    gateway, wait = gateway_of(), {"Retry-After": "86400"}
    with sending((429, wait, {"error": {"message": "the day's quota is spent"}})) as (url, received):
        requests = [Request("openai/m", chat(("user", f"hi {n}")), api_base=url) for n in range(30)]
        stop = gateway.complete(requests, budget=LocalBudget(BudgetSpec()), on_done={}.update)
        assert len(received) <= 8
    assert stop == "provider down"
    assert "the day's quota is spent" in gateway.given_up()[url]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_ends_at_once_with_the_providers_words(gateway_of, status):
    gateway = gateway_of(concurrency=4)
    with sending((status, {}, {"error": {"message": "this key is for another project"}})) as (url, received):
        requests = [Request("openai/m", chat(("user", f"hi {n}")), api_base=url) for n in range(30)]
        assert gateway.complete(requests, budget=LocalBudget(BudgetSpec()), on_done={}.update) == "provider down"
        assert len(received) <= 4
    assert "this key is for another project" in gateway.given_up()[url]


def test_an_answer_that_drips_is_left_in_time(gateway_of):
    """Every byte comes in time, and the whole never does."""
    with sending((200, {}, GOOD), pause_s=0.2) as (url, _):
        started = time.monotonic()
        answer = asked(gateway_of(timeout_s=1, retries=0), url)
        assert time.monotonic() - started < 10
    assert answer.failure == "timed out"
