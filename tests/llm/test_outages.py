"""Providers that go away, come back, or want to be asked less, over real HTTP; and the lane's own rules by a clock."""

import threading
import time
from itertools import pairwise

import pytest
from ports import free_port

from elicit.calls import Request, chat
from elicit.llm import Gateway, Keys
from elicit.llm.lanes import Lane
from elicit.llm.pacing import LocalPace
from elicit.mock_llm import Rule, serve
from elicit.services.budget import LocalBudget
from elicit.services.plan import BudgetSpec, Limits

HELLO = Rule(answer="hello")


def ask(url, number):
    return Request("openai/mock", chat(("user", f"question {number}")), api_base=url)


def complete(gateway, url, count):
    """The answers' texts, why it stopped, and the budget."""
    answers, budget = {}, LocalBudget(BudgetSpec())
    stop = gateway.complete((ask(url, n) for n in range(count)), budget=budget, on_done=answers.update)
    return [answer.text or answer.failure for answer in answers.values()], stop, budget


def test_a_provider_that_was_down_and_came_back_has_answered_everything(gateway_of):
    """Down means down: nobody listens at its port, and later somebody does."""
    port = free_port()
    with serve([HELLO], port=port) as server:
        gateway = gateway_of(concurrency=4, retries=1, cool_down_s=0.5)
        assert complete(gateway, server.url, 3)[1] == "done"
    back = []

    def come_back():
        time.sleep(3)
        with serve([HELLO], port=port) as again:
            back.append(again)
            over.wait(60)

    over = threading.Event()
    thread = threading.Thread(target=come_back)
    thread.start()
    texts, stop, _ = complete(gateway, server.url, 40)
    over.set()
    thread.join()
    assert (texts, stop) == (["hello"] * 40, "done")
    assert len(back[0].requests()) == 40


def test_a_provider_that_stays_away_is_given_up_and_its_calls_are_not_answered(gateway_of):
    with serve() as server:
        pass
    gateway = gateway_of(concurrency=4, retries=1, cool_down_s=0.05)
    texts, stop, budget = complete(gateway, server.url, 40)
    assert stop == "provider down"
    assert "Connection error" in gateway.given_up()[server.url]
    assert len(texts) < 20
    assert budget.ledger.held.calls == 0


def test_while_a_provider_is_down_one_call_at_a_time_probes_it(gateway_of):
    with serve([Rule(answer="hello", times=1), Rule(status=500, times=16), HELLO]) as server:
        gateway = gateway_of(concurrency=4, retries=20, cool_down_s=0.3)
        texts, stop, _ = complete(gateway, server.url, 30)
        times = [received.time_s for received in server.requests()]
    assert (texts, stop) == (["hello"] * 30, "done")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert sum(gap > 0.25 for gap in gaps) >= 2, "the probes that fail are a pause apart"


def test_requests_that_always_fail_do_not_pass_for_a_provider_that_is_down(gateway_of):
    with serve([Rule(status=500, matches="question [012]$"), HELLO]) as server:
        gateway = gateway_of(concurrency=1, retries=3, cool_down_s=0.05)
        texts, stop, _ = complete(gateway, server.url, 10)
    assert (sorted(texts), stop) == (["failed"] * 3 + ["hello"] * 7, "done")


@pytest.mark.parametrize("retry_after_s", [None, 0.2])
def test_a_provider_that_often_has_too_many_requests_answers_all_without_tuning(gateway_of, retry_after_s):
    with serve([Rule(status=429, share=0.4, retry_after_s=retry_after_s), HELLO]) as server:
        texts, stop, _ = complete(gateway_of(concurrency=16, retries=10), server.url, 60)
    assert (texts, stop) == (["hello"] * 60, "done")


class Recorded(LocalPace):
    """A pace that tells what it was told."""

    def __init__(self, name):
        super().__init__(Limits())
        self.name, self.told = name, []

    async def take(self, tokens):
        waits_s = await super().take(tokens)
        self.told += [] if waits_s else ["take"]
        return waits_s

    async def pause(self, seconds):
        self.told.append(f"pause {seconds:g}")
        await super().pause(seconds)

    async def correct(self, tokens):
        self.told.append("correct" if tokens < 0 else "too few")
        await super().correct(tokens)


