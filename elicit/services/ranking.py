"""The main job: an evaluation in, a ranking out.

Nothing here reads a file, a clock or the environment, and everything random comes from the seed: the same evaluation
and options give the same ranking to the last bit.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from elicit.errors import InvalidEvaluation
from elicit.estimators.apart import margins, tie_groups
from elicit.estimators.bootstrap import blocks_answered, bootstrap, split_half
from elicit.estimators.jackknife import pseudo_values
from elicit.estimators.length import length_adjusted, mean_by_agent
from elicit.estimators.peers import mean_over_peers
from elicit.estimators.permutation import exceedance_p, shuffled_scores, sign_flip_p
from elicit.estimators.ranks import win_probability
from elicit.evidence import Floats, Ints, Labels
from elicit.mechanisms import Mechanism
from elicit.services.design_check import DesignCheck, check_design
from elicit.services.progress import Progress, advance, silent
from elicit.services.scoring import Choice, Options, Scored, choose, same_prompt_blocks, score_evaluation
from elicit.types import Evaluation

RESAMPLES = 1000
SPLITS = 50
FLIPS = 1999
SHUFFLES = 99


@dataclass(frozen=True)
class Chance:
    """What shuffled tasks earn each agent (n,), with one-sided p-values that an agent, or the pool, earns more.

    NaN where the input has nothing to shuffle. For gains and pair scores the level is subtracted from the scores; for
    labels it is not.
    """

    level: Floats
    p: Floats
    pool_p: float


@dataclass(frozen=True)
class Ranking:
    """Scores and all that is said about them; one entry an agent, in the evaluation's order, unless noted."""

    evaluation: Evaluation
    choice: Choice
    scored: Scored
    seed: int
    score: Floats
    other: Floats  # under the other peer weighting
    weight: Floats  # each peer's say
    replicates: Floats  # (R, n)
    margin: Floats  # (n, n) how far apart two scores must be to be told apart
    win: Floats  # (n, n) how often the row's agent beats the column's
    group: Ints
    task_scores: Floats  # (m, n) what each task pays
    pseudo_values: Floats  # (m, n) what each task does to the score: what differences between agents are tested on
    chance: Chance
    split_half: float
    adjusted: Floats  # score with length regressed out
    length_slope: float
    design: DesignCheck | None


def rank_evaluation(evaluation: Evaluation, options: Options, progress: Progress = silent) -> Ranking:
    """Rank the agents of an evaluation.

    1. Choose scorer and mechanism. 2. Turn the input into evidence, and find the clones. 3. Score every pair, weight
    the peers. 4. Say how sure that is. Raises `InvalidEvaluation` where no agent can be scored.
    """
    check_size(evaluation)
    choice = choose(evaluation, options)
    scored = score_evaluation(evaluation, choice, options, progress)
    check_scored(scored, choice)
    return with_certainty(evaluation, choice, scored, options.seed, progress)


def check_size(evaluation: Evaluation) -> None:
    """Raise `InvalidEvaluation` where there is nobody to compare or nothing to compare them on."""
    n, m = len(evaluation.agents), len(evaluation.tasks)
    if n < 2 or m < 1:
        raise InvalidEvaluation(f"a ranking needs at least two agents and one task, got {n} and {m}")


def check_scored(scored: Scored, choice: Choice) -> None:
    """Raise `InvalidEvaluation`, with the reason, where no agent has a score."""
    if np.isfinite(scored.peers.scores(scored.pairwise)).any():
        return
    if scored.peers.vote.sum() == 1:
        raise InvalidEvaluation(
            f"all {len(scored.pairwise)} agents are clones of one another, so nobody is left to pay: "
            "hand in agents that answer by themselves, or use --clones off"
        )
    raise InvalidEvaluation(
        f"mechanism {choice.mechanism.name!r} can score no agent: no two agents share enough comparable tasks"
    )


