"""The real data sets read whole, with the counts their READMEs give."""

import pytest

from elicit.evidence import Labels, PairScores
from elicit.io import read
from elicit.types import Responses

RESPONSES = {
    "demo/responses.jsonl": (40, 9),
    "sample/outputs.jsonl": (40, 6),
    "sample_gsm8k/outputs.jsonl": (40, 5),
    "sample_vicuna/outputs.jsonl": (40, 6),
    "alpaca_eval/outputs.jsonl.gz": (805, 26),
    "gsm8k/responses.jsonl.gz": (1319, 5),
    "mmlu_pro/cot_outputs_600.jsonl.gz": (600, 15),
    "summeval/responses.jsonl.gz": (100, 16),
    "vicuna_bench/responses.jsonl.gz": (80, 7),
    "wmt22_zh_en/responses.jsonl.gz": (1875, 13),
    "strategic_agents/samsum/responses.jsonl.gz": (200, 30),
    "strategic_agents/opus_de_en/responses.jsonl.gz": (30, 31),
}
LABELS = {
    "mmlu_pro/answers_wide.csv.gz": (5992, 15, 11),
    "gsm8k/responses.jsonl.gz": (1319, 5, None),
    "crowd/bluebirds/labels.csv": (108, 39, 2),
    "crowd/dogs/labels.csv": (807, 109, 4),
    "crowd/face_sentiment/labels.csv": (584, 27, 4),
}
PAIR_SCORES = {
    "samsum": (200, 30),
    "pubmed": (200, 30),
    "reddit_tifu": (200, 30),
    "reddit_tifu__case_flip": (200, 30),
    "reddit_tifu__format": (200, 30),
    "reddit_tifu__padding": (200, 30),
    "opus_de_en": (30, 31),
}


@pytest.mark.parametrize(("name", "shape"), RESPONSES.items(), ids=RESPONSES)
def test_responses_read_whole_and_their_folder_gives_the_same(shared, name, shape):
    path = shared / name
    evaluation = read([path])
    texts = evaluation.evidence.texts
    assert (len(texts), len(texts[0])) == (len(evaluation.tasks), len(evaluation.agents)) == shape
    assert not any(text is None for row in texts for text in row)
    whole = read([path.parent])
    assert whole.evidence == evaluation.evidence
    assert isinstance(whole.evidence, Responses)
    assert all(task.prompt or task.context for task in whole.tasks)


@pytest.mark.parametrize(("name", "shape"), LABELS.items(), ids=LABELS)
def test_labels_read_whole(shared, name, shape):
    evaluation = read([shared / name], evidence="labels")
    n_tasks, n_agents, n_classes = shape
    assert isinstance(evaluation.evidence, Labels)
    assert evaluation.evidence.codes.shape == (n_tasks, n_agents) == (len(evaluation.tasks), len(evaluation.agents))
    assert n_classes in (None, len(evaluation.evidence.classes))


def test_label_tables_are_recognised_unasked(shared):
    for name in ("mmlu_pro/answers_wide.csv.gz", "crowd/dogs/labels.csv"):
        assert isinstance(read([shared / name]).evidence, Labels)


def test_unread_letters_and_missing_rows_of_mmlu_pro_are_told_apart(shared):
    evaluation = read([shared / "mmlu_pro/answers_wide.csv.gz"], tasks=shared / "mmlu_pro/tasks.jsonl.gz")
    assert evaluation.evidence.classes == ("?", *"ABCDEFGHIJ")
    assert int((evaluation.evidence.codes < 0).sum()) == 836 + 8
    assert evaluation.tasks[0].prompt.splitlines()[1].startswith("Safe practices")


@pytest.mark.parametrize(("name", "shape"), PAIR_SCORES.items(), ids=PAIR_SCORES)
def test_scored_pairs_read_whole(shared, name, shape):
    evaluation = read([shared / "strategic_agents" / name / "pair_scores.parquet"])
    n_tasks, n_agents = shape
    assert isinstance(evaluation.evidence, PairScores)
    assert (len(evaluation.tasks), len(evaluation.agents)) == shape
    assert len(evaluation.evidence.score) == 2 * n_tasks * n_agents * (n_agents - 1)
    assert int(evaluation.evidence.joint.sum()) == n_tasks * n_agents * (n_agents - 1)
