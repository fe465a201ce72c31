"""A plan carried out over ports: who is asked what, what counts as an answer, and what is ranked."""

import json

import pytest
from small_plans import TASKS, Kept, Models, carried_out, knows, plan_of, same_fact

from elicit.evidence import Labels, PairScores
from elicit.services.asking import Ports
from elicit.services.budget import LocalBudget
from elicit.services.evaluate import run
from elicit.services.plan import AgentSpec, BudgetSpec, RewriterSpec, ScorerSpec, plan_document, plan_from
from elicit.types import Responses


def test_each_agent_is_asked_about_each_task_and_pairs_are_scored():
    models = Models(a=knows, b=knows, c=knows, critic=same_fact)
    result = carried_out(plan_of(AgentSpec("x", "a"), AgentSpec("y", "b"), AgentSpec("z", "c")), models)
    assert isinstance(result.evaluation.evidence, PairScores)
    assert result.answers.texts[3] == ["It is 3 is so."] * 3
    assert result.stop == "done"
    assert set(models.asked.values()) == {1}


def test_a_plan_survives_being_stored():
    agents = AgentSpec("x", "a", params=(("temperature", 0),), samples=2), AgentSpec("y", answers=(("t1", "yes"),))
    rewriter = RewriterSpec("openai/chat", params=(("seed", 1), ("temperature", 0)))
    scorer = ScorerSpec("likelihood", "openai/base", rewriter=rewriter)
    plan = plan_of(*agents, images={"t1": ("https://example.org/a.png",)}, scorer=scorer)
    assert plan_from(json.loads(json.dumps(plan_document(plan)))) == plan


def test_a_plan_stored_before_a_setting_was_known_has_its_default():
    document = plan_document(plan_of(AgentSpec("x", "a"), AgentSpec("y", "b")))
    for setting in ("task_type", "sees_task", "rewriter"):
        del document["scorer"][setting]
    assert plan_from(document).scorer == ScorerSpec("critic", "critic", scale="strict")


def test_two_steps_hand_the_notes_on_and_keep_the_document_back():
    seen = []

    def notes_then_answer(prompt):
        seen.append(prompt)
        return "NOTES ON IT" if "Do not answer yet" in prompt else "the answer"

    agents = AgentSpec("x", "a", strategy="read-then-write"), AgentSpec("y", "b")
    result = carried_out(plan_of(*agents, scorer=ScorerSpec("lexical")), Models(a=notes_then_answer, b=knows))
    second = [prompt for prompt in seen if "NOTES ON IT" in prompt]
    assert len(second) == len(TASKS)
    assert not any("is so" in prompt for prompt in second)
    assert result.answers.texts[0][0] == "the answer"


def test_of_a_chain_of_thought_only_what_follows_the_mark_is_the_answer():
    thinks = Models(a=lambda prompt: "Let me see ... ANSWER: 7", b=lambda prompt: "I never say it")
    agents = AgentSpec("x", "a", strategy="chain-of-thought"), AgentSpec("y", "b", strategy="chain-of-thought")
    result = carried_out(plan_of(*agents, scorer=ScorerSpec("lexical")), thinks)
    assert result.answers.texts[0] == ["7", None]
    assert result.spend["y"].failures["unparsable"] == len(TASKS)


def test_samples_are_agents_of_their_own_and_asked_anew():
    models = Models(a=knows, b=knows)
    result = carried_out(
        plan_of(AgentSpec("x", "a", samples=3), AgentSpec("y", "b"), scorer=ScorerSpec("lexical")), models
    )
    assert result.answers.agents == ("x#1", "x#2", "x#3", "y")
    assert len(models.asked) == 4 * len(TASKS)


@pytest.mark.parametrize(("use", "usable"), [(False, 0), (True, len(TASKS))])
def test_a_truncated_answer_is_used_only_if_the_plan_says_so(use, usable):
    models = Models(a=lambda prompt: "truncated", b=knows)
    plan = plan_of(AgentSpec("x", "a"), AgentSpec("y", "b"), scorer=ScorerSpec("lexical"), use_truncated=use)
    result = carried_out(plan, models)
    assert result.answers.usable.sum(axis=0).tolist() == [usable, len(TASKS)]
    assert result.spend["x"].failures["truncated"] == len(TASKS)


@pytest.mark.parametrize(("refusals", "ranked"), [(1, True), (2, False)])
def test_under_nine_tenths_usable_answers_an_agent_has_no_rank(refusals, ranked):
    def at_times(prompt):
        return "refused" if any(f"fact {number}?" in prompt for number in range(refusals)) else knows(prompt)

    models = Models(a=at_times, b=knows, c=knows)
    agents = [AgentSpec(name, model) for name, model in zip("xyz", "abc", strict=True)]
    result = carried_out(plan_of(*agents, scorer=ScorerSpec("lexical")), models)
    assert ("x" not in result.unranked) is ranked
    assert isinstance(result.evaluation.evidence, Responses)
    assert (result.evaluation.evidence.texts[9][0] is not None) is ranked


def test_an_outside_agent_that_answered_some_tasks_is_not_held_to_the_others():
    outside = AgentSpec("o", answers=tuple((task.id, f"Fact {task.id}") for task in TASKS[:4]))
    result = carried_out(plan_of(outside, AgentSpec("y", "b"), scorer=ScorerSpec("lexical")), Models(b=knows))
    assert result.unranked == {}
    assert result.answers.asked.sum(axis=0).tolist() == [0, len(TASKS)]


def test_a_run_that_stopped_asks_only_what_is_missing_and_ends_the_same():
    plan = plan_of(*(AgentSpec(name, model) for name, model in zip("xyz", "abc", strict=True)))
    models, kept = Models(a=knows, b=knows, c=knows, critic=same_fact), Kept()
    first = carried_out(plan, models, kept, max_calls=37)
    assert first.stop == "budget"
    second = carried_out(plan, models, kept)
    assert set(models.asked.values()) == {1}
    whole = carried_out(plan, Models(**models.models))
    assert second.evaluation.evidence.score.tolist() == whole.evaluation.evidence.score.tolist()


def test_without_a_gateway_what_is_stored_is_scored():
    plan = plan_of(*(AgentSpec(name, model) for name, model in zip("xyz", "abc", strict=True)))
    models, kept = Models(a=knows, b=knows, c=knows, critic=same_fact), Kept()
    carried_out(plan, models, kept)
    again = run(plan, Ports(None, kept, LocalBudget(BudgetSpec(max_calls=0))))
    assert again.spend["scorer"].asked_now == 0
    assert again.evaluation is not None


def test_questions_make_labels_whose_rows_share_their_task_s_prompt():
    def examiner(prompt):
        if "REPLY 1" in prompt:
            return '{"questions": ["Is it short?", "Is it a fact?"]}'
        return '{"1": "yes", "2": "%s"}' % ("no" if "is so" in prompt else "yes")

    models = Models(a=knows, b=knows, c=lambda prompt: "No idea", examiner=examiner)
    agents = [AgentSpec(name, model) for name, model in zip("xyz", "abc", strict=True)]
    result = carried_out(plan_of(*agents, scorer=ScorerSpec("questions", "examiner")), models)
    assert isinstance(result.evaluation.evidence, Labels)
    assert {task.prompt for task in result.evaluation.tasks} == {task.prompt for task in TASKS}
    assert result.judged.mechanism == "tvd"
