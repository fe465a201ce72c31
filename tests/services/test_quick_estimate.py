"""Estimates while somebody waits: counted to the last call where that is quick, else on the first tasks."""

import pytest

from elicit.errors import InvalidInput
from elicit.services import quick_estimate as quick
from elicit.services.estimate import estimate
from elicit.services.plan import AgentSpec, DesignSpec, Plan, Price, ScorerSpec
from elicit.types import Task

PRICES = {"openai/agent": Price(1.0, 2.0), "openai/critic": Price(3.0, 4.0)}


def plan_of(n_agents, n_tasks, **design):
    """Agents that are one model under different orders, and a critic."""
    agents = tuple(AgentSpec(f"a{i}", "openai/agent", system=f"You are {i}.") for i in range(n_agents))
    tasks = tuple(Task(f"t{t}", f"Tell about number {t}.") for t in range(n_tasks))
    return Plan("e", tasks, agents, ScorerSpec("critic", "openai/critic"), design=DesignSpec(**design))


def test_a_plan_that_is_counted_quickly_is_counted_to_the_last_call():
    plan = plan_of(5, 20)
    assert quick.quick_estimate(plan, PRICES) == estimate(plan, PRICES)


@pytest.mark.parametrize("design", [{"pairs": "rotating"}, {"pairs": "full"}, {"pairs": "fitted", "calls": 1000}])
def test_a_large_plan_is_counted_on_its_first_tasks_and_says_so(monkeypatch, design):
    plan = plan_of(6, 100, **design)
    exact = estimate(plan, PRICES)
    monkeypatch.setattr(quick, "MOST_COUNTED", 800)
    found = quick.quick_estimate(plan, PRICES)
    assert "of 100 tasks, and multiplied" in found.notes[0]
    assert (found.n_tasks, found.n_agents, found.design.groups) == (100, 6, exact.design.groups)
    for name in ("calls", "cost", "seconds"):
        assert getattr(found, name) == pytest.approx(getattr(exact, name), rel=0.1), name
    assert found.design.coverage == pytest.approx(exact.design.coverage, rel=0.1)


def test_a_design_too_large_to_be_counted_is_refused_with_a_way_out():
    with pytest.raises(InvalidInput, match="a rotating or a fitted design has fewer"):
        quick.quick_estimate(plan_of(200, 10, pairs="full"), PRICES)
