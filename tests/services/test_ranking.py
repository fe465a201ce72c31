"""The main job on small evaluations of every kind: what a ranking promises, and that no input makes it crash."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_evaluations import (
    POOLS,
    by_agent,
    evaluation,
    of_gains,
    of_labels,
    of_pairs,
    of_texts,
    pool_gains,
    pool_labels,
    pool_pairs,
    pool_texts,
    ranked,
)

from elicit.errors import InvalidEvaluation, InvalidInput
from elicit.evidence import Gains, Labels, PairScores
from elicit.mechanisms import MECHANISMS
from elicit.services.ranking import rank_evaluation
from elicit.services.scoring import Options, same_prompt_blocks
from elicit.types import Responses, Task

NAN = np.nan
IN_ORDER = ["a0", "a1", "a2", "a3", "a4"]

each_pool = pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)
without_contrast_draw = pytest.mark.parametrize(
    "pool", [pool for kind, pool in POOLS.items() if kind != "responses"], ids=[k for k in POOLS if k != "responses"]
)


def numbers(result, *names):
    """The named values of all agents, in order of their names."""
    columns = [by_agent(result, name) for name in names]
    return np.array([[column[agent] for column in columns] for agent in sorted(columns[0])], dtype=float)


def few_draws(monkeypatch):
    """Make chance cheap where what matters is that nothing breaks."""
    for name, few in {"RESAMPLES": 20, "SPLITS": 3, "FLIPS": 19, "SHUFFLES": 9}.items():
        monkeypatch.setattr(f"elicit.services.ranking.{name}", few)


# --- what a ranking promises ----------------------------------------------------------------------------------------


@each_pool
def test_agents_come_out_in_the_order_of_their_quality(pool):
    result = ranked(pool)
    assert [agent["agent"] for agent in result["agents"]] == IN_ORDER
    assert [agent["rank"] for agent in result["agents"]] == [1, 2, 3, 4, 5]
    assert result["diagnostics"]["clusters"] == []
    assert result["diagnostics"]["split_half"]["spearman"] > 0.9


@each_pool
def test_intervals_contain_what_they_are_about(pool):
    for agent in ranked(pool)["agents"]:
        assert agent["rank_low"] <= agent["rank"] <= agent["rank_high"]
        assert agent["low"] <= agent["score"] <= agent["high"]
        assert agent["low"] < agent["high"]


@each_pool
def test_one_seed_gives_the_same_document_to_the_last_bit(pool):
    assert json.dumps(ranked(pool, seed=7)) == json.dumps(ranked(pool, seed=7))


@without_contrast_draw
def test_another_seed_changes_intervals_but_no_score(pool):
    one, other = ranked(pool, seed=1), ranked(pool, seed=2)
    assert by_agent(one) == by_agent(other)
    assert by_agent(one, "low") != by_agent(other, "low")


def test_another_seed_shows_responses_for_other_tasks_and_so_changes_scores_within_noise():
    one, other = (numbers(ranked(POOLS["responses"], seed=seed), "score", "low", "high") for seed in (1, 2))
    assert (one[:, 0] != other[:, 0]).any()
    assert (one[:, 1] <= other[:, 0]).all()
    assert (other[:, 0] <= one[:, 2]).all()


def permuted_agents(pool, order):
    """The same evaluation with the agents in another order."""
    evidence, place = pool.evidence, np.argsort(order)
    match evidence:
        case Responses(texts):
            evidence = Responses([[row[i] for i in order] for row in texts])
        case Labels():
            evidence = replace(evidence, codes=evidence.codes[:, order])
        case Gains(gain, base, contrast):
            cells = np.ix_(range(len(gain)), order, order)
            evidence = Gains(gain[cells], base[:, order], None if contrast is None else contrast[cells])
        case PairScores():
            evidence = replace(evidence, agent=place[evidence.agent], peer=place[evidence.peer])
    return replace(pool, agents=tuple(pool.agents[i] for i in order), evidence=evidence)


@each_pool
def test_the_order_of_agents_does_not_matter(pool):
    names = ("rank", "rank_low", "rank_high", "score", "low", "high", "score_other", "coverage", "tie_group", "say")
    before, after = ranked(pool), ranked(permuted_agents(pool, np.array([3, 0, 4, 1, 2])))
    assert_allclose(numbers(after, *names), numbers(before, *names), rtol=1e-5, atol=1e-6)
    assert [agent["agent"] for agent in after["agents"]] == [agent["agent"] for agent in before["agents"]]


def permuted_tasks(pool, order):
    """The same evaluation with the tasks in another order."""
    evidence, place = pool.evidence, np.argsort(order)
    match evidence:
        case Responses(texts):
            evidence = Responses([texts[t] for t in order])
        case Labels():
            evidence = replace(evidence, codes=evidence.codes[order])
        case Gains(gain, base, contrast):
            evidence = Gains(gain[order], base[order], None if contrast is None else contrast[order])
        case PairScores():
            evidence = replace(evidence, task=place[evidence.task], peer_task=place[evidence.peer_task])
    return replace(pool, tasks=tuple(pool.tasks[t] for t in order), evidence=evidence)


@without_contrast_draw
def test_the_order_of_tasks_does_not_matter(pool):
    order = np.random.default_rng(0).permutation(len(pool.tasks))
    names = ("score", "score_other", "coverage", "say")
    assert_allclose(numbers(ranked(permuted_tasks(pool, order)), *names), numbers(ranked(pool), *names), atol=1e-9)


def test_the_order_of_tasks_changes_scores_of_responses_within_noise():
    """Which other task a response is shown for depends on the order."""
    pool = POOLS["responses"]
    before = numbers(ranked(pool), "rank", "low", "high")
    after = numbers(ranked(permuted_tasks(pool, np.random.default_rng(0).permutation(24))), "rank", "score")
    assert (before[:, 0] == after[:, 0]).all()
    assert (before[:, 1] <= after[:, 1]).all()
    assert (after[:, 1] <= before[:, 2]).all()


def with_constant(texts):
    return [[*row, "As an AI model I cannot answer talk1 talk2."] for row in texts]


def test_an_agent_that_always_says_the_same_earns_0_and_comes_last():
    result = ranked(of_texts(with_constant(pool_texts())))
    last = result["agents"][-1]
    assert (last["agent"], last["score"], last["low"], last["high"]) == ("a5", 0, 0, 0)
    assert last["p_value"] == 1


def test_an_exact_copy_changes_no_score():
    texts = pool_texts()
    before = ranked(of_texts(texts))
    result = ranked(of_texts([[*row, row[0]] for row in texts]))
    after = by_agent(result)
    assert result["diagnostics"]["clusters"] == [["a0", "a5"]]
    assert by_agent(result, "cluster")["a0"] == by_agent(result, "cluster")["a5"]
    assert_allclose(after.pop("a5"), after["a0"], rtol=1e-6)
    assert_allclose(list(after.values()), [by_agent(before)[agent] for agent in after], rtol=1e-6)
    assert_allclose(result["diagnostics"]["effective_agents"], 5)


def test_an_exact_copy_of_labels_changes_no_score():
    codes = pool_labels()
    before = by_agent(ranked(of_labels(codes)))
    result = ranked(of_labels(np.column_stack([codes, codes[:, 1]])))
    after = by_agent(result)
    assert result["diagnostics"]["clusters"] == [["a1", "a5"]]
    assert_allclose(after["a5"], after["a1"])
    assert_allclose([after[agent] for agent in IN_ORDER], [before[agent] for agent in IN_ORDER])


@pytest.mark.parametrize("pool", [*POOLS.values(), of_texts([[*row, row[1]] for row in pool_texts()])])
def test_the_scores_of_the_tasks_average_to_the_score(pool):
    ranking = rank_evaluation(pool, Options())
    assert_allclose(ranking.task_scores.mean(axis=0), ranking.score, rtol=1e-6)


# --- missing is not zero --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peers", ["uniform", "softmax"])
def test_an_agent_that_misses_random_tasks_keeps_its_score_and_its_place(peers):
    """Within a tenth, for the pool gets smaller; were missing answers zeros, it would lose two fifths."""
    texts = pool_texts(m=60)
    missing = np.random.default_rng(1).random(60) < 0.4
    holes = [[None if gone else row[0], *row[1:]] for row, gone in zip(texts, missing, strict=True)]
    full, partial = ranked(of_texts(texts), peers=peers), ranked(of_texts(holes), peers=peers)
    assert_allclose(by_agent(partial)["a0"], by_agent(full)["a0"], rtol=0.1)
    assert by_agent(partial, "rank") == by_agent(full, "rank")
    assert by_agent(partial, "n_tasks")["a0"] == 60 - missing.sum()
    assert_allclose(by_agent(partial, "coverage")["a0"], 1 - missing.mean())
    assert by_agent(partial, "coverage")["a1"] == 1


@pytest.mark.parametrize("kind", ["labels", "gains", "pair scores"])
def test_an_agent_scored_on_half_of_the_tasks_keeps_its_score_within_noise(kind):
    pool = POOLS[kind]
    gone = np.arange(len(pool.tasks)) % 2 == 0
    match pool.evidence:
        case Labels(codes):
            evidence = Labels(np.where(gone[:, None] & (np.arange(5) == 0), -1, codes), pool.evidence.classes)
        case Gains(gain, base, contrast):
            either = (np.arange(5) == 0)[:, None] | (np.arange(5) == 0)
            evidence = Gains(np.where(gone[:, None, None] & either, NAN, gain), base, contrast)
        case PairScores() as pairs:
            keep = ~((pairs.agent == 0) & gone[pairs.task] | (pairs.peer == 0) & gone[pairs.peer_task])
            rows = ("agent", "task", "peer", "peer_task", "score", "weight")
            evidence = replace(pairs, **{name: getattr(pairs, name)[keep] for name in rows})
    full, partial = ranked(pool), ranked(replace(pool, evidence=evidence))
    low, high = by_agent(full, "low")["a0"], by_agent(full, "high")["a0"]
    assert abs(by_agent(partial)["a0"] - by_agent(full)["a0"]) < high - low
    assert by_agent(partial, "coverage") == {"a0": 0.5, "a1": 1, "a2": 1, "a3": 1, "a4": 1}


def test_a_task_nobody_answered_is_missing_for_everybody():
    texts = pool_texts()
    texts[4] = [None] * 5
    result = ranked(of_texts(texts))
    assert set(by_agent(result, "n_tasks").values()) == {23}
    assert set(by_agent(result, "coverage").values()) == {23 / 24}


def test_an_agent_that_answered_nothing_has_no_rank_and_changes_no_other():
    texts = pool_texts()
    before, after = ranked(of_texts(texts)), ranked(of_texts([[*row, None] for row in texts]))
    unranked = after["agents"][-1]
    assert unranked["agent"] == "a5"
    unknown = ("rank", "rank_low", "rank_high", "score", "low", "high", "tie_group", "score_other", "mean_words")
    assert [unranked[name] for name in unknown] == [None] * len(unknown)
    assert (unranked["n_tasks"], unranked["coverage"]) == (0, 0)
    kept = by_agent(after, "rank")
    assert [kept[agent] for agent in IN_ORDER] == [by_agent(before, "rank")[agent] for agent in IN_ORDER]
    assert "a5" not in {name for group in after["diagnostics"]["tie_groups"] for name in group}


def unsure(agent):
    return [agent[name] for name in ("rank_low", "rank_high", "low", "high")] == [None] * 4


@pytest.mark.parametrize("m", [1, 3])
def test_where_one_prompt_is_all_there_is_nothing_is_said_about_how_sure_scores_are(m):
    result = ranked(of_texts(pool_texts(m=m), ["the same prompt"] * m))
    assert all(agent["score"] is not None and unsure(agent) for agent in result["agents"])
    assert len(result["diagnostics"]["tie_groups"]) == 1


def test_an_agent_seen_on_one_prompt_only_has_no_interval_however_often_it_was_asked():
    gain, contrast = pool_gains()
    gain[3:, 2, :] = gain[3:, :, 2] = NAN
    pool = of_gains(gain, contrast)
    asked = [Task(f"t{t}", "the same prompt" if t < 3 else f"prompt {t}") for t in range(24)]
    agents = ranked(replace(pool, tasks=tuple(asked)))["agents"]
    assert [agent["agent"] for agent in agents if unsure(agent)] == ["a2"]
    assert not any(unsure(agent) for agent in ranked(pool)["agents"])


@pytest.mark.parametrize("peers", ["uniform", "softmax"])
def test_an_agent_seen_on_one_task_has_a_score_but_no_interval(peers):
    """One task says nothing about how much tasks differ; an interval of no width would claim certainty."""
    gain, contrast = pool_gains()
    gain[1:, 2, :] = gain[1:, :, 2] = NAN
    agents = ranked(of_gains(gain, contrast), peers=peers)["agents"]
    assert [agent["agent"] for agent in agents if unsure(agent)] == ["a2"]
    assert all(agent["rank"] is not None for agent in agents)


# --- nulls and controls ---------------------------------------------------------------------------------------------


def answers_to_random_tasks(seed, m=40):
    """A pool in which every agent's answers are shuffled over the tasks."""
    rng = np.random.default_rng(seed)
    columns = zip(*pool_texts(m=m, seed=seed), strict=True)
    shuffled = [[column[t] for t in rng.permutation(m)] for column in columns]
    return of_texts([list(row) for row in zip(*shuffled, strict=True)])


