"""The gaming lab: tricks that do what they say, are told for what they pay, and leave what is missing missing."""

from collections import Counter

import numpy as np
import pytest

from elicit.errors import InvalidInput
from elicit.evidence import Gains, Labels
from elicit.services.audit import ATTACKS, Sampling, audit, summary
from elicit.services.audit.attacks import Pool
from elicit.types import Evaluation, Responses, Task

N_TASKS = 24
TASKS = tuple(Task(f"t{t}", prompt=f"What is fact {t}?") for t in range(N_TASKS))
SMALL = Sampling(n_tasks=N_TASKS, n_agents=5)
TEXT = [attack for attack in ATTACKS.values() if "text" in attack.kinds]
ON_LABELS = [attack for attack in ATTACKS.values() if "labels" in attack.kinds]


def text_pool(seed=0):
    """Five agents that know more or less of the facts of each task; the last says one thing always."""
    rng = np.random.default_rng(seed)
    words = [[f"wording{word}" for word in rng.integers(600, size=12)] for _ in TASKS]

    def answer(task, quality):
        return " ".join(word if rng.random() < quality else f"x{rng.integers(600)}" for word in words[task]) + "."

    rows = [[*(answer(t, quality) for quality in (0.95, 0.8, 0.6, 0.4)), "I cannot say."] for t in range(N_TASKS)]
    rows[3][1] = None
    return Evaluation(TASKS, tuple("abcde"), Responses(rows))


def label_pool(seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=N_TASKS)
    right = rng.random((N_TASKS, 5)) < [0.95, 0.85, 0.75, 0.5, 0.35]
    codes = np.where(right, truth[:, None], rng.integers(3, size=(N_TASKS, 5)))
    codes[2, 1] = -1
    return Evaluation(TASKS, tuple("abcde"), Labels(codes, ("x", "y", "z")))


def found(effects, attack, mechanism, clones):
    (row,) = [
        row
        for row in summary(effects)
        if (row["attack"], row["mechanism"], row["clones"]) == (attack, mechanism, clones)
    ]
    return row


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=lambda attack: attack.name)
def test_a_trick_alters_nobody_else_unless_it_says_so_and_invents_no_answer(attack):
    evaluation = text_pool() if "text" in attack.kinds else label_pool()
    evidence = evaluation.evidence
    table = (
        evidence.texts
        if isinstance(evidence, Responses)
        else [[(*"xyz", None)[code] for code in row] for row in evidence.codes]
    )
    after = attack.play(Pool(table, TASKS, agent=1, best_other=0), np.random.default_rng(0)).answers
    touched = {i for old, new in zip(table, after, strict=True) for i in range(5) if old[i] != new[i]}
    partners = {1, 2, 3} if attack.name in ("shared code", "coded labels") else {1}
    assert touched <= partners
    assert touched or len(after[0]) > 5
    if attack.name not in ("other task", "copy the best"):  # these take answers from elsewhere
        assert [row[1] is None for row in after] == [row[1] is None for row in table]


def test_repeating_pays_nothing_and_a_clone_pays_until_clones_share_a_vote():
    effects = audit(text_pool(), mechanisms=["mi"], attacks=["repeat", "five clones", "flattery"], sampling=SMALL)
    for clones in ("on", "off"):
        assert found(effects, "repeat", "mi", clones)["gained"] == 0
        assert found(effects, "repeat", "mi", clones)["kept"] == pytest.approx(1)
        assert found(effects, "flattery", "mi", clones)["gained"] == 0
    assert found(effects, "five clones", "mi", "off")["gained"] > 0
    assert found(effects, "five clones", "mi", "on")["gained"] == 0


def test_what_pays_is_told_a_copy_of_the_best_and_a_shared_code():
    effects = audit(text_pool(), mechanisms=["mi"], attacks=["copy the best", "shared code"], sampling=SMALL)
    assert found(effects, "copy the best", "mi", "on")["most_places"] >= 3
    assert found(effects, "shared code", "mi", "off")["gained"] > 0


def test_the_commonest_label_pays_under_the_control_and_not_under_information():
    effects = audit(label_pool(), mechanisms=["kl", "output_agreement"], attacks=["commonest label"], sampling=SMALL)
    kept = {effect.mechanism: effect.after for effect in effects if not effect.clones}
    assert abs(kept["kl"]) < 1e-12
    assert kept["output_agreement"] > 0.2


def test_renaming_labels_costs_only_where_names_count():
    effects = audit(label_pool(), mechanisms=["kl", "dasgupta_ghosh"], attacks=["rename labels"], sampling=SMALL)
    assert found(effects, "rename labels", "kl", "off")["kept"] == pytest.approx(1)
    assert found(effects, "rename labels", "dasgupta_ghosh", "off")["kept"] < 0.2


def test_the_same_seed_plays_the_same_audit():
    one, other = (audit(label_pool(), attacks=["random labels"], mechanisms=["kl"], seed=3) for _ in range(2))
    assert one == other


def test_only_a_sample_plays_and_each_attack_is_summed_up_once():
    effects = audit(text_pool(), mechanisms=["mi"], attacks=["truncate"], sampling=Sampling(n_tasks=10, n_agents=2))
    assert Counter(effect.clones for effect in effects) == {True: 2, False: 2}
    assert [row["agents"] for row in summary(effects)] == [2, 2]


def test_by_default_every_attack_for_the_answers_meets_several_mechanisms():
    rows = summary(audit(label_pool(), sampling=Sampling(n_tasks=N_TASKS, n_agents=1)))
    assert {row["attack"] for row in rows} == {attack.name for attack in ON_LABELS}
    assert len({row["mechanism"] for row in rows}) == 8


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"attacks": ["bribe"]}, "attack must be one of"),
        ({"attacks": ["commonest label"]}, "got 'commonest label'"),
        ({"mechanisms": ["kl"]}, "mechanism must be one of mi, gppm, got 'kl'"),
    ],
)
def test_what_is_not_for_these_answers_is_refused(asked, message):
    with pytest.raises(InvalidInput, match=message):
        audit(text_pool(), **asked)


def test_scores_that_a_model_gave_cannot_be_audited():
    gains = Gains(np.zeros((2, 2, 2)), np.zeros((2, 2)))
    with pytest.raises(InvalidInput, match="an audit needs answers, got gains"):
        audit(Evaluation(TASKS[:2], ("a", "b"), gains))