def with_certainty(evaluation: Evaluation, choice: Choice, scored: Scored, seed: int, progress: Progress) -> Ranking:
    """Scores with intervals, nulls and controls. Each use of chance has a stream of its own."""
    bootstrap_rng, halves_rng, chance_rng, curl_rng = np.random.default_rng([seed, 1]).spawn(4)
    mechanism, peers, n = choice.mechanism, scored.peers, len(evaluation.agents)
    block = same_prompt_blocks(evaluation.tasks)

    def statistic(task_weights: Floats) -> Floats:
        return peers.scores(mechanism.pairwise(scored.evidence, task_weights))

    score = peers.scores(scored.pairwise)
    report = advance(progress, "bootstrap", RESAMPLES)
    prompts = blocks_answered(scored.answered, block)
    replicates = bootstrap(statistic, score, block, prompts, resamples=RESAMPLES, rng=bootstrap_rng, advance=report)
    margin = margins(score, replicates, prompts)
    report = advance(progress, "split halves", 2 * SPLITS)
    half = split_half(statistic, n, block, splits=SPLITS, rng=halves_rng, advance=report)
    task_scores = scores_by_task(mechanism, scored, advance(progress, "scores by task", n))
    effects, effects_alike = effects_of_tasks(mechanism, scored, task_scores)
    unknown = np.full(n, np.nan), np.nan
    adjusted, slope = unknown if scored.length is None else length_adjusted(task_scores, scored.length)
    return Ranking(
        evaluation=evaluation,
        choice=choice,
        scored=scored,
        seed=seed,
        score=score,
        other=peers.other.scores(scored.pairwise),
        weight=peers.weights(scored.pairwise),
        replicates=replicates,
        margin=margin,
        win=win_probability(replicates),
        group=tie_groups(score, margin),
        task_scores=task_scores,
        pseudo_values=effects,
        chance=chance_level(mechanism, scored, block, effects_alike, chance_rng),
        split_half=half,
        adjusted=adjusted,
        length_slope=slope,
        design=check_design(scored, score, margin, task_scores, curl_rng),
    )


def effects_of_tasks(mechanism: Mechanism, scored: Scored, task_scores: Floats) -> tuple[Floats, Floats]:
    """Pseudo-values of the scores, and of those with all peers alike: (m, n) each.

    Of very many labels what a task does to a score is what it pays, for tables no longer hang on a single one; leaving
    each task out would take minutes.
    """
    if isinstance(scored.evidence, Labels) and len(task_scores) > RESAMPLES:
        return task_scores, task_scores
    alike = replace(scored.peers, softmax=False, additive=False)

    def both(task_weights: Floats) -> Floats:
        pairwise = mechanism.pairwise(scored.evidence, task_weights)
        return np.concatenate([scored.peers.scores(pairwise), alike.scores(pairwise)], axis=-1)

    answered = np.tile(scored.answered, 2)
    effects = pseudo_values(both, both(np.ones(len(answered))), answered)
    own, with_alike = np.split(effects, 2, axis=1)
    return own, with_alike


def scores_by_task(mechanism: Mechanism, scored: Scored, report: Callable[[int], None]) -> Floats:
    """What each task adds to each agent's score, peers weighted as in the score (m, n)."""
    peers = scored.peers
    say, usual = peers.weights(scored.pairwise), peers.usual(scored.pairwise)
    columns = []
    for agent, abroad in enumerate(peers.shared_abroad > 0):
        columns.append(mean_over_peers(mechanism.by_task(scored.evidence, agent) + usual[agent], abroad, say))
        report(agent + 1)
    return np.stack(columns, axis=1)


def chance_level(
    mechanism: Mechanism, scored: Scored, block: Ints, effects_alike: Floats, rng: np.random.Generator
) -> Chance:
    """What responses earn that have nothing to do with their tasks, and how surely the scores exceed it.

    Labels are shuffled within agents. Responses, and other people's scores of them, come with contrast pairs, which
    are shuffled tasks already: there joint and contrast change places, task by task. What that does to the scores with
    all peers alike is in `effects_alike` (m, n); peers weighted by the same data would make chance look like signal.
    """
    if isinstance(scored.evidence, Labels):
        return shuffled_chance(mechanism, scored, scored.evidence, block, rng)
    contrast = mechanism.contrast(scored.evidence)
    if contrast is None:
        unknown = np.full(len(scored.pairwise), np.nan)
        return Chance(level=unknown, p=unknown, pool_p=np.nan)
    level = mean_over_peers(contrast, scored.peers.shared_abroad, scored.peers.weights(scored.pairwise))
    of_pool = mean_by_agent(effects_alike.T)
    p = sign_flip_p(np.column_stack([effects_alike, of_pool]), block, flips=FLIPS, rng=rng)
    return Chance(level=level, p=p[:-1], pool_p=float(p[-1]))


def shuffled_chance(
    mechanism: Mechanism, scored: Scored, labels: Labels, block: Ints, rng: np.random.Generator
) -> Chance:
    """Scores of labels shuffled over tasks within each agent."""
    score = scored.peers.scores(scored.pairwise)
    null = shuffled_scores(
        lambda shuffled: scored.peers.scores(mechanism.pairwise(shuffled)), labels, block, shuffles=SHUFFLES, rng=rng
    )
    return Chance(
        level=null.mean(axis=0),
        p=exceedance_p(score, null),
        pool_p=float(exceedance_p(np.array([np.nanmean(score)]), np.nanmean(null, axis=1, keepdims=True))[0]),
    )