@pytest.mark.parametrize("peers", ["uniform", "softmax"])
def test_answers_to_random_tasks_rarely_look_like_signal(monkeypatch, peers):
    few_draws(monkeypatch)
    monkeypatch.setattr("elicit.services.ranking.FLIPS", 199)
    results = [ranked(answers_to_random_tasks(seed), seed=seed, peers=peers) for seed in range(100)]
    p = np.array([result["diagnostics"]["signal"]["p_value"] for result in results])
    assert (p <= 0.05).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
    assert (p > 0.5).mean() > 0.2
    warned = [any(note.startswith("no signal") for note in result["diagnostics"]["notes"]) for result in results]
    assert warned == (p > 0.05).tolist()


@each_pool
def test_a_pool_with_signal_is_said_to_have_it(pool):
    result = ranked(pool)
    if result["diagnostics"]["signal"]["p_value"] is None:
        assert pool is POOLS["gains without contrasts"]
    else:
        assert result["diagnostics"]["signal"]["p_value"] <= 0.01
    assert not any(note.startswith("no signal") for note in result["diagnostics"]["notes"])


def test_random_labels_show_no_signal():
    codes = np.random.default_rng(0).integers(4, size=(60, 5))
    assert ranked(of_labels(codes))["diagnostics"]["signal"]["p_value"] > 0.05


