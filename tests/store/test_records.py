"""A record that could not be stored and read back the same is refused when it is made."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from elicit.errors import InvalidInput
from elicit.store import new_run_id


def with_agent(run, **changes):
    return {"result": run.result | {"agents": [run.result["agents"][0] | changes]}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (lambda run: {"result": run.result | {"diagnostics": np.nan}}, "run's result must be JSON"),
        (lambda run: with_agent(run, score=np.inf), "run's result must be JSON"),
        (lambda run: {"parameters": {"seed": np.int64(1)}}, "run's parameters must be JSON"),
        (
            lambda run: {"result": run.result | {"seed": 2**63}},
            "seed must lie between 0 and 9223372036854775807, got 92",
        ),
        (lambda run: {"result": run.result | {"seed": -1}}, "seed must lie between 0 and .*, got -1"),
        (lambda run: {"result": {"mechanism": "mi", "seed": 1}}, "got no scorer, n_agents, n_tasks, agents"),
        (lambda run: {"result": run.result | {"agents": [{"agent": "ada"}]}}, "run's agent must have .* got no rank,"),
        (lambda run: with_agent(run, agent="a" * 501), "at most 500 characters, got 501"),
        (lambda run: with_agent(run, agent="a\0"), r"free of NUL and of lone surrogates, got 'a\\x00'"),
        (lambda run: with_agent(run, agent="\ud83d"), r"free of NUL and of lone surrogates, got '\\ud83d'"),
    ],
)
def test_what_no_database_keeps_is_refused(responses, run_of, changes, message):
    with pytest.raises(InvalidInput, match=message):
        run_of(responses, **changes(run_of(responses)))


def test_an_agent_with_the_longest_name_is_stored(store, responses, run_of):
    run = run_of(responses)
    longest = run_of(responses, **with_agent(run, agent="".join(map(chr, range(0x4E00, 0x4E00 + 500)))))
    store.save(responses, longest)
    assert store.run("latest").result["agents"] == longest.result["agents"]


def test_ids_of_runs_sort_by_age_and_differ_within_a_second():
    rng, now = random.Random(0), datetime(2026, 11, 23, tzinfo=UTC)
    ages = [now + timedelta(seconds=seconds) for seconds in (0, 1, 60, 86_400, 10**8)]
    ids = [new_run_id(age, rng) for age in ages]
    assert sorted(ids) == ids
    assert len({new_run_id(now, rng) for _ in range(100)}) == 100
