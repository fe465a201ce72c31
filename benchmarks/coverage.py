"""Do intervals cover and do tests err as often as they say? Simulated runs from worlds whose true scores are known.

    python benchmarks/coverage.py [STUDY ...] [--runs N] [--full] [--markdown]

    intervals   score intervals of every kind of evidence: coverage of the population score and of the expected score
    ranks       rank intervals and ties, beside what they would be if read off replicates
    tests       how often each p-value falls to .05 and .01 where there is nothing to find, and where there is
    agreement   the interval of the rank correlation of two runs

Every share stands beside its 95 % binomial interval (Wilson 1927). Where a share is over all agents of a run, whose
errors go together, the interval counts as many trials as would make runs differ as much as they did. Everything follows
from seeds. A few minutes on one core; `--full` takes ten times as many runs.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from common import aligned, markdown
from simulated import CASE, RESAMPLES, Case, Run, population, run, runs

from elicit.estimators.agreement import spearman_interval
from elicit.estimators.apart import margins, rank_interval, tie_groups
from elicit.estimators.bootstrap import widening
from elicit.estimators.permutation import two_sided_p
from elicit.estimators.ranks import interval, ranks, win_probability
from elicit.evidence import Bools, Floats, Ints
from elicit.services.compare import Board, compare
from elicit.services.difference import certainty
from elicit.services.ranking import chance_level, effects_of_tasks, scores_by_task

RUNS = 100
EQUAL = 1e-9  # true scores this close are the same
Table = tuple[list[str], list[list[str]]]  # header and rows


# Shares and their intervals


def share(found: Sequence[Floats] | Sequence[Bools] | Sequence[bool]) -> str:
    """The mean over runs (k,), or over runs and agents (k, n), with its interval."""
    of_runs = np.array([np.mean(one) for one in found])
    p, trials = float(of_runs.mean()), float(len(of_runs))
    if of_runs.std() > 0:
        trials = min(p * (1 - p) / (of_runs.var(ddof=1) / len(of_runs)), float(np.size(np.array(found))))
    low, high = wilson(p, trials)
    return f"{places(p)} ({places(low)}–{places(high)})"


def wilson(p: float, trials: float, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share p of so many trials.

    >>> [round(end, 3) for end in wilson(0.5, 100)]
    [0.404, 0.596]
    """
    middle, half = p + z**2 / (2 * trials), z * np.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
    return (middle - half) / (1 + z**2 / trials), (middle + half) / (1 + z**2 / trials)


def places(value: float) -> str:
    """A share with three places and no leading zero.

    >>> places(0.95), places(1.0)
    ('.950', '1.000')
    """
    return f"{value:.3f}".removeprefix("0")


# Score intervals


@dataclass(frozen=True)
class Intervals:
    """What the runs of one case said of scores and ranks: a row a run, a column an agent."""

    score: Floats
    true: Floats
    low: Floats
    high: Floats
    low_as_drawn: Floats
    high_as_drawn: Floats

    @property
    def expected(self) -> Floats:
        """The score at this number of tasks, on average: the true one, and the bias found over all runs."""
        return self.true + (self.score - self.true).mean(axis=0)

    @property
    def bias(self) -> float:
        """In standard errors."""
        error = self.score - self.true
        return float(np.mean(error.mean(axis=0) / error.std(axis=0)))


def intervals_of(case: Case, count: int) -> Intervals:
    """Scores and their intervals in so many runs."""
    rows = []
    for one in runs(case, count):
        replicates = one.replicates()
        as_drawn = one.score + (replicates - one.score) / widening(one.prompts)
        rows.append((one.score, one.true(population(case)), *interval(replicates), *interval(as_drawn)))
    return Intervals(*np.array(rows).transpose(1, 0, 2))


def interval_cases() -> Iterator[Case]:
    """Each kind of evidence with more tasks and fewer, more agents and fewer, gaps, and peers weighted."""
    kinds = (Case("gains apart", "mi"), Case("verdicts apart", "tvd_mi"), Case("four apart", "kl"))
    for kind in kinds:
        yield from (replace(kind, m=m) for m in (20, 50, 100, 200))
        yield from (replace(kind, m=50, n=n) for n in (5, 30))
        yield from (replace(kind, m=50, missing=0.2), replace(kind, m=50, softmax=True))
    yield from (replace(kinds[1], m=m, design=design) for design in ("rotating", "fixed") for m in (20, 100))
    yield replace(kinds[1], m=50, design="rotating", missing=0.2)
    yield from (Case("scores apart", "tvd_mi", m=50), Case("text apart", "mi", m=50, softmax=True))
    yield from (Case("binary apart", "kl", m=50), Case("skewed apart", "kl", m=50))
    learned = ("kl_corrected", "tvd", "tvd_cross_fitted", "chi2", "hellinger", "jensen_shannon", "correlated_agreement")
    for name in (*learned, "dasgupta_ghosh", "peer_truth_serum", "output_agreement"):
        yield Case("four apart", name, m=50)


