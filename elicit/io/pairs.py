"""Tables with a row per pair of responses: a critic's scores, and log-probabilities.

One rule: a pair without a row stays missing; a row that pairs an agent with itself tells nothing and is left out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elicit.errors import InvalidInput
from elicit.evidence import Floats, Gains, Ints, PairScores
from elicit.io.cells import Stack, check_agents, coverage_notes
from elicit.io.columns import count
from elicit.io.grids import Reading

AGREE = 1e-6  # relative: float32 and a few printed digits pass, another response's value does not


@dataclass(frozen=True)
class PairIds:
    """The tasks and agents of a pair table, and which of them each row is about."""

    tasks: list[str]
    agents: list[str]
    task: Ints  # (rows,)
    agent: Ints  # (rows,)
    peer: Ints  # (rows,)
    peer_task: Ints  # (rows,)

    @property
    def pairs(self) -> NDArray[np.bool_]:
        """(rows,) True where agent and peer differ."""
        return self.agent != self.peer

    def notes(self) -> list[str]:
        """Rows left out, and agents that few tasks tell about."""
        itself = int((~self.pairs).sum())
        notes = [f"{count(itself, 'row')} left out, agent and peer are the same"] if itself else []
        seen = np.zeros((len(self.tasks), len(self.agents)), dtype=bool)
        seen[self.task[self.pairs], self.agent[self.pairs]] = True
        seen[self.peer_task[self.pairs], self.peer[self.pairs]] = True
        return notes + coverage_notes(seen, self.agents)


def read_ids(stack: Stack) -> PairIds:
    """Who is paired with whom; raises InvalidInput for one agent only and for a pair with two rows."""
    tasks: dict[str, int] = {}
    agents: dict[str, int] = {}
    task, agent, peer = stack.ids("task_id", tasks), stack.ids("agent", agents), stack.ids("peer", agents)
    peer_task = stack.ids("peer_task_id", tasks) if stack.has("peer_task_id") else task
    check_agents(stack, agents)
    ids = PairIds(list(tasks), list(agents), task, agent, peer, peer_task)
    stack.check_unique(
        "task_id",
        lambda row: (
            f"task {ids.tasks[task[row]]!r}, agent {ids.agents[agent[row]]!r}, peer {ids.agents[peer[row]]!r} "
            f"and peer task {ids.tasks[peer_task[row]]!r}"
        ),
        *(task, agent, peer, peer_task),
    )
    return ids


def read_pair_scores(stack: Stack) -> Reading:
    """A critic's or a judge's scores as they are; where the table says neither, weight 1 and one task for both.

    Which kinds of pairs there must be is the mechanism's to say.
    """
    ids = read_ids(stack)
    score = stack.numbers("score")
    weight = stack.numbers("weight", default=1.0)
    stack.check("weight", weight >= 0, "at least 0", weight.tolist())
    use = ids.pairs
    scores = PairScores(
        n_agents=len(ids.agents),
        n_tasks=len(ids.tasks),
        agent=ids.agent[use],
        task=ids.task[use],
        peer=ids.peer[use],
        peer_task=ids.peer_task[use],
        score=score[use],
        weight=weight[use],
    )
    return Reading(ids.tasks, ids.agents, scores, ids.notes())


def read_gains(stack: Stack) -> Reading:
    """Log-probabilities as gains in nats per token of the peer's response."""
    ids = read_ids(stack)
    n_tokens = stack.numbers("n_tokens")
    stack.check("n_tokens", n_tokens > 0, "above 0", n_tokens.tolist())
    logp_base = stack.numbers("logp_base")
    shape = (len(ids.tasks), len(ids.agents))
    check_agreement(stack, "n_tokens", n_tokens, ids, shape)
    check_agreement(stack, "logp_base", logp_base, ids, shape)
    base, gain = np.full(shape, np.nan), np.full((*shape, shape[1]), np.nan)
    base[ids.task, ids.peer] = logp_base / n_tokens
    use = ids.pairs
    gained = (stack.numbers("logp_cond") - logp_base) / n_tokens
    gain[ids.task[use], ids.agent[use], ids.peer[use]] = gained[use]
    gains = Gains(gain, base, contrast=None, unit="nats per token")
    return Reading(ids.tasks, ids.agents, gains, ids.notes())


def check_agreement(stack: Stack, field: str, values: Floats, ids: PairIds, shape: tuple[int, int]) -> None:
    """Raise InvalidInput where rows about one response differ in what is the response's alone."""
    cell = np.ravel_multi_index((ids.task, ids.peer), shape)
    _, first, group = np.unique(cell, return_index=True, return_inverse=True)
    expected = values[first][group]
    bad = np.flatnonzero(~np.isclose(values, expected, rtol=AGREE, atol=0))
    if bad.size:
        row, earlier = int(bad[0]), int(first[group[bad[0]]])
        raise InvalidInput(
            f"{stack.place(row, field)}: must be the same in all rows of task {ids.tasks[ids.task[row]]!r} and peer "
            f"{ids.agents[ids.peer[row]]!r}, got {values[row]} and {values[earlier]} at {stack.place(earlier, field)}"
        )
