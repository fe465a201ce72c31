"""Which scorer and mechanism read what, and what is said about the choice."""

from itertools import product

import numpy as np
import pytest
from small_evaluations import (
    LETTERS,
    POOLS,
    by_agent,
    of_gains,
    of_labels,
    of_pairs,
    of_texts,
    pool_gains,
    pool_labels,
    pool_pairs,
    ranked,
)

from elicit.errors import InvalidInput
from elicit.evidence import Gains, Labels, PairScores
from elicit.mechanisms import MECHANISMS
from elicit.services.progress import silent
from elicit.services.scoring import SCORERS, Options, are_labels, as_labels, choose, score_evaluation
from elicit.types import Responses

READ_BY = {
    "responses": [name for name, mechanism in MECHANISMS.items() if mechanism.evidence is Gains],
    "gains": [name for name, mechanism in MECHANISMS.items() if mechanism.evidence is Gains],
    "gains without contrasts": [name for name, mechanism in MECHANISMS.items() if mechanism.evidence is Gains],
    "labels": [name for name, mechanism in MECHANISMS.items() if mechanism.evidence is Labels],
    "pair scores": [name for name, mechanism in MECHANISMS.items() if mechanism.evidence is PairScores],
}
SCORED_BY = {
    "responses": ["lexical", "embeddings", "labels"],
    "gains": ["given"],
    "gains without contrasts": ["given"],
    "labels": ["labels"],
    "pair scores": ["given"],
}
SHORT_LABELS = of_texts([[f"({LETTERS[code]})" for code in row] for row in pool_labels()])


def chosen(pool, **options):
    return choose(pool, Options(**options))


# --- defaults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "scorer", "mechanism", "softmax", "clones"),
    [
        ("responses", "lexical", "mi", True, True),
        ("labels", "labels", "kl", False, True),
        ("pair scores", "given", "tvd_mi", False, False),
        ("gains", "given", "mi", False, False),
    ],
)
def test_each_kind_of_evidence_has_its_defaults(kind, scorer, mechanism, softmax, clones):
    choice = chosen(POOLS[kind])
    assert (choice.scorer, choice.mechanism.name, choice.softmax, choice.clones) == (
        scorer,
        mechanism,
        softmax,
        clones,
    )


@pytest.mark.parametrize("kind", POOLS)
def test_each_choice_comes_with_its_reason(kind):
    for choice in (chosen(POOLS[kind]), chosen(POOLS[kind], mechanism=READ_BY[kind][-1], scorer=SCORED_BY[kind][0])):
        of_scorer, of_mechanism = choice.reasons
        assert of_scorer.startswith(f"scorer {choice.scorer}: ")
        assert of_mechanism.startswith(f"mechanism {choice.mechanism.name}: ")
    assert chosen(POOLS[kind], mechanism=READ_BY[kind][-1]).reasons[1].endswith("asked for")
    assert "default" in chosen(POOLS[kind]).reasons[1]


def test_short_labels_say_why_they_are_not_scored_as_text():
    assert chosen(SHORT_LABELS).reasons[0] == "scorer labels: the responses are short labels"
    assert chosen(SHORT_LABELS).mechanism.name == "kl"
    assert chosen(POOLS["responses"]).reasons[0] == "scorer lexical: the responses are text"


# --- every combination ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "mechanism"), list(product(READ_BY, MECHANISMS)))
def test_a_mechanism_reads_its_evidence_or_the_error_names_those_that_do(kind, mechanism):
    if mechanism in READ_BY[kind]:
        assert ranked(POOLS[kind], mechanism=mechanism)["mechanism"] == mechanism
        return
    with pytest.raises(InvalidInput) as caught:
        ranked(POOLS[kind], mechanism=mechanism)
    assert f"what fits: {', '.join(READ_BY[kind])}" in str(caught.value)
    assert MECHANISMS[mechanism].evidence.kind in str(caught.value)


@pytest.mark.parametrize(("kind", "scorer"), list(product(SCORED_BY, SCORERS)))
def test_a_scorer_reads_its_evidence_or_the_error_names_the_one_that_does(kind, scorer):
    if scorer in SCORED_BY[kind]:
        assert chosen(POOLS[kind], scorer=scorer).scorer == scorer
        return
    with pytest.raises(InvalidInput) as caught:
        chosen(POOLS[kind], scorer=scorer)
    assert f"use {SCORED_BY[kind][0]!r}" in str(caught.value)


