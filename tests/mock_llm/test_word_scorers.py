"""Every question that elicit asks of a scoring model gets an answer that its parser reads, and that makes sense."""

from elicit.scorers.asking import ScoringModel
from elicit.scorers.judge import Judge, judge_request, parse_judge
from elicit.scorers.likelihood import judgments_request, parse_judgments
from elicit.scorers.pmi import parse_pmi, pmi_request
from elicit.scorers.questions import answer_request, parse_answers, parse_questions, write_request
from elicit.types import Task

MODEL = ScoringModel("mock-judge")
LIGHT = "Molecules scatter short waves strongly. At sunset the light crosses more atmosphere."
SKY = "Short waves of light are what molecules scatter; at sunset more atmosphere is crossed, so red remains of it."
BREAD = "The dough needs eighteen hours."


def test_the_judge_prefers_the_longer_reply_in_either_seat_with_and_without_the_task(serving):
    _, client = serving()
    for sees_task in (True, False):
        judge = Judge(MODEL, sees_task)
        task = Task("t", "Why is the sky blue?", "A long context. " * 20)

        assert parse_judge(client.ask(judge_request(judge, task, SKY, BREAD))) == 1.0
        assert parse_judge(client.ask(judge_request(judge, task, BREAD, SKY))) == 0.0
        assert parse_judge(client.ask(judge_request(judge, task, SKY, SKY))) == 0.5


def test_the_rater_gives_more_bits_to_what_was_told(serving):
    _, client = serving()

    told = parse_pmi(client.ask(pmi_request(MODEL, SKY, LIGHT)), LIGHT)
    untold = parse_pmi(client.ask(pmi_request(MODEL, BREAD, LIGHT)), LIGHT)

    assert told >= 3
    assert untold == 0


def test_questions_are_written_and_answered(serving):
    _, client = serving()

    questions = parse_questions(client.ask(write_request(MODEL, [LIGHT, SKY, BREAD])))
    sky = parse_answers(client.ask(answer_request(MODEL, questions, SKY)), len(questions))
    bread = parse_answers(client.ask(answer_request(MODEL, questions, BREAD)), len(questions))

    assert 'Does it speak of "sunset"?' in questions
    assert sky[questions.index('Does it speak of "sunset"?')] == 1
    assert bread[questions.index('Does it speak of "sunset"?')] == 0
    assert -1 not in sky


def test_a_response_is_rewritten_one_judgment_a_line(serving):
    _, client = serving()

    told = parse_judgments(client.ask(judgments_request(MODEL, LIGHT)))

    assert told.splitlines() == [
        "point: Molecules scatter short waves strongly.",
        "point: At sunset the light crosses more atmosphere.",
    ]
