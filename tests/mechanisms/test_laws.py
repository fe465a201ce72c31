"""The laws of peer prediction, each tested once for every mechanism in the table.

A mechanism keeps every law that speaks of its evidence unless its `breaks` say why not; whoever is excused is shown to
break the law. A mechanism added to `MECHANISMS` is tested without a change here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from elicit.evidence import Embeddings, Forecasts, Gains, Labels, PairScores
from elicit.mechanisms import MECHANISMS, registry

CLASSES = ("a", "b", "c")

BOUNDS = {
    "tvd_mi": (-1, 1),
    "tvd": (0, 1),
    "kl": (0, np.log(len(CLASSES))),
    "chi2": (0, len(CLASSES) - 1),
    "correlated_agreement": (-1, 1),
    "hellinger": (0, 1),
    "jensen_shannon": (0, np.log(2)),
    "dasgupta_ghosh": (-1, 1),
    "correlated_agreement_cross_fitted": (-1, 1),
    "tvd_cross_fitted": (-1, 1),
    "peer_truth_serum": (-1, np.inf),
    "dmi": (-1, 1),
    "output_agreement": (0, 1),
    "win_rate": (0, 1),
    "robust_bayesian_truth_serum": (0, 2),
    "surprisingly_popular": (0, 1),
    "same_task": (-1, 1),
    "infonce": (-np.inf, np.log(9)),
    "cka": (-1, 1),
    "mutual_knn": (-1, 1),
    "cosine": (-2, 2),
}
TWO_LABELS = ("robust_bayesian_truth_serum",)


# --- evidence -------------------------------------------------------------------------------------------------------


def sizes(draw):
    """Few agents, and enough tasks for dmi on three classes."""
    return draw(st.integers(2, 4)), draw(st.integers(2 * len(CLASSES), 9))


@st.composite
def labels(draw, *, complete=False):
    n, m = sizes(draw)
    in_use = draw(st.integers(2, len(CLASSES)))
    code = st.integers(0 if complete else -1, in_use - 1)
    # No fill value: rows that are all alike would tell dmi nothing.
    return Labels(draw(arrays(np.int64, (m, n), elements=code, fill=st.nothing())), CLASSES)


def with_holes(draw, values):
    return np.where(draw(arrays(bool, values.shape)), np.nan, values)


@st.composite
def gains(draw, *, complete=False):
    n, m = sizes(draw)
    nats = st.integers(-8, 8).map(lambda eighths: eighths / 8)
    gain, contrast = (draw(arrays(float, (m, n, n), elements=nats)) for _ in range(2))
    base = draw(arrays(float, (m, n), elements=nats)) - 5
    if not complete:
        gain, contrast = with_holes(draw, gain), with_holes(draw, contrast)
    return Gains(gain, base, contrast if draw(st.booleans()) else None)


@st.composite
def pair_scores(draw, *, complete=False):
    """One joint row and one contrast row for each ordered pair and task; holes drop rows."""
    n, m = sizes(draw)
    task, agent, peer = (index.ravel() for index in np.indices((m, n, n)))
    other_task = (task + draw(arrays(np.int64, task.size, elements=st.integers(1, m - 1)))) % m
    rows = 2 * task.size
    score = draw(arrays(float, rows, elements=st.sampled_from([0, 0.25, 1])))
    keep = np.tile(agent != peer, 2)
    if not complete:
        keep &= draw(arrays(bool, rows))
    return PairScores(
        n_agents=n,
        n_tasks=m,
        agent=np.tile(agent, 2)[keep],
        task=np.tile(task, 2)[keep],
        peer=np.tile(peer, 2)[keep],
        peer_task=np.concatenate([task, other_task])[keep],
        score=score[keep],
        weight=np.ones(keep.sum()),
    )


@st.composite
def forecasts(draw, *, complete=False, classes=CLASSES):
    """Three agents or more; forecasts in eighths, so that some are 0 and some are all on one class."""
    n, m = draw(st.integers(3, 4)), draw(st.integers(2, 5))
    codes = draw(arrays(np.int64, (m, n), elements=st.integers(0 if complete else -1, len(classes) - 1)))
    cuts = np.sort(draw(arrays(np.int64, (m, n, len(classes) - 1), elements=st.integers(0, 8))), axis=-1)
    shares = np.diff(cuts, axis=-1, prepend=0, append=8) / 8
    if not complete:
        shares[draw(arrays(bool, (m, n)))] = np.nan
    return Forecasts(codes, shares, classes)


@st.composite
def embeddings(draw, *, complete=False):
    """Vectors in general position, those of a task somewhat alike; holes are whole vectors."""
    n, m = sizes(draw)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = rng.normal(size=(m, n, 3)) + rng.normal(size=(m, 1, 3))
    if not complete:
        vectors[draw(arrays(bool, (m, n)))] = np.nan
    return Embeddings(vectors)


STRATEGIES = {
    Labels: labels,
    Gains: gains,
    PairScores: pair_scores,
    Forecasts: forecasts,
    Embeddings: embeddings,
}


def some_evidence(mechanism, draw, *, complete=False):
    if mechanism.name in TWO_LABELS:
        return draw(forecasts(complete=complete, classes=CLASSES[:2]))
    return draw(STRATEGIES[mechanism.evidence](complete=complete))


def orders(length):
    return st.permutations(range(length)).map(np.array)


def reorder_agents(evidence, order):
    """The same evidence, agent `order[k]` in place k."""
    match evidence:
        case Labels():
            return replace(evidence, codes=evidence.codes[:, order])
        case Forecasts(codes, forecast):
            return replace(evidence, codes=codes[:, order], forecast=forecast[:, order])
        case Gains(gain, base, contrast):
            cells = (slice(None), order[:, None], order)
            return Gains(gain[cells], base[:, order], None if contrast is None else contrast[cells])
        case PairScores():
            place = np.argsort(order)
            return replace(evidence, agent=place[evidence.agent], peer=place[evidence.peer])
        case Embeddings(vectors):
            return Embeddings(vectors[:, order])


def take_tasks(evidence, chosen):
    """The evidence on the chosen tasks, in that order; a task chosen twice comes twice.

    A contrast pair follows the agent's task; two tasks at least, or it would become a joint pair.
    """
    match evidence:
        case Labels():
            return replace(evidence, codes=evidence.codes[chosen])
        case Forecasts(codes, forecast):
            return replace(evidence, codes=codes[chosen], forecast=forecast[chosen])
        case Gains(gain, base, contrast):
            return Gains(gain[chosen], base[chosen], None if contrast is None else contrast[chosen])
        case PairScores():
            copies = [(np.flatnonzero(evidence.task == task), place) for place, task in enumerate(chosen)]
            rows = np.concatenate([rows for rows, _ in copies])
            task = np.concatenate([np.full(rows.size, place) for rows, place in copies])
            other = (task + 1) % len(chosen)
            joint = evidence.joint[rows]
            return PairScores(
                n_agents=evidence.n_agents,
                n_tasks=len(chosen),
                agent=evidence.agent[rows],
                task=task,
                peer=evidence.peer[rows],
                peer_task=np.where(joint, task, other),
                score=evidence.score[rows],
                weight=evidence.weight[rows],
            )
        case Embeddings(vectors):
            return Embeddings(vectors[chosen])


def without_answers(evidence, unanswered):
    """The same evidence with nothing known about the tasks where `unanswered` (m,) is True."""
    match evidence:
        case Labels():
            return replace(evidence, codes=np.where(unanswered[:, None], -1, evidence.codes))
        case Forecasts(codes, forecast):
            gone = unanswered[:, None]
            return replace(
                evidence, codes=np.where(gone, -1, codes), forecast=np.where(gone[..., None], np.nan, forecast)
            )
        case Gains(gain, base, contrast):
            missing = np.where(unanswered, np.nan, 0.0)
            blank = missing[:, None, None]
            return Gains(gain + blank, base + missing[:, None], None if contrast is None else contrast + blank)
        case PairScores():
            keep = ~unanswered[evidence.task]
            columns = ("agent", "task", "peer", "peer_task", "score", "weight")
            return replace(evidence, **{name: getattr(evidence, name)[keep] for name in columns})
        case Embeddings(vectors):
            return Embeddings(np.where(unanswered[:, None, None], np.nan, vectors))


def population(joint):
    """Two agents whose labels x and y meet `joint[x, y]` times: one task a cell, and its weight.

    The list comes twice so that both blocks of dmi hold the whole of it.
    """
    codes = np.indices(joint.shape).reshape(2, -1).T
    return Labels(np.vstack([codes, codes]), CLASSES), np.tile(joint.ravel(), 2).astype(float)


def population_pay(mechanism, joint):
    return mechanism.pairwise(*population(joint))[0, 1]


def tables(elements):
    return arrays(np.int64, (len(CLASSES), len(CLASSES)), elements=elements)


def channels():
    """Integer rows of equal sums: a stochastic map of labels to labels, times that sum (12)."""
    cuts = st.lists(st.integers(0, 12), min_size=2, max_size=2).map(lambda two: np.diff([0, *sorted(two), 12]))
    return st.lists(cuts, min_size=3, max_size=3).map(np.array)


# --- laws -----------------------------------------------------------------------------------------------------------


def nothing_told_pays_nothing(mechanism, draw):
    """Agent 0 says the same to every task; or a critic says the same of every pair."""
    evidence = some_evidence(mechanism, draw)
    match evidence:
        case Labels(codes):
            codes = codes.copy()
            codes[codes[:, 0] >= 0, 0] = 1
            evidence = replace(evidence, codes=codes)
        case Forecasts(codes, forecast):
            codes, forecast = codes.copy(), forecast.copy()
            codes[codes[:, 0] >= 0, 0] = 1
            forecast[:, 0] = np.where(np.isnan(forecast[:, 0]), np.nan, 1 / len(evidence.classes))
            evidence = replace(evidence, codes=codes, forecast=forecast)
        case Gains(gain, base):
            told = gain[:1] if draw(st.booleans()) else np.zeros_like(gain[:1])  # the same whatever is shown
            told = np.broadcast_to(np.nan_to_num(told), gain.shape)
            evidence = Gains(told, base, told if told.any() else None)
        case PairScores(score=score):
            evidence = replace(evidence, score=np.full_like(score, draw(st.floats(0, 1))))
        case Embeddings(vectors):
            vectors = vectors.copy()
            vectors[evidence.answered[:, 0], 0] = [3.0, -1.0, 2.0]
            evidence = Embeddings(vectors)
    pay = mechanism.pairwise(evidence)[0]
    assert_allclose(pay[~np.isnan(pay)], 0, atol=1e-12)


def independent_agents_earn_nothing(mechanism, draw):
    shares = arrays(np.int64, len(CLASSES), elements=st.integers(1, 5))
    joint = np.outer(draw(shares), draw(shares))
    assert_allclose(population_pay(mechanism, joint), 0, atol=1e-12)


def processing_never_pays(mechanism, draw):
    joint = draw(tables(st.integers(0, 5)).filter(lambda table: table.sum() >= len(CLASSES)))
    pays_no_more(mechanism, joint, draw(channels()))


def processing_never_pays_exchangeable_agents(mechanism, draw):
    joint = draw(tables(st.integers(0, 5)).filter(lambda table: table.sum() >= len(CLASSES)))
    pays_no_more(mechanism, joint + joint.T, draw(channels()))


def pays_no_more(mechanism, joint, channel):
    truth, processed = joint * 12, channel.T @ joint  # of equal totals
    assert population_pay(mechanism, processed) <= population_pay(mechanism, truth) + 1e-12


def renaming_labels_changes_nothing(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    each_class = np.repeat(np.arange(len(CLASSES))[:, None], evidence.n_agents, axis=1)
    codes = np.vstack([each_class, evidence.codes, each_class])  # no name is new to the pool: dmi counts those in use
    renamed = codes.copy()
    renamed[:, 0] = np.append(draw(orders(len(CLASSES))), -1)[codes[:, 0]]  # missing stays missing
    same(mechanism.pairwise(Labels(renamed, CLASSES)), mechanism.pairwise(Labels(codes, CLASSES)))


def unused_classes_change_nothing(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    shifted = np.where(evidence.codes >= 0, evidence.codes + 1, -1)
    wider = replace(evidence, codes=shifted, classes=("never", *evidence.classes, "nobody"), **more_shares(evidence))
    same(mechanism.pairwise(wider), mechanism.pairwise(evidence))


def more_shares(evidence):
    """No share for a class more before and after the others."""
    if isinstance(evidence, Labels):
        return {}
    return {"forecast": np.pad(evidence.forecast, [(0, 0), (0, 0), (1, 1)]) + 0 * evidence.forecast[:, :, :1]}


def the_names_of_labels_do_not_matter(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    name = draw(orders(len(evidence.classes)))
    codes = np.append(name, -1)[evidence.codes]
    renamed = replace(evidence, codes=codes, forecast=evidence.forecast[:, :, np.argsort(name)])
    same(mechanism.pairwise(renamed), mechanism.pairwise(evidence))


def what_one_earns_another_loses(mechanism, draw):
    pay = mechanism.pairwise(some_evidence(mechanism, draw))
    same(pay, -pay.T)


def the_best_forecast_is_what_comes_true(mechanism, draw):
    """Agent 0 foresees the shares of the others' answers, or says what it thinks."""
    evidence = some_evidence(mechanism, draw, complete=True)
    foresight = evidence.forecast.copy()
    foresight[:, 0] = evidence.labels.one_hot[:, 1:].mean(axis=1)
    earned = np.nanmean(mechanism.pairwise(evidence)[0])
    assert np.nanmean(mechanism.pairwise(replace(evidence, forecast=foresight))[0]) >= earned - 1e-12


