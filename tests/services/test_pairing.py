"""Which answers of a plan are paired: in both orders where scores are directed, and as many as there are calls for."""

import numpy as np
import pytest
from test_estimate import PRICES, Remembering, carried_out, plan_with, share

from elicit.calls import Completion
from elicit.io.plans import limited
from elicit.scorers.critic import CANARIES
from elicit.scorers.fence import unfence
from elicit.scorers.likelihood import GAP, RESPONSE
from elicit.scorers.pmi import PMI_CANARIES
from elicit.services.asking import Ports
from elicit.services.budget import LocalBudget
from elicit.services.estimate import estimate, made_up
from elicit.services.evaluate import run
from elicit.services.plan import AgentSpec, BudgetSpec, DesignSpec, ScorerSpec
from elicit.types import Task

LIKELIHOOD, RATINGS = (ScorerSpec(kind, "openai/critic") for kind in ("likelihood", "pmi"))


def given(n_tasks=12, n_agents=4, answered=lambda agent, task: True, **more):
    """A plan of agents outside; each answer says whose it is and to which task."""
    agents = tuple(
        AgentSpec(f"a{i}", answers=tuple((f"t{t}", f"a{i} on t{t}") for t in range(n_tasks) if answered(i, t)))
        for i in range(n_agents)
    )
    tasks = tuple(Task(f"t{t}", f"Question {t}?") for t in range(n_tasks))
    return plan_with(tasks=tasks, agents=agents, **more)


class Echo:
    """A gateway whose answers are those of a rehearsal; `asked` holds the requests."""

    def __init__(self):
        self.asked = []

    def complete(self, requests, *, budget, on_done):
        for request in requests:
            self.asked.append(request)
            on_done([(request, made_up(request))])
        return "done"


def scored(plan):
    """What a run of the plan asks, and what comes of it."""
    gateway = Echo()
    result = run(plan, Ports(gateway, Remembering(), LocalBudget(BudgetSpec())))
    return gateway.asked, result


def shown_and_told(request):
    """Whose answer a request shows, and whose it asks about."""
    texts = unfence(request.messages[-1].content) if request.messages else request.prompt.split(GAP + RESPONSE)
    return tuple(text.removeprefix(RESPONSE).split(" on ") for text in texts)


@pytest.mark.parametrize("scorer", [LIKELIHOOD, RATINGS], ids=lambda scorer: scorer.kind)
def test_two_agents_tell_of_each_other_equally_often_in_a_rotating_design(scorer):
    asked, _ = scored(given(scorer=scorer, design=DesignSpec(peers=2)))
    pairs = [pair for pair in map(shown_and_told, asked) if len(pair) == 2]
    told = np.zeros((4, 4), dtype=int)
    for (agent, task), (peer, peer_task) in pairs:
        told[int(agent[1]), int(peer[1])] += task == peer_task
    assert told.sum() == 12 * 4
    assert abs(told - told.T).max() <= 1
    assert told[~np.eye(4, dtype=bool)].min() > 0


@pytest.mark.parametrize("scorer", [LIKELIHOOD, RATINGS], ids=lambda scorer: scorer.kind)
def test_what_tells_of_a_task_is_asked_together_joint_and_contrast(scorer):
    asked, _ = scored(given(scorer=scorer, design=DesignSpec("full")))
    of_task = [int(pair[1][1][1:]) for pair in map(shown_and_told, asked) if len(pair) == 2]
    assert of_task == sorted(of_task)
    assert np.bincount(of_task).tolist() == [2 * 4 * 3] * 12


# Fitted to calls


