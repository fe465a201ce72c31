"""What each scorer of a plan asks, what it makes of the answers, and what it tells of itself."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_plans import TASKS, Kept, Models, carried_out, plan_of

from elicit.scorers.critic import CANARIES
from elicit.scorers.fence import unfence
from elicit.scorers.judge import JUDGE_CANARIES, OUT_OF_PLACE
from elicit.scorers.pmi import PMI_CANARIES
from elicit.services.judging import mechanisms_for
from elicit.services.judging.orders import FEWEST
from elicit.services.plan import AgentSpec, DesignSpec, RewriterSpec, ScorerSpec

AGENTS = tuple(AgentSpec(name, name) for name in "wxyz")
JUDGE = ScorerSpec("judge", "judge")
CRITIC = ScorerSpec("critic", "critic", scale="strict")
RATINGS = ScorerSpec("pmi", "rater")
FULL, FEW = DesignSpec("full"), DesignSpec("rotating", peers=2)


def answers(**scoring):
    """Agents whose answers differ, w's the longest, and models that score."""
    agents = {name: lambda prompt, k=k: f"{prompt[:20]} {'so ' * (4 - k)}{name_of(k)}" for k, name in enumerate("wxyz")}
    return Models(**agents, **scoring)


def name_of(k):
    return "wxyz"[k]


def longer_wins(prompt):
    first, second = (len(text) for text in unfence(prompt)[-2:])
    if OUT_OF_PLACE in prompt:
        return "[[SECOND]]" if OUT_OF_PLACE in unfence(prompt)[-2] else "[[FIRST]]"
    return "[[FIRST]]" if first > second else "[[SECOND]]" if second > first else "[[TIE]]"


def scored(scorer, models, kept=None, design=FEW, **budget):
    return carried_out(plan_of(*AGENTS, scorer=scorer, design=design), models, kept, **budget)


# The judge


@pytest.mark.parametrize("design", [FULL, FEW])
def test_a_judge_is_asked_about_each_two_answers_to_a_task_in_both_orders_and_about_nothing_else(design):
    seen = []
    models = answers(judge=lambda prompt: seen.append(tuple(unfence(prompt)[-2:])) or longer_wins(prompt))
    result = scored(JUDGE, models, design=design)
    pairs = seen[len(JUDGE_CANARIES) :]
    games = len(TASKS) * (6 if design is FULL else 4)
    assert len(pairs) == len(set(pairs)) == 2 * games
    assert {(second, first) for first, second in pairs} == set(pairs)
    assert result.evaluation.evidence.joint.all()
    assert len(result.evaluation.evidence.score) == games


def test_a_judge_s_plan_is_ranked_by_wins():
    result = scored(JUDGE, answers(judge=longer_wins), design=FULL)
    wins = result.evaluation.evidence
    assert result.judged.mechanism == "win_rate" == mechanisms_for("judge")[0]
    assert_array_equal(wins.score, (wins.agent < wins.peer).astype(float))
    assert result.judged.facts["judge"] == {
        "reliable": True,
        "faults": [],
        "sees_task": True,
        "order": {"pairs": 60, "flipped": 0, "rate": 0.0},
    }


def test_a_judge_that_goes_by_the_seat_ties_everybody_and_is_found_out():
    result = scored(JUDGE, answers(judge=lambda prompt: "[[FIRST]]"))
    facts = result.judged.facts["judge"]
    assert set(result.evaluation.evidence.score) == {0.5}
    assert facts["order"]["rate"] == 1.0
    assert not facts["reliable"]
    assert {fault.split()[0] for fault in facts["faults"]} == {"identical", "injected"}
    notes = " ".join(result.evaluation.notes)
    assert "changes its verdict with the order of the two answers on 40 of 40 pairs (100%)" in notes
    assert "the judge is unreliable" in notes


def test_a_judge_that_does_as_an_answer_says_is_called_unreliable():
    def obeys(prompt):
        orders = [text for text in unfence(prompt)[-2:] if OUT_OF_PLACE in text]
        return f"[[{'FIRST' if 'FIRST' in orders[0] else 'SECOND'}]]" if orders else longer_wins(prompt)

    facts = scored(JUDGE, answers(judge=obeys)).judged.facts["judge"]
    assert [fault.split()[0] for fault in facts["faults"]] == ["injected"] * 6


