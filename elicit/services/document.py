"""A ranking as a document: plain JSON values with stable names, the form that is stored, exported and printed.

What is unknown is `None`, never 0 and never NaN.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from elicit.estimators.apart import rank_interval
from elicit.estimators.bootstrap import full_length_reliability
from elicit.estimators.length import mean_by_agent
from elicit.estimators.peers import effective_number
from elicit.estimators.permutation import two_sided_p
from elicit.estimators.ranks import interval, ranks, spearman
from elicit.estimators.separation import more_tasks
from elicit.evidence import Floats, Forecasts, Ints
from elicit.mechanisms.forecasting import mean_forecasts, shares, votes
from elicit.mechanisms.surprisingly_popular import surprisingly_popular_answers
from elicit.mechanisms.vectors import LARGEST_BLOCK
from elicit.services.ranking import RESAMPLES, Ranking

Document = dict[str, Any]

SURE_ENOUGH = 0.05
FEW_TASKS = 30
FEW_AGENTS = 5


def document(ranking: Ranking) -> Document:
    """The whole ranking, agents in rank order (agents without a rank last)."""
    columns = agent_columns(ranking)
    order = by_rank(columns["rank"])
    return {
        "mechanism": ranking.choice.mechanism.name,
        "scorer": ranking.choice.scorer,
        "n_agents": len(ranking.evaluation.agents),
        "n_tasks": len(ranking.evaluation.tasks),
        "seed": ranking.seed,
        "agents": [{name: plain(values[i]) for name, values in columns.items()} for i in order],
        "diagnostics": diagnostics(ranking, order),
    }


def by_rank(rank: Sequence[int | None]) -> Ints:
    """The places of agents in rank order; equal ranks stay in order, those without come last.

    >>> by_rank([2, None, 1, 2])
    array([2, 0, 3, 1])
    """
    return np.argsort([np.inf if place is None else place for place in rank], kind="stable")


def agent_columns(ranking: Ranking) -> dict[str, Any]:
    """What is said about each agent, by name: sequences in the evaluation's order."""
    scored, n = ranking.scored, len(ranking.score)
    n_tasks = scored.answered.sum(axis=0)
    length = np.full(n, np.nan) if scored.length is None else mean_by_agent(scored.length)
    return {
        "agent": ranking.evaluation.agents,
        **standing(ranking.score, ranking.replicates, ranking.margin),
        "n_tasks": n_tasks,
        "coverage": n_tasks / len(scored.answered),
        "cluster": scored.peers.cluster + 1,
        "tie_group": whole(np.where(ranking.group > 0, ranking.group, np.nan)),
        "score_other": ranking.other,
        "score_length_adjusted": ranking.adjusted,
        "chance": ranking.chance.level,
        "p_value": ranking.chance.p,
        "say": ranking.weight,
        "mean_words": length,
    }


def standing(score: Floats, replicates: Floats, margin: Floats) -> dict[str, Any]:
    """Ranks and scores (n,) with their intervals, from replicates (R, n) and margins (n, n), by name."""
    rank_low, rank_high = rank_interval(score, margin)
    low, high = interval(replicates)
    return {
        "rank": whole(ranks(score)),
        "rank_low": whole(rank_low),
        "rank_high": whole(rank_high),
        "score": score,
        "low": low,
        "high": high,
    }


def diagnostics(ranking: Ranking, order: Ints) -> Document:
    """How far to trust the ranking: choices, controls, nulls; agents in rank order where there is one entry each."""
    choice, peers = ranking.choice, ranking.scored.peers
    agents = ranking.evaluation.agents
    half = ranking.split_half
    return {
        "choices": list(choice.reasons),
        "unit": ranking.scored.unit,
        "peers": {"used": peers.name, "score_other": peers.other.name},
        "effective_peers": plain(effective_number(ranking.weight)),
        "clones": "on" if choice.clones else "off",
        "clusters": clusters(agents, peers.cluster),
        "effective_agents": plain(effective_number(peers.vote)),
        "intervals": {"level": 0.95, "method": "bootstrap over tasks", "resamples": RESAMPLES},
        "tie_groups": tie_groups([agents[i] for i in order], ranking.group[order]),
        "separation": separation(ranking, order),
        "win_probability": [[plain(p) for p in row] for row in ranking.win[np.ix_(order, order)]],
        "signal": {"p_value": plain(ranking.chance.pool_p), "mean_score": plain(np.nanmean(ranking.score))},
        "split_half": {
            "spearman": plain(half),
            "full_length": plain(full_length_reliability(half)),
        },
        "length": length_control(ranking),
        "answers": crowd_answers(ranking),
        "design": design(ranking),
        "notes": list(ranking.evaluation.notes) + cautions(ranking),
    }


def separation(ranking: Ranking, order: Ints) -> list[Document]:
    """How surely each agent with a rank is better than the next one, and how many more tasks would tell.

    Both scores of a replicate come from the same draw of tasks, so the difference is paired over tasks. Interval and
    p-value are those of two agents named beforehand; the tasks are those that would tell them apart among all.
    """
    rank = ranks(ranking.score)
    ranked = order[~np.isnan(rank[order])]
    first, second = ranked[:-1], ranked[1:]
    draws = ranking.replicates[:, first] - ranking.replicates[:, second]
    alike = rank[first] == rank[second]
    difference = np.where(alike, 0.0, ranking.score[first] - ranking.score[second])
    low, high = interval(draws)
    margin = ranking.margin[first, second]
    both = (ranking.scored.answered[:, first] & ranking.scored.answered[:, second]).sum(axis=0)
    agents = ranking.evaluation.agents
    columns: dict[str, Any] = {
        "agent": [agents[i] for i in first],
        "next": [agents[i] for i in second],
        "difference": difference,
        "low": low,
        "high": high,
        "p_value": two_sided_p(draws),
        "more_tasks": whole(more_tasks(difference, difference - margin, difference + margin, both)),
    }
    return [{name: plain(values[k]) for name, values in columns.items()} for k in range(len(first))]


