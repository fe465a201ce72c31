"""Tricks and copies: what they earn, and what the benchmarks say of it."""

from dataclasses import replace

import attacks
import clones
import numpy as np
import pytest
from common import DEMO, read_every, scores
from numpy.testing import assert_allclose, assert_array_equal

from elicit.services.progress import silent
from elicit.services.scoring import Options, choose, score_evaluation
from elicit.types import Responses


@pytest.fixture(scope="module")
def demo():
    return read_every(DEMO, 1)


def by_trick(effects):
    return {name: [effect for effect in effects if effect.trick == name] for name in attacks.TRICKS}


def test_no_trick_raises_the_rank_of_any_demo_agent(demo):
    found = by_trick(attacks.effects(demo))
    assert {name: max(effect.risen for effect in effects) for name, effects in found.items()} == dict.fromkeys(found, 0)
    raised = {name: max(effect.raised for effect in effects) for name, effects in found.items()}
    # Half of an answer that says nothing specific is a little less like the others' habits: well inside its interval.
    assert raised.pop("truncate") < 0.02
    assert max(raised.values()) <= 1e-6


def test_repeating_every_answer_and_flipping_case_change_no_score(demo):
    before = scores(demo)
    for name in ("repeat", "case flip"):
        assert_allclose(scores(attacks.attacked(demo, 0, attacks.TRICKS[name])), before, rtol=1e-12)


@pytest.mark.drill
def test_no_trick_raises_the_rank_or_score_of_any_chat_agent(shared):
    effects = attacks.effects(read_every(shared / "alpaca_eval" / "outputs.jsonl.gz", 6))
    assert max(effect.risen for effect in effects) <= 0
    assert max(effect.raised for effect in effects) <= 1e-6


def test_copies_made_of_words_score_as_copies_made_of_text(demo):
    originals = clones.Originals.of(demo)
    made = clones.make_copies(originals, 3, "exact", 2)
    counts = [clones.joined(task, row, 3) for task, row in zip(originals.counts, made, strict=True)]
    texts = [[*row, row[3], row[3]] for row in demo.evidence.texts]
    copied = replace(demo, agents=(*demo.agents, "copy 1", "copy 2"), evidence=Responses(texts))
    for on in (True, False):
        options = Options(clones=on)
        scored = score_evaluation(copied, choose(copied, options), options, silent)
        score, cluster = clones.standing(counts, originals.vocabulary, defence=on)
        assert_allclose(score, scored.peers.scores(scored.pairwise), rtol=1e-12)
        assert_array_equal(cluster, scored.peers.cluster)


@pytest.mark.parametrize(
    ("kind", "kept", "length"),
    [("exact", 1.0, 1.0), ("20 % dropped", 1.0, 0.8), ("30 % replaced", 0.7, 1.0), (clones.UNIFORM, 0.7, 1.0)],
)
def test_a_copy_keeps_the_words_its_kind_says(demo, kind, kept, length):
    originals = clones.Originals.of(demo)
    agent = demo.agents.index("verbose")
    copies = clones.make_copies(originals, agent, kind, 1)
    said = sum(len(row[agent]) for row in originals.said)
    assert sum(len(copy) for (copy,) in copies) / said == pytest.approx(length, abs=0.02)
    if length == 1:
        same = sum(int((copy == row[agent]).sum()) for (copy,), row in zip(copies, originals.said, strict=True))
        assert same / said == pytest.approx(kept, abs=0.02)


def test_copies_of_a_demo_agent_move_nobody_far_with_the_defence_on_and_do_without(demo):
    found = list(clones.outcomes(clones.Originals.of(demo), ["careful", "fabricator", "hurried"], [1, 10]))
    defended = [o for o in found if o.defence and o.kind != clones.UNIFORM]
    assert max(o.moved for o in defended) <= clones.MOST_PLACES
    assert min(o.found for o in defended) == 1
    assert max(o.moved for o in found if not o.defence) > clones.MOST_PLACES


@pytest.mark.drill
def test_copies_of_a_chat_agent_move_nobody_by_more_than_two_places(shared):
    originals = clones.Originals.of(read_every(shared / "alpaca_eval" / "outputs.jsonl.gz", 8))
    found = list(clones.outcomes(originals, ["claude-2", "alpaca-7b", "gpt4_1106_preview"], [1, 10]))
    assert max(o.moved for o in found if o.defence and o.kind != clones.UNIFORM) <= clones.MOST_PLACES
    assert max(o.moved for o in found if not o.defence) > clones.MOST_PLACES
    assert len(clones.table(found, [1, 10]).splitlines()) == 1 + len(clones.KINDS)


def test_what_was_found_is_unknown_without_the_defence_never_zero(demo):
    found = clones.outcomes(clones.Originals.of(read_every(DEMO, 8)), ["careful"], [1])
    assert all(np.isnan(o.found) != o.defence for o in found)


def test_the_exit_code_of_the_tricks_benchmark_says_whether_one_paid(demo, monkeypatch, capsys):
    best = [row[demo.agents.index("careful")] for row in demo.evidence.texts]
    monkeypatch.setattr("sys.argv", ["attacks.py", str(DEMO), "--every", "1"])
    monkeypatch.setattr(attacks, "TRICKS", {"constant": attacks.TRICKS["constant"]})
    assert attacks.main() == 0
    monkeypatch.setattr(attacks, "TRICKS", {"better answers": lambda pool, rng: pool.with_own(best)})
    assert attacks.main() == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("better answers")