def turned(vectors, draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rotation, _ = np.linalg.qr(rng.normal(size=(vectors.shape[-1],) * 2))
    return vectors @ rotation


def turning_the_space_changes_nothing(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    same(mechanism.pairwise(Embeddings(turned(evidence.vectors, draw))), mechanism.pairwise(evidence), atol=1e-9)


def turning_the_vectors_of_one_agent_changes_nothing(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    vectors = evidence.vectors.copy()
    vectors[:, 0] = turned(vectors[:, 0], draw)
    same(mechanism.pairwise(Embeddings(vectors)), mechanism.pairwise(evidence), atol=1e-9)


def the_names_of_agents_do_not_matter(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    order = draw(orders(evidence.n_agents))
    same(mechanism.pairwise(reorder_agents(evidence, order)), mechanism.pairwise(evidence)[order][:, order])


def the_order_of_tasks_does_not_matter(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    order = draw(orders(evidence.n_tasks))
    same(mechanism.pairwise(take_tasks(evidence, order)), mechanism.pairwise(evidence))


def tasks_twice_change_nothing(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    twice = take_tasks(evidence, np.tile(np.arange(evidence.n_tasks), 2))
    same(mechanism.pairwise(twice), mechanism.pairwise(evidence))


def a_weight_is_a_repetition(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    times = draw(arrays(np.int64, evidence.n_tasks, elements=st.integers(0, 3)).filter(lambda t: t.sum() > 1))
    repeated = take_tasks(evidence, np.repeat(np.arange(evidence.n_tasks), times))
    same(mechanism.pairwise(evidence, times.astype(float)), mechanism.pairwise(repeated))


def a_task_nobody_answered_is_a_task_left_out(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    unanswered = draw(arrays(bool, evidence.n_tasks).filter(lambda gone: (~gone).sum() > 1))
    left_out = take_tasks(evidence, np.flatnonzero(~unanswered))
    same(mechanism.pairwise(without_answers(evidence, unanswered)), mechanism.pairwise(left_out))


def unbiased(mechanism, draw):
    """Leaving out a task at random changes nothing on average."""
    evidence = some_evidence(mechanism, draw, complete=True)
    leave_one_out = 1 - np.eye(evidence.n_tasks)
    if mechanism.evidence is Embeddings:  # whose weights count parts again: they leave nothing out
        each = [mechanism.pairwise(take_tasks(evidence, np.flatnonzero(kept))) for kept in leave_one_out]
    else:
        each = mechanism.pairwise(evidence, leave_one_out)
    on_average = np.mean(each, axis=0)
    known = ~np.isnan(on_average)
    assert_allclose(on_average[known], mechanism.pairwise(evidence)[known], atol=1e-12)


def nobody_is_its_own_peer(mechanism, draw):
    assert np.isnan(np.diagonal(mechanism.pairwise(some_evidence(mechanism, draw)))).all()


def complete_evidence_leaves_nothing_unknown(mechanism, draw):
    evidence = some_evidence(mechanism, draw, complete=True)
    pay = mechanism.pairwise(evidence)
    assert np.isfinite(pay[~np.eye(len(pay), dtype=bool)]).all()


def pairs_that_share_nothing_are_unknown(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    nothing = without_answers(evidence, np.ones(evidence.n_tasks, dtype=bool))
    assert np.isnan(mechanism.pairwise(nothing)).all()
    assert np.isnan(mechanism.pairwise(evidence, np.zeros(evidence.n_tasks))).all()
    assert np.isnan(mechanism.by_task(nothing, 0)).all()


def pay_stays_within_its_bounds(mechanism, draw):
    low, high = BOUNDS.get(mechanism.name, (-np.inf, np.inf))
    pay = mechanism.pairwise(some_evidence(mechanism, draw))
    known = pay[~np.isnan(pay)]
    assert np.all((low - 1e-12 <= known) & (known <= high + 1e-12))


def symmetric_where_claimed(mechanism, draw):
    pay = mechanism.pairwise(some_evidence(mechanism, draw))
    if mechanism.symmetric:
        same(pay, pay.T)


def weights_may_come_in_batches(mechanism, draw):
    evidence = some_evidence(mechanism, draw)
    weights = draw(arrays(float, (2, 2, evidence.n_tasks), elements=st.sampled_from([0, 0.5, 1, 2])))
    batch = mechanism.pairwise(evidence, weights)
    assert batch.shape == (2, 2, evidence.n_agents, evidence.n_agents)
    for place in np.ndindex(2, 2):
        same(batch[place], mechanism.pairwise(evidence, weights[place]))
    same(mechanism.pairwise(evidence), mechanism.pairwise(evidence, np.ones(evidence.n_tasks)))


def tasks_add_up_to_the_pay(mechanism, draw):
    evidence = some_evidence(mechanism, draw, complete=mechanism.evidence is PairScores)
    pay = mechanism.pairwise(evidence)
    for agent in range(evidence.n_agents):
        by_task = mechanism.by_task(evidence, agent)
        assert by_task.shape == (evidence.n_tasks, evidence.n_agents)
        assert np.isnan(by_task[:, agent]).all()
        known = ~np.isnan(by_task).all(axis=0)
        assert_allclose(np.nanmean(by_task[:, known], axis=0), pay[agent, known], atol=1e-12)


def same(one, other, atol=1e-12):
    assert_allclose(one, other, rtol=0, atol=atol)


@dataclass(frozen=True)
class Law:
    holds: Callable
    speaks_of: tuple[type, ...] = registry.ALL

    @property
    def name(self):
        return self.holds.__name__.replace("_", " ")


LAWS = [
    Law(nothing_told_pays_nothing),
    Law(independent_agents_earn_nothing, (Labels,)),
    Law(processing_never_pays, (Labels,)),
    Law(processing_never_pays_exchangeable_agents, (Labels,)),
    Law(renaming_labels_changes_nothing, (Labels,)),
    Law(unused_classes_change_nothing, (Labels, Forecasts)),
    Law(the_names_of_labels_do_not_matter, (Forecasts,)),
    Law(what_one_earns_another_loses, (Forecasts,)),
    Law(the_best_forecast_is_what_comes_true, (Forecasts,)),
    Law(turning_the_space_changes_nothing, (Embeddings,)),
    Law(turning_the_vectors_of_one_agent_changes_nothing, (Embeddings,)),
    Law(the_names_of_agents_do_not_matter),
    Law(the_order_of_tasks_does_not_matter),
    Law(tasks_twice_change_nothing),
    Law(a_weight_is_a_repetition),
    Law(a_task_nobody_answered_is_a_task_left_out),
    Law(unbiased),
    Law(nobody_is_its_own_peer),
    Law(complete_evidence_leaves_nothing_unknown),
    Law(pairs_that_share_nothing_are_unknown),
    Law(pay_stays_within_its_bounds),
    Law(symmetric_where_claimed),
    Law(weights_may_come_in_batches),
    Law(tasks_add_up_to_the_pay),
]


def cases(*, excused):
    return [
        pytest.param(mechanism, law, id=f"{mechanism.name}: {law.name}")
        for mechanism in MECHANISMS.values()
        for law in LAWS
        if mechanism.evidence in law.speaks_of and (law.name in mechanism.breaks) == excused
    ]


@pytest.mark.parametrize(("mechanism", "law"), cases(excused=False))
@given(data=st.data())
@settings(max_examples=25)
def test_every_mechanism_keeps_the_laws_it_is_not_excused_from(mechanism, law, data):
    law.holds(mechanism, data.draw)


@pytest.mark.parametrize(("mechanism", "law"), cases(excused=True))
def test_a_mechanism_breaks_the_laws_it_is_excused_from(mechanism, law):
    @given(data=st.data())
    @settings(
        max_examples=500,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    def keeps(data):
        law.holds(mechanism, data.draw)

    with pytest.raises(AssertionError):
        keeps()


def test_every_law_that_users_are_told_of_is_tested():
    tested = {law.name: law.speaks_of for law in LAWS}
    assert {name: law.speaks_of for name, law in registry.LAWS.items()}.items() <= tested.items()


@pytest.mark.parametrize("mechanism", MECHANISMS.values(), ids=lambda mechanism: mechanism.name)
def test_every_excuse_names_a_law_that_speaks_of_the_mechanism_s_evidence(mechanism):
    assert set(mechanism.breaks) <= set(mechanism.laws)