def test_chance_is_what_shuffled_labels_earn():
    codes = np.random.default_rng(0).integers(4, size=(60, 5))
    result = ranked(of_labels(codes))
    assert_allclose(numbers(result, "chance"), numbers(result, "score"), atol=0.05)
    assert (numbers(result, "chance") > 0).all()


def test_chance_is_what_answers_to_other_tasks_earn():
    gain, contrast = pool_gains()
    result = ranked(of_gains(gain, contrast + 3))
    assert_allclose(numbers(result, "chance"), 3, atol=0.3)
    assert_allclose(numbers(result, "score"), numbers(ranked(POOLS["gains"]), "score") - 3)


def test_asking_every_prompt_twice_shrinks_no_interval():
    gain, contrast = pool_gains()
    once = of_gains(gain, contrast)
    prompts = [f"What of {t % 24}?" for t in range(48)]
    tasks = tuple(Task(f"t{t}", prompt) for t, prompt in enumerate(prompts))
    twice = replace(of_gains(np.tile(gain, (2, 1, 1)), np.tile(contrast, (2, 1, 1))), tasks=tasks)
    assert_allclose(numbers(ranked(twice), "score", "low", "high"), numbers(ranked(once), "score", "low", "high"))


def test_tasks_with_one_prompt_and_context_are_one_block_and_tasks_without_stand_alone():
    tasks = (Task("a", "p"), Task("b", "p", "c"), Task("c"), Task("d", "p"), Task("e"), Task("f", "p", "c"))
    assert same_prompt_blocks(tasks).tolist() == [0, 1, 2, 0, 3, 1]