def test_the_pace_of_each_provider_may_be_kept_elsewhere():
    paces = []

    def pace_of(name):
        paces.append(Recorded(name))
        return paces[-1]

    slow_down = Rule(status=429, retry_after_s=0.1, times=1)
    gateway = Gateway(keys=Keys({}), limits=Limits(), prices={}, key_names={}, pace_of=pace_of)
    with gateway, serve([slow_down, HELLO]) as one, serve([HELLO]) as other:
        for server in (one, other):
            assert complete(gateway, server.url, 1)[:2] == (["hello"], "done")
    assert [(pace.name, pace.told) for pace in paces] == [
        (one.url, ["take", "pause 0.1", "take", "correct"]),
        (other.url, ["take", "correct"]),
    ]


class Clock:
    """A time that stands until it is told."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lane(clock):
    return Lane(LocalPace(Limits()), 4, cool_down_s=20, now=clock)


def call(lane, outcome, *args):
    """One call there and back."""
    lane.leave()
    lane.back()
    getattr(lane, outcome)(*args)


def closed(lane):
    for _ in range(10):
        call(lane, "failed", "500")
    return lane


def test_many_failures_in_a_row_close_a_lane_and_an_answer_between_them_does_not(lane):
    for _ in range(9):
        call(lane, "failed", "500")
    call(lane, "succeeded")
    for _ in range(9):
        call(lane, "failed", "500")
    assert (lane.closed, lane.room()) == (False, 4)
    call(lane, "failed", "500")
    assert (lane.closed, lane.room(), lane.wait_s()) == (True, 0, 20)


def test_after_the_pause_exactly_one_call_probes(lane, clock):
    closed(lane)
    clock.now = 20
    assert lane.room() == 1
    lane.leave()
    assert (lane.room(), lane.closed) == (0, False)
    lane.back()
    lane.succeeded()
    assert lane.room() == 4


def test_a_probe_that_fails_closes_the_lane_for_longer(lane, clock):
    closed(lane)
    waits = []
    for _ in range(3):
        clock.now += lane.wait_s()
        call(lane, "failed", "500")
        waits.append(lane.wait_s())
    assert waits[:2] == [40, 60]


def test_calls_that_were_under_way_when_a_lane_closed_do_not_prolong_the_pause(lane, clock):
    lane.leave()
    closed(lane)
    clock.now = 5
    lane.back()
    lane.failed("500")
    assert lane.wait_s() == 15


@pytest.mark.parametrize(("answered", "minutes"), [(True, 10), (False, 1)])
def test_a_provider_is_given_up_after_ten_minutes_or_one_if_it_never_answered(lane, clock, answered, minutes):
    if answered:
        call(lane, "succeeded")
    closed(lane)
    while lane.down is None:
        clock.now += lane.wait_s()
        call(lane, "failed", "500")
    assert minutes * 60 <= clock.now < minutes * 60 + 60
    assert (lane.down, lane.room()) == ("500", 0)


def test_a_call_that_reached_nobody_while_others_did_is_at_fault_itself(lane, clock):
    clock.now = 5
    call(lane, "succeeded")
    assert not lane.away(4, unreached=True)
    assert lane.away(6, unreached=True)
    assert not lane.away(6, unreached=False)
    assert closed(lane).away(6, unreached=False)


def test_a_burst_of_too_many_requests_halves_the_seats_once_and_answers_bring_them_back(lane, clock):
    for _ in range(4):
        lane.leave()
    clock.now = 1
    for _ in range(4):
        lane.back()
        lane.crowded(left_at=0.5)
    assert lane.room() == 2, "halved once, by four calls that left before"
    for _ in range(2 + 3):
        call(lane, "succeeded")
    assert lane.room() == 4
    for _ in range(9):
        call(lane, "succeeded")
    assert lane.room() == 4
