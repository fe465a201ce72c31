"""Binary questions in a plan: a model writes them on each task's answers, and answers them for each agent."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from elicit.scorers.questions import answer_request, parse_answers, parse_questions, questionnaire, write_request
from elicit.services.asking import SCORER, Ask, Asker
from elicit.services.judging.judged import Judged, Texts, scoring_model
from elicit.services.plan import Plan


def judge_by_questions(plan: Plan, texts: Texts, asker: Asker) -> Judged:
    """A model writes yes/no questions about each task's answers and answers them for each agent: labels."""
    model = scoring_model(plan)
    answered = [[(i, text) for i, text in enumerate(row) if text is not None] for row in texts]
    rows = [t for t, row in enumerate(answered) if len(row) > 1]

    def writes() -> Iterator[Ask]:
        return ((SCORER, write_request(model, [text for _, text in answered[t]])) for t in rows)

    replies = asker.ask(writes, "questions", len(rows))
    told = [None if reply is None else parse_questions(reply) for reply in replies]
    questions = {t: found for t, found in zip(rows, told, strict=True) if found}

    def answers() -> Iterator[Ask]:
        for t, asked in questions.items():
            yield from ((SCORER, answer_request(model, asked, text)) for _, text in answered[t])

    replies = asker.ask(answers, "question answers", sum(len(answered[t]) for t in questions))
    codes = {t: np.full((len(asked), len(texts[t])), -1) for t, asked in questions.items()}
    places = ((t, i) for t in questions for i, _ in answered[t])
    for (t, i), reply in zip(places, replies, strict=True):
        if reply is not None:
            codes[t][:, i] = parse_answers(reply, len(questions[t]))
    if not codes:
        return Judged(None)
    found = questionnaire(questions, codes)
    # A question keeps its task's prompt: questions on one task are resampled together.
    tasks = tuple(
        replace(plan.tasks[t], id=f"{plan.tasks[t].id} · {number} · {question}")
        for number, (t, question) in enumerate(zip(found.task.tolist(), found.questions, strict=True), start=1)
    )
    facts = {"questions": {"kept": len(found.questions), "answered_alike": found.alike, "tasks": len(questions)}}
    return Judged(found.labels if tasks else None, plan.mechanism or "tvd", tasks, facts)
