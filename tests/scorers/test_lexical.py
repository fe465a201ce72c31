"""The lexical scorer against a slow one straight from its docstring, and the words it promises not to pay for."""

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from elicit.estimators.peers import Peers
from elicit.mechanisms import MECHANISMS
from elicit.scorers.lexical import (
    MISS,
    SKEW,
    Vocabulary,
    contrast_order,
    count_words,
    lexical_gains,
    pool_shares,
    told_words,
)
from elicit.scorers.words import words
from elicit.types import Task

NAN = float("nan")
mi = MECHANISMS["mi"].pairwise

texts = st.lists(st.sampled_from(["a", "B", "cat", "dog,", "東京タ", "été"]), max_size=6).map(" ".join)
responses = st.none() | texts


@st.composite
def pools(draw, *, response=responses, fewest_tasks=1):
    """Tasks with prompts and contexts, and the texts of two to four agents."""
    n, m = draw(st.integers(2, 4)), draw(st.integers(fewest_tasks, 4))
    tasks = [Task(f"t{t}", draw(texts), draw(texts)) for t in range(m)]
    return tasks, [[draw(response) for _ in range(n)] for _ in range(m)]


def scored(tasks, table, *, agent_weight=None, order=None):
    """Counts, pool shares, gains and vocabulary of a table of texts."""
    vocabulary = Vocabulary()
    counts = list(count_words(tasks, table, vocabulary))
    weight = np.ones(len(table[0])) if agent_weight is None else np.array(agent_weight)
    pool = pool_shares(counts, len(vocabulary), weight)
    return counts, pool, lexical_gains(counts, pool, order), vocabulary


# --- the reference --------------------------------------------------------------------------------------------------


def slow_pool(tasks, table, agent_weight):
    share = Counter()
    for row in table:
        for text, weight in zip(row, agent_weight, strict=True):
            for word in words(text or ""):
                share[word] += weight / len(words(text))
    rarest = min((value for value in share.values() if value > 0), default=1)
    everything = {word for task in tasks for word in words(f"{task.prompt} {task.context}")} | set(share)
    share = {word: share[word] or rarest for word in everything}
    return {word: value / sum(share.values()) for word, value in share.items()}


def slow_gain(task, shown, target, pool):
    """Sum over distinct words of the target of log q - log b."""
    if shown is None or target is None:
        return NAN
    prompt, mine = words(f"{task.prompt} {task.context}"), words(shown)
    gain = 0.0
    for word in set(words(target)):
        b = max(pool[word], prompt.count(word) / len(prompt) if prompt else 0)
        q = (1 - SKEW) * b + SKEW * (mine.count(word) / len(mine) if mine else 0)
        gain += log(q) - log(b)
    return gain


def slow_base(task, target, pool):
    if target is None:
        return NAN
    prompt = words(f"{task.prompt} {task.context}")
    return sum(log(max(pool[word], prompt.count(word) / len(prompt) if prompt else 0)) for word in set(words(target)))


@given(pools(), st.data())
def test_gains_are_what_the_formula_says(pool, data):
    tasks, table = pool
    n, m = len(table[0]), len(tasks)
    weight = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n, max_size=n).filter(any))
    order = contrast_order(m, np.random.default_rng(data.draw(st.integers(0, 9))))
    _, _, gains, _ = scored(tasks, table, agent_weight=weight, order=order)

    share = slow_pool(tasks, table, weight)
    joint = [
        [[slow_gain(tasks[t], row[i], row[j], share) for j in range(n)] for i in range(n)]
        for t, row in enumerate(table)
    ]
    assert_allclose(gains.gain, joint, rtol=1e-5, atol=1e-5)
    assert_allclose(
        gains.base, [[slow_base(task, text, share) for text in row] for task, row in zip(tasks, table, strict=True)]
    )
    if order is None:
        assert gains.contrast is None
    else:
        contrast = [
            [[slow_gain(tasks[t], table[order[t]][i], row[j], share) for j in range(n)] for i in range(n)]
            for t, row in enumerate(table)
        ]
        assert_allclose(gains.contrast, contrast, rtol=1e-5, atol=1e-5)


def test_a_case_small_enough_for_the_hand():
    """Pool: a 1/2, b 1/4, c 1/4; the first response shows a at 1/2, the second's words are a and c."""
    _, pool, gains, vocabulary = scored([Task("t")], [["a b", "a c"]])
    assert dict(zip(vocabulary, pool, strict=True)) == {"a": 0.5, "b": 0.25, "c": 0.25}
    told = log((0.995 * 0.5 + 0.005 * 0.5) / 0.5)  # the pool says a as often as the response: nothing
    missed = log(0.995)
    assert_allclose(gains.gain[0, 0, 1], told + missed, rtol=1e-6)
    own = log((0.995 * 0.25 + 0.005 * 0.5) / 0.25)
    assert_allclose(gains.gain[0, 0, 0], told + own, rtol=1e-5)
    assert_allclose(gains.base[0], [log(0.5) + log(0.25)] * 2)