def intervals_table(count: int) -> Table:
    """Coverage of the 95 % interval of a score."""
    header = [*CASE, "expected score", "as drawn", "population score", "bias"]
    rows = []
    for case in interval_cases():
        found = intervals_of(case, count)
        within = [
            share((low <= what) & (what <= high))
            for low, high, what in (
                (found.low, found.high, found.expected),
                (found.low_as_drawn, found.high_as_drawn, found.expected),
                (found.low, found.high, found.true),
            )
        ]
        rows.append([*case.cells, *within, f"{found.bias:+.1f}"])
    return header, rows


# Ranks and ties


def rank_row(case: Case, count: int) -> list[str]:
    """How often rank intervals hold for all agents and for each, how wide they are, and boundaries drawn by chance."""
    found: dict[str, list[Bools]] = {"margins": [], "replicates": []}
    width: dict[str, list[float]] = {"margins": [], "replicates": []}
    boundary: dict[str, list[bool]] = {"margins": [], "replicates": []}
    for one in runs(case, count):
        replicates, true = one.replicates(), one.true(population(case))
        margin = margins(one.score, replicates, one.prompts)
        best, worst = true_ranks(true)
        for name, (low, high) in (
            ("margins", rank_interval(one.score, margin)),
            ("replicates", rounded_out(replicates, one.score)),
        ):
            found[name].append((low <= best) & (worst <= high))
            width[name].append(float(np.mean(high - low)))
        leader = int(np.argmax(one.score))
        split = {
            "margins": tie_groups(one.score, margin) > 1,
            "replicates": win_probability(replicates)[:, leader] <= 0.025,
        }
        for name, behind in split.items():
            boundary[name].append(bool((behind & (true >= true[leader] - EQUAL)).any()))
    return [
        *case.cells,
        *(cell for name in found for cell in (share([one.all() for one in found[name]]), share(found[name]))),
        *(f"{np.mean(width[name]):.1f}" for name in width),
        *(share(boundary[name]) for name in boundary),
    ]


def true_ranks(true: Floats) -> tuple[Ints, Ints]:
    """The best and the worst rank (n,) that true scores allow: the same but for agents that are equal."""
    above = true[:, None] - true > EQUAL
    return 1 + above.sum(axis=0), len(true) - above.sum(axis=1)


def rounded_out(replicates: Floats, score: Floats) -> tuple[Floats, Floats]:
    """The central interval of the ranks of replicates, as rankings had it before."""
    low, high = interval(ranks(replicates))
    return np.minimum(np.floor(low), ranks(score)), np.maximum(np.ceil(high), ranks(score))


def ranks_table(count: int) -> Table:
    """Rank intervals and ties from margins, and as they would be from replicates."""
    both = ("margins", "replicates")
    header = [*CASE, *(f"{what}, {name}" for name in both for what in ("all ranks", "each rank"))]
    header += [*(f"ranks wide, {name}" for name in both), *(f"false boundary, {name}" for name in both)]
    kinds = [("gains", "mi", "full"), ("verdicts", "tvd_mi", "rotating"), ("four", "kl", "full")]
    cases = [
        Case(f"{kind} {how}", mechanism, m=m, design=design)
        for kind, mechanism, design in kinds
        for how, m in (("alike", 20), ("alike", 100), ("apart", 20), ("apart", 100))
    ]
    cases += [Case("gains alike", "mi", n=n, m=50) for n in (5, 30)] + [Case("text apart", "mi", m=50, softmax=True)]
    return header, [rank_row(case, count) for case in cases]


# Tests

Outcome = dict[str, float]


def effects(one: Run) -> tuple[Floats, Floats]:
    """(m, n) each: the pseudo-values of a run, as it weights peers and with all alike."""
    return effects_of_tasks(one.mechanism, one.scored, scores_by_task(one.mechanism, one.scored, lambda done: None))


def signal(case: Case, one: Run) -> Outcome:
    """p-values that scores are not chance."""
    chance = chance_level(one.mechanism, one.scored, one.block, effects(one)[1], one.rng)
    return {"signal, pool": chance.pool_p, "signal, one agent": float(chance.p[0])}


