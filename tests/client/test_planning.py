"""Planning through the client: the demo for a first look, and what there is to choose from."""

import asyncio

import pytest

from elicit import ApiError, AsyncClient


@pytest.fixture
def key(place):
    """A key that may just what the demo needs."""
    with place.client() as client:
        return client.create_key("demo", ["read", "submit", "evaluate"]).secret


def test_the_demo_is_loaded_once(place, key):
    with place.client(key=key) as client:
        run = client.wait(client.load_demo(), timeout_s=120)
        assert run.state == "done"
        assert client.load_demo() == run
        assert [run.id for run in client.runs()] == [run.id]
        assert (len(client.submissions()), len(client.task_sets())) == (9, 1)
        assert {task.category for task in client.tasks("demo")} >= {"explain"}
        assert client.leaderboard(run).document["n_agents"] == 9


def test_two_who_load_the_demo_at_once_do_no_harm(place, key):
    async def load():
        async with AsyncClient(place.url, key) as client:
            await asyncio.gather(client.load_demo(), client.load_demo())
            return await client.wait(await client.load_demo(), timeout_s=120), await client.task_sets()

    run, task_sets = asyncio.run(load())
    assert (run.state, [found.name for found in task_sets]) == ("done", ["demo"])


def test_a_task_set_of_that_name_with_other_tasks_stays_beside_the_demos(place, key):
    with place.client(key=key) as client:
        client.create_task_set("demo", [{"prompt": "another?"}, {"prompt": "one?"}])
        client.wait(client.load_demo(), timeout_s=120)
        assert [found.n_tasks for found in client.task_sets()] == [40, 2]


def test_an_evaluation_of_that_name_which_is_another_is_left_alone(place, key):
    tasks = [{"task_id": "a", "prompt": "?"}, {"task_id": "b", "prompt": "!"}]
    with place.client(key=key) as client:
        client.create_task_set("mine", tasks)
        for agent in ("a", "b"):
            client.submit(agent, "mine", [{"task_id": "a", "response": f"words of {agent}"}])
        own = client.create_evaluation("demo", task_set="mine", agents=["a", "b"], scorer={"kind": "lexical"})
        with pytest.raises(ApiError, match="409"):
            client.load_demo()
        assert client.evaluation("demo") == own


def test_a_key_that_may_not_submit_loads_no_demo(place):
    with place.client("read") as client, pytest.raises(ApiError, match="403"):
        client.load_demo()


def test_every_mechanism_is_told_with_the_scorers_that_make_what_it_reads(place):
    with place.client("submit") as client:
        found = {info.name: info for info in client.mechanisms()}
    assert {"tvd_mi", "mi", "gem", "win_rate"} <= set(found)
    assert found["tvd_mi"].scorers == found["tvd_mi"].default_for == ["critic"]
    assert found["mi"].default_for == ["lexical", "likelihood", "pmi"]
    assert found["win_rate"].evidence == "pair-scores"