# --- the pool -------------------------------------------------------------------------------------------------------


@given(pools(), st.integers(2, 5))
def test_the_pool_counts_each_response_once_whatever_its_length(pool, times):
    tasks, table = pool
    table[0][0] = table[0][0] or "a"
    repeated = [[f"{table[0][0]} " * times, *table[0][1:]], *table[1:]]
    _, shares, _, _ = scored(tasks, table)
    assert_array_equal(scored(tasks, repeated)[1], shares)
    assert_allclose(shares.sum(), 1)
    assert (shares > 0).all()


@given(pools(response=texts))
def test_an_agent_of_weight_0_is_not_in_the_pool(pool):
    tasks, table = pool
    vocabulary = Vocabulary()
    counts = list(count_words(tasks, table, vocabulary))
    absent = list(count_words(tasks, [[None, *row[1:]] for row in table], vocabulary))
    n, size = len(table[0]), len(vocabulary)
    weightless = np.array([0.0] + [1.0] * (n - 1))
    if size:
        assert_array_equal(pool_shares(counts, size, weightless), pool_shares(absent, size, np.ones(n)))


def test_a_word_of_prompts_only_has_the_share_of_the_rarest_word():
    _, pool, _, vocabulary = scored([Task("t", "unused")], [["a a a b", "a"]])
    share = dict(zip(vocabulary, pool, strict=True))
    assert_allclose([share["a"], share["b"], share["unused"]], np.array([1.75, 0.25, 0.25]) / 2.25)


# --- what must not pay ----------------------------------------------------------------------------------------------


@given(pools(), st.integers(2, 4))
def test_repeating_a_response_changes_nothing_to_the_last_bit(pool, times):
    tasks, table = pool
    order = contrast_order(len(tasks), np.random.default_rng(0))
    repeated = [[None if row[0] is None else " ".join([row[0]] * times), *row[1:]] for row in table]
    before, after = scored(tasks, table, order=order)[2], scored(tasks, repeated, order=order)[2]
    assert_array_equal(after.gain, before.gain)
    assert_array_equal(after.base, before.base)
    if order is not None:
        assert_array_equal(after.contrast, before.contrast)


@given(pools(response=texts, fewest_tasks=2), texts, st.integers(0, 99))
def test_a_constant_agent_earns_exactly_0(pool, constant, seed):
    tasks, table = pool
    table = [[constant, *row[1:]] for row in table]
    order = contrast_order(len(tasks), np.random.default_rng(seed))
    earned = mi(scored(tasks, table, order=order)[2])[0, 1:]
    assert_array_equal(earned, 0)


@given(pools(response=texts))
def test_echoing_the_task_tells_nothing_about_anybody(pool):
    tasks, table = pool
    table = [[f"{task.context} {task.prompt}", *row[1:]] for task, row in zip(tasks, table, strict=True)]
    assert scored(tasks, table)[2].gain[:, 0].max() <= 1e-6


@given(pools())
def test_a_missing_response_is_missing_as_teller_and_as_told(pool):
    tasks, table = pool
    order = contrast_order(len(tasks), np.random.default_rng(0))
    counts, _, gains, _ = scored(tasks, table, order=order)
    missing = np.array([[text is None for text in row] for row in table])
    either = missing[:, :, None] | missing[:, None, :]
    assert_array_equal(np.isnan(gains.gain), either)
    assert_array_equal(np.isnan(gains.base), missing)
    assert_array_equal([~task.answered for task in counts], missing)
    if order is not None:
        assert_array_equal(np.isnan(gains.contrast), missing[order][:, :, None] | missing[:, None, :])


def test_an_empty_response_is_an_answer_that_tells_nothing():
    _, _, gains, _ = scored([Task("t")], [["", "a b", None]])
    assert gains.gain[0, 1, 0] == 0  # no word of it to tell
    assert_allclose(gains.gain[0, 0, 1], 2 * MISS, rtol=1e-6)
    assert_array_equal(np.isnan(gains.gain[0]), [[False, False, True], [False, False, True], [True, True, True]])


# --- parts of a gain ------------------------------------------------------------------------------------------------


@given(pools(response=texts))
def test_told_words_and_misses_add_up_to_the_joint_gain(pool):
    tasks, table = pool
    counts, shares, gains, vocabulary = scored(tasks, table)
    spelled = list(vocabulary)
    for t, row in enumerate(table):
        word, nats = told_words(counts[t], shares, 0, 1)
        assert {spelled[w] for w in word} == set(words(row[0])) & set(words(row[1]))
        assert (nats > 0).all()
        distinct = len(set(words(row[1])))
        assert_allclose(nats.sum() + MISS * distinct, gains.gain[t, 0, 1], rtol=1e-5, atol=1e-5)


def test_the_order_of_contrasts_gives_each_task_another_and_uses_each_once():
    for m in range(2, 40):
        for seed in range(5):
            order = contrast_order(m, np.random.default_rng(seed))
            assert sorted(order) == list(range(m))
            assert (order != np.arange(m)).all()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(0, 99))