def between(case: Case, one: Run) -> Outcome:
    """p-values that the first agent differs from the last; of an interval, 0 where it leaves 0 out."""
    values, replicates = effects(one)[0], one.replicates()
    low, high, p = certainty(values[:, 0] - values[:, -1], one.block, one.rng)
    draws = replicates[:, [0]] - replicates[:, [-1]]
    margin = margins(one.score, replicates, one.prompts)
    surely = win_probability(replicates[:, [0, -1]])[0, 1]
    return {
        "difference, p": np.nan if p is None else p,
        "difference, interval": float(low is not None and high is not None and low <= 0 <= high),
        "separation, p": float(two_sided_p(draws)[0]),
        "win probability .975": float(0.025 < surely < 0.975),
        "told apart, these two": float(np.abs(one.score[0] - one.score[-1]) <= margin[0, -1]),
        "told apart, any two": float((np.abs(one.score[:, None] - one.score) <= margin).all()),
    }


def moved(case: Case, one: Run) -> Outcome:
    """p-values that agents moved by a second run on other tasks; in it first and last change places if `apart`."""
    other = run(case, one.rng)
    boards = [board(one, "t"), board(other, "u")]
    if case.world.endswith("apart"):
        order = np.r_[len(one.score) - 1, 1 : len(one.score) - 1, 0]
        boards[1] = replace(
            boards[1],
            score=boards[1].score[order],
            task_scores=boards[1].task_scores[:, order],
            pseudo_values=boards[1].pseudo_values[:, order],
        )
    moves = {move.agent: move for move in compare(*boards, seed=0)}
    first = moves["0"]
    changed = first.score_change_low is not None and not first.score_change_low <= 0 <= (first.score_change_high or 0)
    return {
        "compare, p of one agent": np.nan if first.p_value is None else first.p_value,
        "compare, any beyond noise": float(not any(move.beyond_noise for move in moves.values())),
        "compare, score interval": float(not changed),
    }


def board(one: Run, prefix: str) -> Board:
    """A run as a comparison needs it."""
    m, n = one.scored.answered.shape
    values = effects(one)[0]
    return Board(
        "run", "it", tuple(f"{prefix}{t}" for t in range(m)), tuple(map(str, range(n))), one.score, values, values
    )


def tests_table(count: int) -> Table:
    """How often tests find what is not there, and what is: the agents are alike, or there is nothing at all."""
    header = ["test", *CASE[1:], "world", "at .05", "at .01", "power at .05"]
    kinds = [("four", "kl", "full"), ("gains", "mi", "full"), ("verdicts", "tvd_mi", "full")]
    kinds += [("verdicts", "tvd_mi", "rotating"), ("text", "mi", "full")]
    rows = []
    for kind, mechanism, design in kinds:
        for m in (20, 100):
            case = Case(f"{kind} alike", mechanism, m=m, design=design, softmax=kind == "text")
            for test, null in ((signal, "nothing"), (between, "alike"), (moved, "alike")):
                rows += test_rows(test, replace(case, world=f"{kind} {null}"), count)
    return header, sorted(rows, key=lambda row: row[0])


def test_rows(test: Callable[[Case, Run], Outcome], case: Case, count: int) -> Iterator[list[str]]:
    """A row for each p-value of a test: its rates in the case, and at .05 where agents are apart."""
    other = replace(case, world=f"{case.world.split()[0]} apart")
    null = [test(case, one) for one in runs(case, count, stream=1)]
    real = [test(other, one) for one in runs(other, max(10, count // 4), stream=2)]
    for name in null[0]:
        values, power = (np.array([outcome[name] for outcome in found]) for found in (null, real))
        at = [share(values <= level) if set(values) - {0.0, 1.0} or level == 0.05 else "–" for level in (0.05, 0.01)]
        yield [name, *case.cells[1:], case.cells[0], *at, places(float(np.mean(power <= 0.05)))]


# Agreement


def agreement_table(count: int) -> Table:
    """Coverage of the interval of Spearman's correlation over agents, for normal scores that correlate by rho."""
    rows = []
    for n in (10, 15, 30):
        for rho in (0.0, 0.5, 0.9, 0.98):
            rng = np.random.default_rng([n, int(100 * rho)])
            truth = 6 / np.pi * np.arcsin(rho / 2)
            pairs = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=(4 * count, n))
            ends = [spearman_interval(*pair.T, resamples=RESAMPLES, rng=rng) for pair in pairs]
            rows.append([str(n), f"{truth:.2f}", share([low <= truth <= high for low, high in ends])])
    return ["agents", "true Spearman", "coverage"], rows


STUDIES: dict[str, Callable[[int], Table]] = {
    "intervals": intervals_table,
    "ranks": ranks_table,
    "tests": tests_table,
    "agreement": agreement_table,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables of the studies asked for, or of all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("study", nargs="*", choices=[*STUDIES, []])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--full", action="store_true", help="ten times as many runs")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    for name in asked.study or STUDIES:
        table = STUDIES[name](asked.runs * (10 if asked.full else 1))
        print(f"\n{name}\n", (markdown if asked.markdown else aligned)(*table), sep="\n", flush=True)


if __name__ == "__main__":
    main()