@pytest.mark.parametrize("scorer", [ScorerSpec("critic", "openai/critic"), LIKELIHOOD, RATINGS], ids=lambda s: s.kind)
@pytest.mark.parametrize("calls", [20, 61, 150, 10_000])
def test_a_fitted_design_takes_its_calls_and_no_more(scorer, calls):
    plan = given(scorer=scorer, design=DesignSpec("fitted", calls=calls))
    asked, _ = scored(plan)
    found = estimate(plan, PRICES)
    assert len(asked) == share(found, "scorer").calls
    whole = 2 * 12 * 4 * 3
    most = min(
        calls, whole + {"critic": len(CANARIES), "likelihood": 12 * 4 + 1, "pmi": len(PMI_CANARIES)}[scorer.kind]
    )
    # Spared: a probe that was not needed, answers that nobody tells of, contrast pairs that came twice.
    assert most - (12 if scorer.kind == "likelihood" else 3) <= len(asked) <= most


def test_without_calls_of_its_own_a_design_takes_what_the_budget_leaves_beside_the_agents():
    agents = plan_with().agents[:2]  # one call a task, and two
    plan = plan_with(agents=agents, design=DesignSpec("fitted"), budget=BudgetSpec(max_calls=30 + 25))
    found = estimate(plan, PRICES)
    assert share(found, "scorer").calls in (24, 25)  # a joint pair of so small a sample takes two calls, or none
    assert found.calls <= 55
    assert not [note for note in found.notes if "ends the run" in note]
    asked = carried_out(plan, Remembering())
    assert len(asked) == found.calls


def test_a_fitted_design_is_the_same_whatever_the_agents_needed():
    plan = plan_with(design=DesignSpec("fitted"), budget=BudgetSpec(max_calls=100))
    store = Remembering()
    first = carried_out(plan, store)
    scoring = [key for key in store.kept if key in {request.key for request in first if "critic" in request.model}]
    for key in scoring[::2]:
        store.kept[key] = Completion(key, None, "timed out")
    again = carried_out(plan, store)
    assert {request.key for request in again} == set(scoring[::2])


def test_fewer_tasks_leave_more_calls_for_their_pairs():
    plan = plan_with(design=DesignSpec("fitted"), budget=BudgetSpec(max_calls=60))
    few, all_ = (estimate(limited(plan, n), PRICES).design for n in (5, 10))
    assert few.coverage > all_.coverage


# What is said of a design


def test_the_facts_of_a_design_can_be_worked_out_by_hand():
    _, result = scored(given(n_tasks=10, n_agents=5, scorer=RATINGS, design=DesignSpec(peers=2, contrast_per_agent=1)))
    facts = result.judged.design
    assert facts.joint == 10 * 4  # with five agents two of them have one peer less
    assert (facts.pairs, facts.coverage, facts.peers) == (45, 0.4, 1.6)
    assert facts.groups == (("a0", "a1", "a2", "a3", "a4"),)
    assert facts.document()["groups"] == 1
    assert not list(facts.notes())


def test_both_orders_of_a_pair_are_one_meeting():
    _, result = scored(given(scorer=RATINGS, design=DesignSpec("full")))
    assert (result.judged.design.coverage, result.judged.design.peers) == (1.0, 3.0)


def test_agents_that_are_never_compared_are_said_to_be_before_and_after_the_run():
    plan = given(scorer=LIKELIHOOD, answered=lambda agent, task: (agent < 2) == (task < 6))
    _, result = scored(plan)
    assert result.judged.design.groups == (("a0", "a1"), ("a2", "a3"))
    for notes in (estimate(plan, PRICES).notes, result.evaluation.notes):
        assert any("2 groups of agents that are never compared" in note and "a0, a1" in note for note in notes)


def test_agents_compared_by_way_of_others_are_one_group():
    plan = given(n_agents=3, scorer=RATINGS, answered=lambda agent, task: agent == 1 or (agent == 0) == (task < 6))
    assert len(estimate(plan, PRICES).design.groups) == 1


def test_an_agent_that_is_compared_with_nobody_is_a_group_and_one_without_answers_is_none():
    calls = DesignSpec("fitted", calls=2)
    found = estimate(given(n_agents=5, scorer=RATINGS, answered=lambda agent, _: agent < 4, design=calls), PRICES)
    assert sorted(map(len, found.design.groups)) == [1, 1, 2]