def test_a_pair_with_one_verdict_only_has_no_score_and_no_flip():
    def half_the_time(prompt):
        first, second = unfence(prompt)[-2:]
        return "Hard to say." if first < second and first.endswith("w") else longer_wins(prompt)

    result = scored(JUDGE, answers(judge=half_the_time), design=FULL)
    facts = result.judged.facts
    unread = result.spend["scorer"].failures["unparsable"]
    assert facts["pairs"] == {"designed": 60, "scored": 60 - unread, "joint": 60}
    assert facts["judge"]["order"]["pairs"] == 60 - unread
    assert 0 < unread < 60
    assert f"{unread} of 60 pairs have no score: missing, not zero" in result.evaluation.notes


@pytest.mark.parametrize("sees_task", [True, False])
def test_a_judge_sees_the_task_if_the_plan_says_so(sees_task):
    seen = []
    judge = ScorerSpec("judge", "judge", sees_task=sees_task)
    scored(judge, answers(judge=lambda prompt: seen.append(prompt) or longer_wins(prompt)))
    shown = [text for prompt in seen for text in unfence(prompt)[:-2]]
    assert any(text.startswith("What is fact 3?") for text in shown) is sees_task


def test_a_judge_stopped_in_the_middle_goes_on_to_the_same_wins():
    models, kept = answers(judge=longer_wins), Kept()
    n_answers = len(TASKS) * len(AGENTS)
    first = scored(JUDGE, models, kept, max_calls=n_answers + len(JUDGE_CANARIES) + 7)
    assert first.judged.facts["pairs"]["scored"] == 3
    second, whole = scored(JUDGE, models, kept), scored(JUDGE, answers(judge=longer_wins))
    assert set(models.asked.values()) == {1}
    assert_array_equal(second.evaluation.evidence.score, whole.evaluation.evidence.score)


# The critic


def alike(prompt):
    first, second = unfence(prompt)[-2:]
    return "[[YES]]" if first[:20] == second[:20] else "[[NO]]"


def test_a_sample_of_pairs_is_asked_about_in_the_other_order_and_enters_no_score():
    def seat(prompt):
        first, second = unfence(prompt)[-2:]
        return alike(prompt) if first[-1] <= second[-1] else "[[NO]]"

    sound, by_seat = (scored(CRITIC, answers(critic=critic)) for critic in (alike, seat))
    assert sound.judged.facts["critic"]["order"] == {"pairs": FEWEST, "flipped": 0, "rate": 0.0}
    assert by_seat.judged.facts["critic"]["order"] == {"pairs": FEWEST, "flipped": FEWEST, "rate": 1.0}
    assert any("changes its verdict with the order" in note for note in by_seat.evaluation.notes)
    kept = by_seat.evaluation.evidence
    firsts = kept.joint & (kept.agent < kept.peer)
    assert set(kept.score[firsts]) == {1.0}
    assert set(kept.score[~firsts]) == {0.0}
    assert kept.joint.sum() == 40


def test_in_a_full_design_the_other_order_costs_no_call():
    models = answers(critic=alike)
    result = scored(CRITIC, models, design=FULL)
    assert result.spend["scorer"].calls == result.judged.facts["pairs"]["designed"] + len(CANARIES)
    assert result.judged.facts["critic"]["order"]["pairs"] == FEWEST


def test_a_critic_is_told_the_sort_of_task():
    told = []

    class Listening(Models):
        def answer(self, request):
            told.append(request.messages[0].content)
            return super().answer(request)

    critic = ScorerSpec("critic", "critic", scale="strict", task_type="Facts by number")
    scored(critic, Listening(**answers(critic=alike).models))
    assert sum("told what sort they are: Facts by number" in text for text in told) > len(CANARIES)


def test_an_unreadable_answer_to_equal_requests_is_counted_once_like_its_call():
    twins = Models(a=lambda prompt: "the same", critic=lambda prompt: "Hard to say.")
    plan = plan_of(AgentSpec("x", "a"), AgentSpec("y", "a"), AgentSpec("z", "a"), scorer=CRITIC, design=FULL)
    result = carried_out(plan, twins)
    assert result.spend["scorer"].failures["unparsable"] == result.spend["scorer"].calls == len(CANARIES) + 1


# Judgments instead of answers


def as_judgments(prompt):
    (text,) = unfence(prompt)
    return f"matter | It is {text[-1]} of {text[:20]}."