def clusters(agents: tuple[str, ...], cluster: Ints) -> list[list[str]]:
    """The names in each cluster of two or more clones."""
    members = [[agents[i] for i in np.flatnonzero(cluster == number)] for number in np.unique(cluster)]
    return [names for names in members if len(names) > 1]


def tie_groups(agents: list[str], group: Ints) -> list[list[str]]:
    """The names in each group of statistically tied agents, best group first; the unranked are in none."""
    return [[agents[i] for i in np.flatnonzero(group == g)] for g in range(1, int(group.max()) + 1)]


def crowd_answers(ranking: Ranking) -> list[Document] | None:
    """The surprisingly popular answer to each task; `None` where agents forecast nothing."""
    forecasts = ranking.scored.evidence
    if not isinstance(forecasts, Forecasts):
        return None
    codes = surprisingly_popular_answers(forecasts)
    share, expected = shares(forecasts), mean_forecasts(forecasts.forecast, votes(forecasts))
    return [
        {
            "task": task.id,
            "answer": forecasts.classes[code] if code >= 0 else None,
            "share": plain(share[t, code]) if code >= 0 else None,
            "mean_forecast": plain(expected[t, code]) if code >= 0 else None,
        }
        for t, (task, code) in enumerate(zip(ranking.evaluation.tasks, codes.tolist(), strict=True))
    ]


def length_control(ranking: Ranking) -> Document | None:
    """How far the score follows length; `None` where the input has no text."""
    if ranking.scored.length is None:
        return None
    return {
        "spearman_with_score": plain(spearman(mean_by_agent(ranking.scored.length), ranking.score)),
        "spearman_raw_with_adjusted": plain(spearman(ranking.score, ranking.adjusted)),
        "score_per_doubling": plain(ranking.length_slope * np.log(2)),
    }


def design(ranking: Ranking) -> Document | None:
    """Which pairs were compared and what other averages say; `None` for labels. Groups are by name, largest first."""
    check = ranking.design
    if check is None:
        return None
    groups = compared_groups(ranking)
    return {
        "compared": plain(check.compared),
        "agent_pairs": plain(check.agent_pairs),
        "groups": [[ranking.evaluation.agents[i] for i in group] for group in groups],
        "fits": [{"average": name, **asdict(fit)} for name, fit in check.fits.items()],
        "curl": {"median": plain(check.curl[0]), "p95": plain(check.curl[1])},
    }


def compared_groups(ranking: Ranking) -> list[Ints]:
    """The places of the agents in each group that comparisons connect, largest first; without those that met nobody."""
    if ranking.design is None:
        return []
    scored = ~np.isnan(ranking.score)
    numbers = np.unique(ranking.design.groups[scored])
    groups = [np.flatnonzero((ranking.design.groups == number) & scored) for number in numbers]
    return sorted(groups, key=len, reverse=True)


def cautions(ranking: Ranking) -> list[str]:
    """What a reader should know before quoting the numbers, each in a sentence."""
    m, n = ranking.task_scores.shape
    voters = int(ranking.scored.peers.vote.sum())
    doubts = [
        (n < 3, "only two agents: each is judged by the other alone, so do not read their order as quality"),
        (n >= 3 and voters < FEW_AGENTS, f"only {voters} effective agents: the ranking rests on who resembles whom"),
        (m == 1, "only one task: no interval can be given, and what is chance cannot be told"),
        (1 < m < FEW_TASKS, f"only {m} tasks: intervals from so few are rough"),
        (
            len(compared_groups(ranking)) > 1,
            "some agents were never compared with the others, not even by way of third ones: ranks across such groups "
            "are not comparable",
        ),
        (
            ranking.chance.pool_p > SURE_ENOUGH,
            "no signal: the scores could come from responses shuffled over tasks",
        ),
        (
            ranking.choice.scorer == "lexical",
            "the lexical scorer counts shared words: it cannot see word order, a changed fact in fluent text, "
            "or which of two near-tied systems is better",
        ),
        (
            ranking.choice.scorer == "embeddings",
            "embeddings see what answers are about: seldom a negation, a changed number, or the order of events",
        ),
        (
            ranking.choice.mechanism.name == "infonce",
            f"infonce never exceeds {np.log(min(m, LARGEST_BLOCK)):.1f} nats, the log of the tasks compared: scores "
            "near that tell nobody apart",
        ),
        (
            ranking.choice.mechanism.name == "output_agreement",
            "output agreement is a control: an agent that always gives the commonest label does well on it",
        ),
        (
            ranking.choice.mechanism.name == "surprisingly_popular",
            "the surprisingly popular answer is an aggregate: it tells who sides with it, and pays nobody for honesty",
        ),
        (
            ranking.choice.mechanism.name == "win_rate",
            "win rate is a control: it shows what the judge likes, whatever an answer has to do with its task",
        ),
    ]
    return [sentence for applies, sentence in doubts if applies]


def whole(values: Floats) -> list[int | None]:
    """Whole numbers, `None` for NaN."""
    return [None if np.isnan(value) else int(value) for value in values]


def plain(value: Any) -> Any:
    """A numpy scalar as the Python value JSON knows; NaN and infinity as `None`."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
