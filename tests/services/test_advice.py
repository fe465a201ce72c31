"""Advice: rules over what was measured, and nothing advised that could not be run."""

import random
from collections import Counter
from itertools import product

import pytest

from elicit.io.plans import plan_of
from elicit.services.advice import advice, notes
from elicit.services.answer_facts import answer_facts
from elicit.services.scoring import Options, choose
from elicit.types import Evaluation, Responses, Task

SHAPES = {
    "labels": lambda rng: rng.choice("ABCD"),
    "yes or no": lambda rng: rng.choice(["yes", "no"]),
    "many labels": lambda rng: f"class {rng.randrange(30)}",
    "numbers": lambda rng: str(rng.randrange(10**6)),
    "text": lambda rng: " ".join(f"word{rng.randrange(500)}" for _ in range(30)),
    "nothing": lambda rng: None,
}


def pool(shape, n_agents, n_tasks, context="", missing=0.0):
    """Tasks, agents and answers of one shape."""
    rng = random.Random(f"{shape} {n_agents} {n_tasks}")
    tasks = tuple(Task(f"t{t}", f"What is {t}?", context) for t in range(n_tasks))
    agents = tuple(f"a{i}" for i in range(n_agents))
    texts = [[None if rng.random() < missing else SHAPES[shape](rng) for _ in agents] for _ in tasks]
    return tasks, agents, texts


def advised(*args, **more):
    return advice(answer_facts(*pool(*args, **more)))


def plan_with(advised, tasks, agents):
    """The plan that an evaluation of what is advised is checked as."""
    scorer = {"kind": advised.scorer} | ({} if advised.scorer == "lexical" else {"model": "openai/m"})
    answers = [{"task_id": tasks[0].id, "response": "to come"}]
    return plan_of(
        {
            "tasks": [{"task_id": task.id, "prompt": task.prompt} for task in tasks],
            "agents": [{"name": agent, "responses": answers} for agent in agents],
            "scorer": scorer,
            "mechanism": advised.mechanism,
        }
    )


@pytest.mark.parametrize(("shape", "n_agents"), list(product(SHAPES, (2, 3, 9))))
def test_all_that_is_advised_can_be_run(shape, n_agents):
    for n_tasks, context in product((2, 60), ("", "A long text.")):
        tasks, agents, texts = pool(shape, n_agents, n_tasks, context)
        found = advice(answer_facts(tasks, agents, texts))
        assert [one.recommended for one in found] == [True, *[False] * (len(found) - 1)]
        assert max(Counter((one.scorer, one.mechanism) for one in found).values()) == 1
        for one in found:
            assert plan_with(one, tasks, agents).mechanism == one.mechanism
            if one.scorer == "lexical" and shape != "nothing":  # what reads the answers is chosen when they are there
                choose(Evaluation(tasks, agents, Responses(texts)), Options(mechanism=one.mechanism))


def test_labels_are_told_from_text_and_get_mechanisms_for_labels():
    found = advised("labels", 9, 60)
    assert (found[0].scorer, found[0].mechanism) == ("lexical", "kl")
    assert {one.scorer for one in found} == {"lexical"}
    assert "dmi" in [one.mechanism for one in advised("yes or no", 9, 60)]
    assert "dmi" not in [one.mechanism for one in found]


def test_labels_of_which_pairs_share_few_get_the_bias_taken_off():
    assert advised("labels", 9, 60, missing=0.4)[0].mechanism == "kl_corrected"


def test_open_answers_get_words_and_answers_about_a_given_text_a_critic():
    assert advised("text", 9, 60)[0].scorer == "lexical"
    assert advised("text", 9, 60, context="The meeting was moved to Monday.")[0].scorer == "critic"


def test_what_cannot_tell_two_agents_apart_is_not_advised_for_two_agents_and_text():
    found = advised("text", 2, 60, context="The meeting was moved to Monday.")
    assert (found[0].scorer, found[0].mechanism) == ("lexical", "mi")
    (critic,) = (one for one in found if one.scorer == "critic")
    assert critic.caveat.startswith("It cannot tell two agents apart")


def test_one_agent_gets_no_advice_but_a_note():
    facts = answer_facts(*pool("text", 1, 60))
    assert advice(facts) == []
    assert "at least two agents" in next(iter(notes(facts)))


@pytest.mark.parametrize(
    ("shape", "kind"),
    [("labels", "labels"), ("numbers", "short answers"), ("text", "free text"), ("nothing", "unknown")],
)
def test_kinds_are_told_by_agent(shape, kind):
    facts = answer_facts(*pool(shape, 3, 60))
    assert (facts.kind, set(facts.kinds.values())) == (kind, {kind})


def noted(change, n_agents=5, n_tasks=200):
    """The notes on text after a change to the answers."""
    tasks, agents, texts = pool("text", n_agents, n_tasks)
    change(texts)
    return list(notes(answer_facts(tasks, agents, texts)))


def test_nothing_odd_is_nothing_noted():
    assert noted(lambda texts: None) == []


def test_few_tasks_and_few_agents_are_noted():
    assert ["3 agents" in note for note in noted(lambda texts: None, n_agents=3)] == [True]
    assert ["tied" in note for note in noted(lambda texts: None, n_tasks=40)] == [True]
    assert ["too few" in note for note in noted(lambda texts: None, n_tasks=4)] == [True]


def set_first(texts, value, share=1.0):
    """Give the first agent other answers."""
    for row in texts[: round(share * len(texts))]:
        row[0] = value


def test_an_agent_that_says_one_thing_is_noted():
    (note,) = noted(lambda texts: set_first(texts, "I am sorry, as a language model I cannot help with any of this."))
    assert note.startswith("Most answers of a0 are one and the same")


def test_missing_answers_and_agents_without_any_are_noted():
    (some,) = noted(lambda texts: set_first(texts, None, share=0.5))
    assert "a0" in some
    assert "left out, not counted as 0" in some
    (none,) = noted(lambda texts: set_first(texts, None))
    assert none.startswith("1 of 5 agents have no answers yet")


def test_agents_that_answer_in_another_form_are_noted():
    assert any(
        "form alone" in note for note in noted(lambda texts: [set_first([row], str(t)) for t, row in enumerate(texts)])
    )
