"""What came of a run: pairs, tasks, categories, comparisons, reasons."""

from datetime import datetime
from typing import Any, Literal

from elicit.schemas.base import Wire


class PairMatrix(Wire):
    """Who tells about whom: `score[i][j]` is what agent i earns from peer j; `None` where it is not known."""

    agents: list[str]
    score: list[list[float | None]]


class RunTask(Wire):
    """A task of a run in short: how many agents have a score on it, the mean of these scores and how far they spread
    (standard deviation); `None` where that is not known.
    """

    task_id: str
    category: str | None
    scored: int
    mean: float | None
    spread: float | None


class Answer(Wire):
    """An agent's answer to a task, and its score on it: the score of a run is the mean over the tasks."""

    agent: str
    rank: int | None
    response: str | None
    score: float | None


class TaskDetail(Wire):
    """One task of a run: what it asked, and what each agent answered, best agent of the run first.

    `images` are addresses or data URIs.
    """

    task_id: str
    category: str | None
    prompt: str
    context: str
    images: list[str]
    answers: list[Answer]


class AgentTask(Wire):
    """How an agent did on a task: its score, and the mean score of the other agents; `None` where there is none."""

    task_id: str
    category: str | None
    score: float | None
    mean_of_others: float | None


class AgentInRun(Wire):
    """How an agent did on each task of a run, in the order of the tasks."""

    agent: str
    tasks: list[AgentTask]


class Standing(Wire):
    """How an agent stands on the tasks of one category: rank and score with their 95 % intervals.

    `score` is the mean over the `n_tasks` tasks it has a score on, as the whole run scored them; it and the rank are
    `None` where there is no such task, intervals where there are fewer than two different prompts.
    """

    agent: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    score: float | None
    low: float | None
    high: float | None
    n_tasks: int


class CategoryBoard(Wire):
    """The agents on the tasks of one category, in the order of their ranks there.

    Peers, and how much each of them counts, are those of the whole run: what a task paid does not depend on which tasks
    are looked at.
    """

    category: str
    n_tasks: int
    agents: list[Standing]


class Agreement(Wire):
    """How far another run on the same task set ranks alike: Spearman's correlation of scores over the `n_agents` agents
    that both have ranked. Its 95 % interval, from resampling agents, is `None` where they are few.
    """

    run_id: str
    evaluation_id: str
    evaluation: str
    scorer: str
    mechanism: str
    at: datetime
    n_agents: int
    spearman: float | None
    low: float | None
    high: float | None


class Move(Wire):
    """How an agent stands in two runs, ranks being among the agents they share; positive for one that rose.

    `beyond_noise` says whether the move survives the correction for having looked at every agent (`p_adjusted`);
    `score_change` is known where both runs measure the same.
    """

    agent: str
    rank_before: int
    rank_after: int
    rank_change: int
    rank_change_low: int | None
    rank_change_high: int | None
    p_value: float | None
    p_adjusted: float | None
    score_change: float | None
    score_change_low: float | None
    score_change_high: float | None
    beyond_noise: bool


class Comparison(Wire):
    """Two runs: who moved between them, and whether that is more than noise."""

    before: str
    after: str
    moves: list[Move]


class Mark(Wire):
    """A word that told, in an answer: from the character (code point) at `start` up to the one at `end`."""

    start: int
    end: int
    nats: float


class Explanation(Wire):
    """Why an agent earned what it did from a peer on a task: `amount` is what the task adds to the pair's score.

    `rows` are the words, verdicts or labels behind it, largest share first, all with the same keys. Where they are
    words, `marks` and `peer_marks` say where they stand in the two answers.
    """

    task: str
    agent: str
    peer: str
    unit: str
    amount: float | None
    pair_mean: float | None
    rows: list[dict[str, Any]]
    response: str | None
    peer_response: str | None
    marks: list[Mark]
    peer_marks: list[Mark]


class Difference(Wire):
    """Two agents of one run, compared task by task: what `agent` earned more than `baseline`, with its 95 % interval.

    `verdict` is "worse" or "better" only beyond noise, "unknown" where fewer than two prompts were answered by both.
    """

    run_id: str
    agent: str
    baseline: str
    verdict: Literal["worse", "better", "not told apart", "unknown"]
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n_tasks: int
    unit: str
    length_adjusted: float | None
    agent_words: float | None
    baseline_words: float | None
    signal_p: float | None


class TaskDifference(Wire):
    """How two scores on one task differ: of two agents of a run, or of an agent in two runs (after, before)."""

    task_id: str
    category: str | None
    score: float
    baseline_score: float
    difference: float
