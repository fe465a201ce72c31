"""Recording an agent while it works: sent in the background, kept until the server has it."""

import asyncio
import threading
import time
from contextlib import ExitStack

import pytest
from api_process import api
from places import new_place
from proxy import proxied

from elicit import ApiError, AsyncClient, InvalidInput
from elicit.errors import Unreachable

TASKS = [{"task_id": f"t{number}", "prompt": f"What is {number}?"} for number in range(200)]


@pytest.fixture
def client(place):
    with place.client("submit") as client:
        client.create_task_set("questions", TASKS)
        yield client


def until(condition):
    """Wait for something that another thread does."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def fail_after(recorder, *outputs):
    """An agent that fails when it has answered this much."""
    with recorder as agent:
        for task_id, output in outputs:
            agent.record(task_id, output)
        raise KeyError("the agent failed")


def test_outputs_are_sent_while_the_agent_works_and_completed_when_it_is_done(client):
    with client.agent("mine", "questions", every_s=0.05) as agent:
        agent.record("t1", "one")
        until(lambda: client.submission(agent.submission).received == 1)
        assert client.submission(agent.submission).state == "open"
        agent.record("t2", "two")
    assert (agent.submission.state, agent.submission.received) == ("complete", 2)


def test_the_only_task_set_need_not_be_named(client, place):
    with client.agent("mine") as agent:
        agent.record("t1", "one")
    assert agent.submission.received == 1
    client.create_task_set("other questions", TASKS)
    with pytest.raises(InvalidInput, match="'other questions', 'questions'"), client.agent("mine"):
        pass


def test_after_an_error_the_rest_is_sent_and_the_submission_goes_on_later(client):
    failing = client.agent("mine", "questions", every_s=60)
    with pytest.raises(KeyError):
        fail_after(failing, *((f"t{number}", "x") for number in range(7)))
    left = client.submission(failing.submission)
    assert (left.state, left.received) == ("open", 7)
    with client.agent("mine", "questions", resume=True) as again:
        assert again.done == {f"t{number}" for number in range(7)}
        for task in TASKS:
            if task["task_id"] not in again.done:
                again.record(task["task_id"], "y")
    assert (again.submission.id, again.submission.state, again.submission.received) == (left.id, "complete", 200)


def test_a_new_recording_begins_a_new_submission_unless_told_to_resume(client):
    first = client.agent("mine", "questions")
    with pytest.raises(KeyError):
        fail_after(first, ("t1", "one"))
    with client.agent("mine", "questions") as second:
        second.record("t1", "another one")
    assert second.submission.id != first.submission.id
    assert second.done == frozenset()


def test_many_threads_may_record_at_once(client):
    def work(agent, first):
        for number in range(first, 200, 8):
            agent.record(f"t{number}", f"It is {number}.")

    with client.agent("mine", "questions", every_s=0.01) as agent:
        threads = [threading.Thread(target=work, args=[agent, first]) for first in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert agent.submission.received == 200


def test_what_the_server_refuses_is_raised_at_the_next_output_and_at_the_end(client):
    def record_on(agent):
        agent.record("nobody's", "x")
        for _ in range(3000):
            agent.record("t1", "one")
            time.sleep(0.01)

    def record_one(agent):
        with agent:
            agent.record("nobody's", "x")

    with pytest.raises(ApiError, match="nobody's") as at_once, client.agent("mine", "questions", every_s=0.02) as agent:
        record_on(agent)
    with pytest.raises(ApiError, match="nobody's") as at_the_end:
        record_one(client.agent("mine", "questions", every_s=60))
    assert at_once.value.status == at_the_end.value.status == 422


def test_an_error_of_the_agent_is_not_hidden_by_one_of_the_server(client):
    with pytest.raises(KeyError) as raised:
        fail_after(client.agent("mine", "questions", every_s=60), ("nobody's", "x"))
    assert "nobody's" in raised.value.__notes__[0]


def test_a_recorder_must_be_entered(client):
    with pytest.raises(InvalidInput, match="must be entered"):
        _ = client.agent("mine", "questions").submission


def test_in_an_event_loop_it_is_the_same(client, place):
    async def work():
        async with AsyncClient(place.url, place.keys["submit"]) as awaited:
            async with awaited.agent("mine", "questions", every_s=0.05) as agent:
                agent.record("t1", "one")
                while (await awaited.submission(agent.submission)).received < 1:
                    await asyncio.sleep(0.02)
                agent.record("t2", "two")
                await agent.flush()
                assert (await awaited.submission(agent.submission)).received == 2
                agent.record("t3", "three")
            other = awaited.agent("theirs", "questions", every_s=60)
            with pytest.raises(KeyError):
                await fail(other)
            return agent.submission, await awaited.submission(other.submission)

    async def fail(recorder):
        async with recorder as agent:
            agent.record("t1", "one")
            raise KeyError

    mine, theirs = asyncio.run(work())
    assert (mine.state, mine.received) == ("complete", 3)
    assert (theirs.state, theirs.received) == ("open", 1)


def test_while_the_server_is_away_outputs_wait(tmp_path):
    database = f"sqlite:///{tmp_path / 'elicit.db'}"
    with api(database) as first, proxied(first.port) as proxy:
        place = new_place(proxy.url, proxy.port, first.key)
        with place.client("submit", patience_s=0.2) as client, ExitStack() as processes:
            client.create_task_set("questions", TASKS)
            with client.agent("mine", "questions", every_s=0.05) as agent:
                agent.record("t1", "one")
                agent.flush()
                first.end()
                agent.record("t2", "two")
                with pytest.raises(Unreachable):
                    agent.flush()
                agent.record("t3", "three")
                proxy.port = processes.enter_context(api(database)).port
                until(lambda: client.submission(agent.submission).received == 3)
                agent.record("t4", "four")
            assert (agent.submission.state, agent.submission.received) == ("complete", 4)