def test_responses_asked_to_be_read_as_labels_take_mechanisms_of_labels():
    result = ranked(SHORT_LABELS, scorer="labels", mechanism="dmi")
    assert (result["scorer"], result["mechanism"]) == ("labels", "dmi")
    with pytest.raises(InvalidInput, match="reads gains"):
        ranked(SHORT_LABELS, scorer="labels", mechanism="mi")
    assert ranked(SHORT_LABELS, scorer="lexical")["mechanism"] == "mi"


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize("option", ["mechanism", "scorer", "peers"])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(kind, option):
    known = {"mechanism": MECHANISMS, "scorer": SCORERS, "peers": ("softmax", "uniform", "additive")}[option]
    with pytest.raises(InvalidInput) as caught:
        chosen(POOLS[kind], **{option: "sofmax"})
    assert "'sofmax'" in str(caught.value)
    assert all(name in str(caught.value) for name in known)


@pytest.mark.parametrize("kind", ["pair scores", "gains"])
def test_clones_cannot_be_told_from_scores_alone(kind):
    with pytest.raises(InvalidInput, match="clones off"):
        chosen(POOLS[kind], clones=True)
    assert not chosen(POOLS[kind], clones=False).clones


@pytest.mark.parametrize("peers", ["softmax", "uniform", "additive"])
@pytest.mark.parametrize("clones", [True, False])
def test_what_is_asked_for_is_recorded(peers, clones):
    choice = chosen(POOLS["labels"], peers=peers, clones=clones, mechanism="chi2")
    alone = np.arange(2), np.ones(2), np.ones((2, 2))
    assert (choice.peers(*alone).name, choice.clones, choice.mechanism.name) == (peers, clones, "chi2")


# --- short labels ---------------------------------------------------------------------------------------------------


def table(*columns, times=10):
    return Responses([list(row) for row in zip(*columns, strict=True)] * times)


@pytest.mark.parametrize(
    "responses",
    [
        table(["A", "B"], ["A", "A"], ["B", "B"]),
        table(["(b)", " C."], ["b", "c"], ["B)", "**C**"]),
        table(["yes", "No."], ["YES", "no"], [" yes", None]),
        table(["strongly agree", "agree"], ["Agree", "disagree"], ["neither", "agree"]),
        table(["?", "A"], ["A", "?"], ["?", "?"]),
        table(["猫", "狗"], ["狗", "狗"], ["猫", "猫"]),
        table(["4", "5"], ["5", "5"], ["4", "3"]),
    ],
)
def test_letters_and_short_labels_are_labels(responses):
    assert are_labels(responses)


@pytest.mark.parametrize(
    "responses",
    [
        Responses([[str(17 * t), str(17 * t + i)] for t in range(20) for i in range(3)]),
        Responses([[f"Paris {t}", f"Rome {t}"] for t in range(20)]),
        table(["yes it is so", "no"], ["yes", "no"], ["no", "yes"]),
        table(["A", "A"], ["A", "A"], ["A", "A"]),
        Responses([[None, None]] * 9),
        Responses([]),
    ],
    ids=["numbers", "names", "a sentence", "one label only", "nothing", "no task"],
)
def test_free_answers_are_no_labels(responses):
    assert not are_labels(responses)


@pytest.mark.parametrize(("times", "labels"), [(4, True), (3, False)])
def test_labels_are_at_most_the_root_of_all_responses(times, labels):
    """Four labels: 16 responses are enough, 12 are not."""
    assert are_labels(table(["A", "B"], ["C", "D"], times=times)) == labels


def test_labels_are_folded_and_empty_ones_missing():
    labels = as_labels(table([" (B). ", "b", "?"], ["", None, "**A**"], times=1))
    assert labels.classes == ("?", "a", "b")
    assert labels.codes.tolist() == [[2, -1], [2, -1], [0, 1]]


def test_responses_without_a_label_are_an_error():
    with pytest.raises(InvalidInput, match="at least one label"):
        ranked(of_texts([["", None], [" ", "\n"]]), scorer="labels")


def test_short_labels_are_ranked_as_the_label_table_would_be():
    codes = pool_labels()
    assert by_agent(ranked(SHORT_LABELS)) == by_agent(ranked(of_labels(codes, ("a", "b", "c", "d"))))


