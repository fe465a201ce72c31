"""The word model behind completions with echo tells over HTTP what the offline scorer finds directly."""

from pathlib import Path

import numpy as np
import pytest

from elicit.errors import InvalidInput
from elicit.io import from_rows, read
from elicit.mock_llm import LocalModels, local_models
from elicit.mock_llm.lexical import WordModel
from elicit.scorers import lexical
from elicit.scorers.asking import ScoringModel
from elicit.scorers.likelihood import (
    base_request,
    conditional_request,
    probe_fault,
    probe_request,
    synopsis_of,
    target_likelihood,
)

DEMO = Path(__file__).parents[2] / "elicit" / "demo_data" / "responses.jsonl"
MODEL = ScoringModel("mock-words")


def total(client, request, target):
    found = target_likelihood(client.echo(request), request, target)
    assert found is not None
    return found.total


def offline(evaluation):
    """Word counts by task, and the pool in which every agent counts once."""
    vocabulary = lexical.Vocabulary()
    counts = list(lexical.count_words(evaluation.tasks, evaluation.evidence.texts, vocabulary))
    return counts, lexical.pool_shares(counts, len(vocabulary), np.ones(len(evaluation.agents)))


def test_the_capability_probe_passes(serving):
    _, client = serving()
    request = probe_request(MODEL)

    assert probe_fault(request, client.echo(request)) is None


@pytest.mark.parametrize("with_task", [False, True])
def test_every_gain_and_base_of_a_task_equals_the_offline_scorers(serving, with_task):
    demo = read([DEMO])
    counts, pool = offline(demo)
    _, client = serving()
    for t, other in ((0, 7), (12, 3)):
        texts, synopsis = demo.evidence.texts, synopsis_of(demo.tasks[t]) if with_task else ""
        gain, contrast = (
            lexical.task_gains(counts[t], counts[t], pool),
            lexical.task_gains(counts[t], counts[other], pool),
        )
        base = lexical.task_base(counts[t], pool)
        for j, target in enumerate(texts[t]):
            if sum(row.count(target) for row in texts) > 1 and not with_task:
                continue  # the server cannot know the task, nor then its words
            alone = total(client, base_request(MODEL, target, synopsis), target)
            assert alone == pytest.approx(base[j], abs=1e-9)
            for i in range(0, len(texts[t]), 3):
                joint = total(client, conditional_request(MODEL, texts[t][i], target, synopsis), target) - alone
                crossed = total(client, conditional_request(MODEL, texts[other][i], target, synopsis), target) - alone
                assert joint == pytest.approx(gain[i, j], abs=1e-4)  # the offline sums are in single precision
                assert crossed == pytest.approx(contrast[i, j], abs=1e-4)


def test_words_of_any_script_are_scored_as_offline(serving):
    told = [
        "東京タワーは333メートルです。",
        "Ｔｈｅ ﬁfth CAFÉ\u200b café, naïve!",
        "東京 the tower: 333 Meter",
        "Кофе и café",
    ]
    rows = [{"task_id": "t", "prompt": "How tall?", "agent": f"a{k}", "response": text} for k, text in enumerate(told)]
    rows += [{"task_id": "u", "prompt": "Else?", "agent": f"a{k}", "response": f"else {k}"} for k in range(4)]
    pool = from_rows(rows, evidence="responses")
    counts, shares = offline(pool)
    _, client = serving(models=LocalModels((), (), WordModel(pool).given))
    base, gain = lexical.task_base(counts[0], shares), lexical.task_gains(counts[0], counts[0], shares)

    for j, target in enumerate(told):
        alone = total(client, base_request(MODEL, target), target)
        assert alone == pytest.approx(base[j], abs=1e-9)
        for i, shown in enumerate(told):
            found = total(client, conditional_request(MODEL, shown, target), target)
            assert found - alone == pytest.approx(gain[i, j], abs=1e-5)


def test_the_words_of_another_file_can_be_served(serving, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(
        "task_id,agent,response\n" + "".join(f"t{t},a{a},word{a} of{t} text here\n" for t in (0, 1) for a in (0, 1))
    )
    counts, pool = offline(read([path]))
    _, client = serving(models=local_models(lexical=path))
    target = "word1 of0 text here"

    assert total(client, base_request(MODEL, target), target) == pytest.approx(lexical.task_base(counts[0], pool)[1])


def test_a_file_of_labels_is_refused(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("task_id,agent,label\nt,a,yes\nt,b,no\n")

    with pytest.raises(InvalidInput, match="a word model is made from responses, got labels"):
        local_models(lexical=path)