SYMMETRIC = [name for name, one in MECHANISMS.items() if one.evidence is Labels and one.symmetric]


@pytest.mark.parametrize("mechanism", SYMMETRIC)
def test_two_agents_that_earn_the_same_from_each_other_share_a_rank(mechanism):
    """What each tells about the other is one number; rounding must not rank it."""
    for seed in range(20):
        result = ranked(of_labels(pool_labels(n=2, m=20, seed=seed)), mechanism=mechanism)
        assert [agent["rank"] for agent in result["agents"]] == [1, 1]


@pytest.mark.parametrize("clones", [True, False])
def test_an_exact_copy_shares_the_rank_of_its_original(clones):
    for copied in range(5):
        texts = [[*row, row[copied]] for row in pool_texts()]
        rank = by_agent(ranked(of_texts(texts), clones=clones), "rank")
        assert rank["a5"] == rank[f"a{copied}"]


@pytest.mark.parametrize("kind", ["responses", "labels", "pair scores", "gains"])
def test_each_weighting_swaps_score_and_score_other(kind):
    softmax, uniform = (ranked(POOLS[kind], peers=peers) for peers in ("softmax", "uniform"))
    assert by_agent(softmax) == by_agent(uniform, "score_other")
    assert by_agent(uniform) == by_agent(softmax, "score_other")
    assert by_agent(uniform) != by_agent(softmax)
    assert softmax["diagnostics"]["peers"] == {"used": "softmax", "score_other": "uniform"}
    assert uniform["diagnostics"]["peers"] == {"used": "uniform", "score_other": "softmax"}
    assert set(by_agent(uniform, "say").values()) == {1 / 5}