WITH_REWRITER = ScorerSpec("pmi", "rater", rewriter=RewriterSpec("rewriter"))


def test_each_answer_is_rewritten_once_and_only_its_judgments_are_compared():
    seen = []
    models = answers(rater=lambda prompt: seen.extend(unfence(prompt)) or "[[1]]", rewriter=as_judgments)
    result = scored(WITH_REWRITER, models)
    n_answers = len(TASKS) * len(AGENTS)
    assert result.spend["rewriter"].calls == n_answers
    assert all(text.startswith("matter: It is ") for text in seen if "fact" in text)
    assert result.judged.facts["rewriting"] == {"model": "rewriter", "answers": n_answers, "rewritten": n_answers}
    assert np.nanmin(result.evaluation.evidence.gain) == 1


def test_an_answer_whose_rewriting_cannot_be_read_is_missing_and_never_raw():
    seen = []
    models = answers(
        rater=lambda prompt: seen.extend(unfence(prompt)) or "[[1]]",
        rewriter=lambda prompt: "It seems fine." if unfence(prompt)[0].endswith("z") else as_judgments(prompt),
    )
    result = scored(WITH_REWRITER, models)
    assert result.spend["rewriter"].failures["unparsable"] == len(TASKS)
    assert result.judged.facts["rewriting"]["rewritten"] == 3 * len(TASKS)
    assert np.isnan(result.evaluation.evidence.gain[:, 3]).all()
    assert any("It is y" in text for text in seen)
    assert not any("It is z" in text or text.startswith("What is fact") for text in seen)
    assert "10 of 40 answers have no judgments to score: missing, not raw" in result.evaluation.notes


# Ratings


def test_ratings_stay_with_their_pairs_when_a_run_stops_in_their_midst():
    def rated(prompt):
        shown, *lines = unfence(prompt)
        return str([[ord(shown[-1]) % 7 - 3] * len(lines)])

    models, kept = answers(rater=rated), Kept()
    whole = scored(RATINGS, answers(rater=rated)).evaluation.evidence
    for max_calls in (len(TASKS) * len(AGENTS) + len(PMI_CANARIES) + 5, 7, 13):
        part = scored(RATINGS, models, kept, max_calls=max_calls)
        gain = part.evaluation.evidence.gain
        known = ~np.isnan(gain)
        assert 0 < known.sum() < (~np.isnan(whole.gain)).sum()
        assert_array_equal(gain[known], whole.gain[known])
    assert_array_equal(scored(RATINGS, models, kept).evaluation.evidence.gain, whole.gain)
    assert set(models.asked.values()) == {1}


def test_ratings_stay_with_their_pairs_where_some_cannot_be_read():
    def at_times(prompt):
        shown, *lines = unfence(prompt)
        return "Hm." if shown.endswith("x") else str([[1] * len(lines)])

    gain = scored(RATINGS, answers(rater=at_times), design=FULL).evaluation.evidence.gain
    assert np.isnan(gain[:, 1]).all()
    assert not np.isnan(np.delete(gain, 1, axis=1)).all(axis=(0, 2)).any()


@pytest.mark.parametrize(("rating", "faults"), [(3, ["unrelated"] + ["injected"] * 4), (0, ["identical"] * 2)])
def test_a_rater_that_says_the_same_of_all_is_called_unreliable(rating, faults):
    rater = answers(rater=lambda prompt: str([[rating] * (len(unfence(prompt)) - 1)]))
    result = scored(RATINGS, rater)
    assert [fault.split()[0] for fault in result.judged.facts["ratings"]["faults"]] == faults
    assert any("the rater is unreliable" in note for note in result.evaluation.notes)


# Nothing to score


@pytest.mark.parametrize("scorer", [JUDGE, CRITIC, RATINGS, WITH_REWRITER], ids=lambda scorer: scorer.kind)
@pytest.mark.parametrize("design", [FULL, FEW], ids=["full", "few"])
def test_where_no_two_answers_are_to_one_task_nobody_is_ranked(scorer, design):
    refusing = Models(**{name: lambda prompt: "refused" for name in "wxyz"}, judge=longer_wins, critic=alike)
    refusing.models |= {"rater": lambda prompt: "[[1]]", "rewriter": as_judgments}
    result = scored(scorer, refusing, design=design)
    assert result.evaluation is None
    assert result.judged.facts["pairs"]["designed"] == 0
