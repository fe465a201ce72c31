"""Work items under leases, on a clock that the test sets."""

from datetime import timedelta

import pytest
from playing import START, counted, queued_run, run_row, small_plan

from elicit.calls import Completion, Message, Request, chat
from elicit.errors import UnknownRun
from elicit.store.service import items, runs

PLAN = small_plan("http://127.0.0.1:1/v1")
ASKED = [Request("openai/mock", chat(("user", f"question {number}"))) for number in range(4)]
LEASE = timedelta(seconds=items.LEASE_S)


@pytest.fixture
def run_id(store):
    """A run under way, with its requests ready."""
    return run_with_items(store)


def run_with_items(store):
    run_id = queued_run(store, PLAN, START)
    with store.writing() as session:
        runs.claim(session, run_id, "advancer", START)
        items.enqueue(session, run_id, ASKED, first=0)
    return run_id


def lease(store, run_id, owner="a", now=START, most=10):
    with store.writing() as session:
        return items.lease(session, run_id, owner, now, most)


def finish(store, run_id, *answers, now=START):
    with store.writing() as session:
        return items.finish(session, run_id, answers, now)


def answer(request, text="hello", failure=None):
    return request, Completion(request.key, text, failure)


def test_requests_are_leased_in_their_order_and_each_to_one(store, run_id):
    assert lease(store, run_id, "a", most=3) == ASKED[:3]
    assert lease(store, run_id, "b") == ASKED[3:]
    assert lease(store, run_id, "c") == []


def test_what_is_entered_twice_is_there_once_and_keeps_its_state(store, run_id):
    lease(store, run_id, most=1)
    with store.writing() as session:
        assert items.enqueue(session, run_id, ASKED, first=0) == 4
    assert counted(store, run_id) == {"ready": 3, "leased": 1}


def test_a_lease_that_is_not_extended_goes_to_another(store, run_id):
    lease(store, run_id, "a")
    assert lease(store, run_id, "b", START + LEASE / 2) == []
    assert lease(store, run_id, "b", START + LEASE) == ASKED


def test_a_lease_that_is_extended_stays(store, run_id):
    lease(store, run_id, "a")
    with store.writing() as session:
        items.extend(session, run_id, "a", START + LEASE / 2)
    assert lease(store, run_id, "b", START + LEASE) == []


def test_what_is_given_back_is_ready_and_was_no_try(store, run_id):
    for _ in range(2 * items.MOST_TRIES):
        lease(store, run_id, "a")
        with store.writing() as session:
            items.release(session, run_id, "a")
    assert counted(store, run_id) == {"ready": 4}


def test_a_request_over_which_workers_are_lost_is_parked_with_the_reason(store, run_id):
    finish(store, run_id, *map(answer, ASKED[1:]))
    for number in range(items.MOST_TRIES):
        assert lease(store, run_id, "a", START + number * LEASE) == ASKED[:1]
    with store.writing() as session:
        items.reclaim(session, START + items.MOST_TRIES * LEASE)
        (parked,) = items.given_up(session, run_id, None, 50)
    assert (parked.tries, parked.error) == (5, "given up: 5 workers were lost while they asked this")
    assert lease(store, run_id, "b", START + 9 * LEASE) == []


def test_after_a_clock_was_set_back_a_lease_holds_no_longer_than_a_lease(store, run_id):
    lease(store, run_id, "a", START + timedelta(hours=3))
    with store.writing() as session:
        items.reclaim(session, START)
    assert lease(store, run_id, "b", START + LEASE / 2) == []
    assert lease(store, run_id, "b", START + LEASE) == ASKED


def test_an_answer_is_stored_and_its_item_gone_in_every_run_that_waits_for_it(store, run_id):
    other = run_with_items(store)
    lease(store, run_id)
    assert lease(store, other) == []  # they are under way
    assert finish(store, run_id, answer(ASKED[0])) == {other}
    assert store.completions([ASKED[0].key])[ASKED[0].key].text == "hello"
    assert (counted(store, run_id).total(), counted(store, other).total()) == (3, 3)


def test_an_answer_that_is_stored_is_not_asked_for_again(store, run_id):
    store.add_completions("another", [answer(ASKED[0])], START)
    assert lease(store, run_id) == ASKED[1:]
    assert counted(store, run_id) == {"leased": 3}


def test_of_two_answers_to_one_request_the_first_stays(store, run_id):
    finish(store, run_id, answer(ASKED[0], "first"))
    finish(store, run_id, answer(ASKED[0], None, "timed out"), answer(ASKED[0], "second"))
    assert store.completions([ASKED[0].key])[ASKED[0].key].text == "first"


def test_a_call_that_failed_keeps_its_item_until_it_is_asked_again(store, run_id):
    lease(store, run_id)
    finish(store, run_id, answer(ASKED[0], None, "timed out"), *map(answer, ASKED[1:]))
    with store.writing() as session:
        assert items.enqueue(session, run_id, ASKED[:1], first=0) == 0
        items.ask_again(session, run_id, "failed")
    assert lease(store, run_id) == ASKED[:1]
    finish(store, run_id, answer(ASKED[0]))
    assert store.completions([ASKED[0].key])[ASKED[0].key].text == "hello"


@pytest.mark.parametrize("state", ["waiting", "cancelled"])
def test_a_run_that_is_not_under_way_leases_nothing(store, run_id, state):
    with store.writing() as session:
        assert runs.move(session, run_id, state, START)
    assert lease(store, run_id) == []


def test_pictures_and_parameters_survive_being_stored():
    parts = (
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "https://a.example/b"}},
    )
    request = Request("m", (Message("user", parts),), params=(("stop", ["."]), ("temperature", 0)), sample=2)
    assert items.unpack(items.pack(request)).key == request.key


# Runs


def test_a_state_changes_once_however_many_would_change_it(store, run_id):
    with store.writing() as session:
        assert runs.move(session, run_id, "done", START)
        assert not runs.move(session, run_id, "done", START)
        assert not runs.move(session, run_id, "cancelled", START)
    assert run_row(store, run_id).finished_at == START


def test_a_run_is_advanced_by_one_until_their_claim_is_over(store, run_id):
    with store.writing() as session:
        assert runs.claim(session, run_id, "b", START) is None
        runs.hold_claim(session, run_id, "advancer", START + timedelta(seconds=runs.CLAIM_S))
        assert runs.claim(session, run_id, "b", START + timedelta(seconds=runs.CLAIM_S)) is None
        assert runs.claim(session, run_id, "b", START + timedelta(seconds=2 * runs.CLAIM_S)).id == run_id
        assert not runs.move(session, run_id, "done", START, owner="advancer")


def test_a_run_that_was_given_another_budget_is_not_stopped_for_the_old_one(store, run_id):
    with store.writing() as session:
        runs.stop_asking(session, run_id, {"max_calls": 1, "max_cost": None})
    assert run_row(store, run_id).reason is None


def test_a_run_that_waits_wakes_at_its_time_also_by_a_clock_that_was_set_back(store, run_id):
    with store.writing() as session:
        runs.move(session, run_id, "waiting", START, reason="down", wake_at=START + timedelta(seconds=30))
        assert runs.wake(session, START) == []
        assert runs.wake(session, START - timedelta(hours=2)) == [run_id]
    assert run_row(store, run_id).reason is None


def test_another_project_does_not_find_a_run(store, run_id):
    with store.writing() as session, pytest.raises(UnknownRun):
        runs.find(session, "another", run_id)