def test_with_clones_off_copies_pay_each_other():
    texts = [[*row, row[3]] for row in pool_texts()]
    on, off = (ranked(of_texts(texts), clones=clones, peers="uniform") for clones in (True, False))
    assert (on["diagnostics"]["clones"], off["diagnostics"]["clones"]) == ("on", "off")
    assert (len(on["diagnostics"]["clusters"]), len(off["diagnostics"]["clusters"])) == (1, 0)
    assert len(set(by_agent(off, "cluster").values())) == 6
    assert by_agent(off)["a3"] > 1.1 * by_agent(on)["a3"]


def test_progress_opens_every_stage_at_0_and_ends_it_complete():
    seen = {}
    rank_evaluation(
        POOLS["responses"], Options(), lambda stage, done, total: seen.setdefault(stage, []).append((done, total))
    )
    assert {"words", "pairs", "bootstrap", "split halves", "scores by task"} <= set(seen)
    for steps in seen.values():
        total = steps[0][1]
        assert steps[0] == (0, total)
        assert steps[-1] == (total, total)
        assert steps == sorted(steps)


# --- odd input ------------------------------------------------------------------------------------------------------


def words_at_random(m, n, seed=0):
    rng = np.random.default_rng(seed)
    return [[" ".join(f"w{k}" for k in rng.integers(50, size=9)) for _ in range(n)] for _ in range(m)]