def test_a_contrast_is_never_drawn_from_a_task_with_the_same_prompt(prompts, seed):
    block = np.array(prompts)
    order = contrast_order(len(block), np.random.default_rng(seed), block)
    if len(set(prompts)) == 1:
        assert order is None
    else:
        assert (block[order] != block).all()


@given(st.integers(2, 9), st.integers(1, 4), st.integers(0, 99))
def test_with_equally_many_samples_of_every_prompt_each_task_is_a_contrast_once(prompts, samples, seed):
    order = contrast_order(prompts * samples, np.random.default_rng(seed), np.tile(np.arange(prompts), samples))
    assert sorted(order) == list(range(prompts * samples))


@given(st.integers(1, 30), st.integers(0, 99))
def test_without_repeated_prompts_the_order_is_the_one_it_always_was(m, seed):
    plain = contrast_order(m, np.random.default_rng(seed))
    assert_array_equal(contrast_order(m, np.random.default_rng(seed), np.arange(m)), plain)
    if m > 1:
        shuffled = np.random.default_rng(seed).permutation(m)
        assert_array_equal(plain[shuffled], np.roll(shuffled, 1))


def test_the_order_of_contrasts_follows_the_generator():
    orders = {tuple(contrast_order(9, np.random.default_rng(seed))) for seed in range(8)}
    assert len(orders) > 1


def test_a_single_task_has_no_contrast():
    assert contrast_order(1, np.random.default_rng(0)) is None


def test_progress_counts_the_finished_tasks():
    tasks, table = [Task("a"), Task("b")], [["x", "y"], ["x", "z"]]
    counts, pool, _, _ = scored(tasks, table)
    told = []
    lexical_gains(counts, pool, None, advance=told.append)
    assert told == [1, 2]


# --- a language written without spaces ------------------------------------------------------------------------------

CHINESE = {
    "为什么天空是蓝色的？": (
        "因为空气分子散射阳光，波长较短的蓝光散射得更多。",
        "阳光进入大气后，蓝光波长短，被空气分子散射得最厉害。",
    ),
    "水在多少度沸腾？": (
        "在标准大气压下，水在一百摄氏度沸腾。",
        "标准气压时水的沸点是一百摄氏度，高山上会更低。",
    ),
    "谁写了红楼梦？": (
        "红楼梦前八十回的作者是清代小说家曹雪芹。",
        "一般认为是清代的曹雪芹所写，后四十回由高鹗续补。",
    ),
    "如何学好一门外语？": (
        "每天坚持听说读写，多和母语者交流，积累词汇。",
        "要天天练习听说，积累词汇，并且多与母语者交流。",
    ),
    "长城有多长？": (
        "历代长城总长超过两万一千公里，其中明长城约八千八百公里。",
        "根据测量，历代长城总长两万一千多公里，明长城八千八百多公里。",
    ),
    "光合作用是什么？": (
        "植物利用阳光，把二氧化碳和水变成葡萄糖，并放出氧气。",
        "绿色植物吸收阳光，用二氧化碳和水制造葡萄糖，同时释放氧气。",
    ),
}
OTHER_TASKS = (
    "苹果公司由乔布斯等人于一九七六年创立。",
    "做红烧肉要先焯水，再用冰糖炒色，小火慢炖。",
    "足球比赛每队十一人，全场九十分钟。",
    "高铁从北京到上海大约需要四个半小时。",
    "猫每天要睡十二个小时以上，喜欢安静的地方。",
    "贝多芬在失聪之后仍然完成了第九交响曲。",
)
CONSTANT = "这是一个很好的问题，我们需要从多个方面来考虑。"


@pytest.mark.parametrize("seed", range(5))
def test_in_chinese_a_good_agent_outranks_a_constant_one_and_answers_to_other_tasks(seed):
    table = [[*good, CONSTANT, other] for good, other in zip(CHINESE.values(), OTHER_TASKS, strict=True)]
    tasks = [Task(f"t{t}", prompt) for t, prompt in enumerate(CHINESE)]
    order = contrast_order(len(tasks), np.random.default_rng(seed))
    pairwise = mi(scored(tasks, table, order=order)[2])
    everyone = Peers(np.arange(4), np.ones(4), np.full((4, 4), 6.0), softmax=False)
    one, two, constant, other_task = everyone.scores(pairwise)
    assert min(one, two) > 0.1 > max(constant, other_task)
    assert constant == 0


@pytest.mark.parametrize("times", [1, 20])
def test_what_a_response_says_again_and_again_tells_no_more_than_what_it_says_once(times):
    table = [["cat " * times, "cat", "dog"]]
    pay = scored([Task("t")], table)[2].gain[0]
    assert_allclose(pay[0, 1], pay[1, 0], rtol=1e-6)
    assert pay[0, 1] > 0 > pay[0, 2]
