"""Several who do the same at once: one of them makes it, and all find it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random

import pytest

from elicit.errors import Conflict
from elicit.store import Ids
from elicit.store.service import agents, evaluations, projects, submissions, task_sets
from elicit.store.service.submissions import Output

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TASKS = [{"task_id": f"t{n}", "prompt": "?", "context": "", "images": []} for n in range(50)]
TIMES = 8


@pytest.fixture
def ids():
    return Ids(Random(0))


@pytest.fixture
def project_id(store, ids):
    with store.writing() as session:
        return projects.make(session, project_id=ids.new(NOW), name="p", now=NOW).id


def at_once(store, make):
    """What `make` gives, done so often at the same time, each time in a transaction of its own."""

    def once(_):
        with store.writing() as session:
            return make(session)

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(once, range(TIMES)))


def test_a_version_of_a_task_set_is_made_once(store, ids, project_id):
    def make(session):
        made, is_new = task_sets.make(
            session, task_set_id=ids.new(NOW), project_id=project_id, name="s", tasks=TASKS, now=NOW
        )
        return made.id, is_new

    made = at_once(store, make)
    assert len({task_set_id for task_set_id, _ in made}) == 1
    assert [is_new for _, is_new in made].count(True) == 1
    with store.reading() as session:
        assert task_sets.tasks_of(session, made[0][0]) == TASKS


def test_an_agent_is_made_once(store, ids, project_id):
    def make(session):
        agent, is_new = agents.ensure(
            session, agent_id=ids.new(NOW), project_id=project_id, name="a", spec=None, now=NOW
        )
        return agent.id, is_new

    made = at_once(store, make)
    assert len({agent_id for agent_id, _ in made}) == 1
    assert [is_new for _, is_new in made].count(True) == 1


def test_the_name_of_a_project_goes_to_one(store, ids):
    def make(session):
        try:
            return projects.make(session, project_id=ids.new(NOW), name="wanted", now=NOW).id
        except Conflict:
            return None

    assert len([made for made in at_once(store, make) if made]) == 1


def test_of_two_evaluations_with_a_name_one_is_stored(store, ids, project_id):
    with store.writing() as session:
        task_set, _ = task_sets.make(
            session, task_set_id=ids.new(NOW), project_id=project_id, name="s", tasks=TASKS, now=NOW
        )
    seeds = iter(range(TIMES))

    def make(session):
        plan = {"seed": next(seeds) % 2}
        try:
            made, _ = evaluations.make(
                session,
                evaluation_id=ids.new(NOW),
                project_id=project_id,
                name="e",
                task_set_id=task_set.id,
                plan=plan,
                now=NOW,
            )
        except Conflict:
            return None
        assert made.plan == plan
        return made.id

    made = at_once(store, make)
    assert len(set(made) - {None}) == 1
    assert made.count(None) == TIMES / 2


def test_outputs_that_come_twice_at_once_are_stored_once_and_completed_once(store, ids, project_id):
    with store.writing() as session:
        task_set, _ = task_sets.make(
            session, task_set_id=ids.new(NOW), project_id=project_id, name="s", tasks=TASKS, now=NOW
        )
        agent, _ = agents.ensure(session, agent_id=ids.new(NOW), project_id=project_id, name="a", spec=None, now=NOW)
        submission = ids.new(NOW)
        submissions.make(
            session, submission_id=submission, project_id=project_id, agent=agent, task_set=task_set, now=NOW
        )
    outputs = [Output(line, task["task_id"], f"{line}") for line, task in enumerate(TASKS)]
    batches = at_once(store, lambda session: submissions.add(session, submission, outputs))
    assert sum(batch.stored for batch in batches) == len(TASKS)
    assert {batch.stored + batch.repeated for batch in batches} == {len(TASKS)}
    assert at_once(store, lambda session: submissions.complete(session, submission, NOW)).count(True) == 1