def gaps(values, share, seed=0):
    return np.where(np.random.default_rng(seed).random(values.shape) < share, NAN, values)


def thinned(rows, scores, share, seed=0):
    keep = np.random.default_rng(seed).random(len(rows)) >= share
    return [row for row, kept in zip(rows, keep, strict=True) if kept], np.array(scores)[keep]


ROWS, SCORES = pool_pairs(m=6, n=3)
GAIN, CONTRAST = pool_gains(m=6, n=3)

ODD = {
    "one task": of_texts(words_at_random(1, 3)),
    "two agents": of_texts(words_at_random(6, 2)),
    "one task and two agents": of_texts(words_at_random(1, 2)),
    "one agent": of_texts(words_at_random(6, 1)),
    "no task": of_texts([]),
    "one constant answer": of_texts([["all of us say this"] * 3] * 6),
    "identical answers": of_texts([[row[0]] * 4 for row in words_at_random(9, 1)]),
    "identical answers but one agent": of_texts([[row[0]] * 3 + [row[1]] for row in words_at_random(9, 2)]),
    "an agent without answers": of_texts([[*row, None] for row in words_at_random(6, 3)]),
    "an agent with empty answers": of_texts([[*row, ""] for row in words_at_random(6, 3)]),
    "empty answers": of_texts([[""] * 3] * 6),
    "no answers": of_texts([[None] * 3] * 6),
    "one agent answers": of_texts([[row[0], None, None] for row in words_at_random(6, 1)]),
    "agents that share no task": of_texts(
        [[row[0], None, row[1]] if t % 2 else [None, row[0], None] for t, row in enumerate(words_at_random(8, 2))]
    ),
    "emoji and punctuation": of_texts([["😀 🎉", "!!! …", "❤️"]] * 6),
    "control characters": of_texts([["\x00\x1b[31m", f"{row[0]}\x00", row[1]] for row in words_at_random(6, 2)]),
    "one prompt for all": of_texts(words_at_random(6, 3), ["the same w1 w2"] * 6),
    "prompts that hold every word": of_texts(words_at_random(6, 3), [" ".join(f"w{k}" for k in range(50))] * 6),
    "one label for all": of_labels(np.zeros((9, 3), dtype=int)),
    "identical labels": of_labels(np.repeat(pool_labels(n=1), 4, axis=1)),
    "no labels": of_labels(np.full((9, 3), -1)),
    "no labels and no classes": of_labels(np.full((9, 3), -1), ()),
    "labels of one task": of_labels([[0, 1, 2]]),
    "labels of three tasks": of_labels(pool_labels(m=3, n=3)),
    "labels of two agents": of_labels(pool_labels(m=20, n=2)),
    "a constant labeller": of_labels(np.column_stack([pool_labels(n=3), np.zeros(80, dtype=int)])),
    "an agent without labels": of_labels(np.column_stack([pool_labels(n=3), np.full(80, -1)])),
    "an agent with one label": of_labels(np.column_stack([pool_labels(n=3), np.where(np.arange(80) == 7, 1, -1)])),
    "sparse labels": of_labels(np.where(np.random.default_rng(0).random((80, 5)) < 0.7, -1, pool_labels())),
    "gains of one task": of_gains(GAIN[:1], CONTRAST[:1]),
    "gains of two agents": of_gains(GAIN[:, :2, :2]),
    "gains with gaps": of_gains(gaps(GAIN, 0.6), gaps(CONTRAST, 0.6, seed=1)),
    "gains without a number": of_gains(gaps(GAIN, 1), CONTRAST),
    "contrasts without a number": of_gains(GAIN, gaps(CONTRAST, 1)),
    "pair scores of two agents": of_pairs(*pool_pairs(m=6, n=2), 6, 2),
    "few pair scores": of_pairs(*thinned(ROWS, SCORES, 0.7), 6, 3),
    "no pair scores": of_pairs([], [], 6, 3),
    "joint pairs only": of_pairs(
        *thinned(*zip(*[(r, s) for r, s in zip(ROWS, SCORES, strict=True) if r[1] == r[3]], strict=True), 0), 6, 3
    ),
    "contrast pairs only": of_pairs(
        *thinned(*zip(*[(r, s) for r, s in zip(ROWS, SCORES, strict=True) if r[1] != r[3]], strict=True), 0), 6, 3
    ),
    "a critic that always says the same": of_pairs(ROWS, [0.5] * len(ROWS), 6, 3),
}