def test_open_answers_are_no_labels_however_one_asks():
    with pytest.raises(InvalidInput, match="got 480 different ones"):
        ranked(of_texts([[f"answer {t} {i}" for i in range(6)] for t in range(80)]), scorer="labels")


# --- what was answered ----------------------------------------------------------------------------------------------


def test_label_pairs_that_share_fewer_than_four_tasks_are_not_compared():
    codes = np.full((20, 3), -1)
    codes[:, 0] = codes[:12, 1] = 0
    codes[::2] = np.where(codes[::2] == 0, 1, -1)
    for n_shared, score in ((3, False), (4, True)):
        codes[:, 2] = -1
        codes[:n_shared, 2] = codes[:n_shared, 0]
        result = ranked(of_labels(codes), clones=False)
        assert (by_agent(result)["a2"] is not None) == score
        assert by_agent(result, "n_tasks") == {"a0": 20, "a1": 12, "a2": n_shared}


def test_an_agent_of_joint_pairs_on_either_side_has_answered():
    rows, scores = pool_pairs(m=6, n=3)
    kept = [k for k, (i, t, j, _) in enumerate(rows) if i != 2 and (j != 2 or t < 2)]
    result = ranked(of_pairs([rows[k] for k in kept], np.array(scores)[kept], 6, 3))
    assert by_agent(result, "n_tasks") == {"a0": 6, "a1": 6, "a2": 2}


def test_an_agent_of_gains_has_answered_where_it_tells_or_is_told():
    gain, _ = pool_gains(m=9, n=3)
    gain[2:, 2, :] = np.nan  # tells about others on two tasks
    gain[:6, :, 2] = np.nan  # is told about on three
    assert by_agent(ranked(of_gains(gain)), "n_tasks") == {"a0": 9, "a1": 9, "a2": 5}


# --- scored pairs -----------------------------------------------------------------------------------------------------


JOINT, CONTRAST = (0, 0, 1, 0), (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("rows", "mechanism", "met"),
    [
        ([JOINT], None, "joint pairs .* and contrast pairs .*, got 1 joint and 0 contrast; wins .* win_rate"),
        ([CONTRAST], None, "got 0 joint and 1 contrast[.] Which is which"),
        ([CONTRAST], "win_rate", "'win_rate' needs joint pairs .*, got 0 joint and 1 contrast"),
    ],
)
def test_pairs_of_a_kind_that_the_mechanism_cannot_do_without_are_asked_for(rows, mechanism, met):
    with pytest.raises(InvalidInput, match=met):
        ranked(of_pairs(rows, [1.0] * len(rows), 2, 2), mechanism=mechanism)


@pytest.mark.parametrize("score", [-0.5, 2.0])
def test_a_win_is_between_nothing_and_one(score):
    with pytest.raises(InvalidInput, match="between 0 and 1, got"):
        ranked(of_pairs([JOINT], [score], 2, 2), mechanism="win_rate")


def test_wins_alone_are_ranked_and_nothing_is_taken_off_as_chance():
    duels = [(i, t, j, t) for t in range(6) for i, j in ((0, 1), (2, 0), (1, 2))]
    result = ranked(of_pairs(duels, [1.0, 0.0, 1.0] * 6, 6, 3), mechanism="win_rate")
    assert by_agent(result) == {"a0": 1.0, "a1": 0.5, "a2": 0.0}
    assert set(by_agent(result, "chance").values()) == {None}
    assert result["diagnostics"]["signal"]["p_value"] is None
    assert any("win rate is a control" in note for note in result["diagnostics"]["notes"])


# --- the same prompt under several ids ------------------------------------------------------------------------------


def test_samples_of_one_prompt_are_no_contrast_to_each_other():
    prompts = [f"What is it about {t // 3}?" for t in range(12)]
    told = [[f"fact{t // 3} {i} told again" for i in range(3)] for t in range(12)]
    options = Options(clones=False)
    for seed in range(5):
        evaluation = of_texts(told, prompts)
        scored = score_evaluation(evaluation, choose(evaluation, options), Options(seed=seed), silent)
        others = ~np.eye(3, dtype=bool)
        assert (scored.evidence.gain - scored.evidence.contrast)[:, others].min() > 0.01  # 0 with another sample