OPTIONS = [
    {},
    {"peers": "uniform"},
    {"peers": "softmax"},
    {"clones": False},
    {"scorer": "labels"},
    {"scorer": "lexical"},
    *({"mechanism": name} for name in MECHANISMS),
]


def ranked_or_refused(odd, options):
    """The document, or `None` where the input is refused."""
    try:
        return ranked(odd, **options)
    except InvalidInput:
        return None


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_input_gives_a_valid_document_or_a_clear_error(monkeypatch, odd):
    few_draws(monkeypatch)
    for result in filter(None, [ranked_or_refused(odd, options) for options in OPTIONS]):
        json.dumps(result, allow_nan=False)
        known = [agent["rank"] for agent in result["agents"] if agent["rank"] is not None]
        assert known == sorted(known)
        assert known[0] == 1
        assert sorted(agent["agent"] for agent in result["agents"]) == sorted(odd.agents)


@pytest.mark.parametrize(
    "odd",
    ["one agent", "no answers", "no labels", "no pair scores", "joint pairs only", "gains without a number", "no task"],
)
def test_where_nobody_can_be_scored_that_is_an_error(odd):
    with pytest.raises(InvalidEvaluation):
        ranked(ODD[odd])


def test_where_all_agents_are_copies_the_error_says_so():
    with pytest.raises(InvalidEvaluation, match="clone"):
        ranked(ODD["identical answers"])
    assert by_agent(ranked(ODD["identical answers"], clones=False), "rank") == {f"a{i}": 1 for i in range(4)}


@pytest.mark.parametrize("seed", [-1, -(10**30)])
def test_a_negative_seed_is_an_error(seed):
    with pytest.raises(InvalidInput, match="seed"):
        ranked(POOLS["gains"], seed=seed)


@pytest.mark.parametrize(
    ("pool", "cautions"),
    [
        (of_pairs(*pool_pairs(m=6, n=2), 6, 2), ["only two agents", "only 6 tasks"]),
        (of_gains(GAIN[:1], CONTRAST[:1]), ["only 3 effective agents", "only one task"]),
        (of_labels(np.column_stack([pool_labels(), pool_labels()[:, 4]])), []),
        (of_labels(np.column_stack([pool_labels(n=5)[:, 1:], pool_labels()[:, 4]])), ["only 4 effective agents"]),
    ],
    ids=["two agents", "one task", "five agents and a copy", "four agents and a copy"],
)
def test_few_tasks_and_few_agents_are_cautioned_about(pool, cautions):
    notes = ranked(pool)["diagnostics"]["notes"]
    about_few = [note for note in notes if note.startswith("only")]
    assert len(about_few) == len(cautions)
    assert all(note.startswith(caution) for note, caution in zip(about_few, cautions, strict=True))


def test_the_readers_notes_come_first():
    noted = replace(POOLS["labels"], notes=("7 rows were empty",))
    assert ranked(noted)["diagnostics"]["notes"][0] == "7 rows were empty"


def test_evidence_of_the_wrong_shape_is_refused_where_it_is_made():
    with pytest.raises(InvalidEvaluation, match="shape"):
        evaluation(Gains(np.zeros((3, 2, 1)), np.zeros((3, 2))), 3, 2)
