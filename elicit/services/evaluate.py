"""A plan carried out: agents are asked, their answers paired, the pairs scored by a model, the agents ranked.

Every answer is stored before anything uses it, and what is used is read back from the store: so a run that was broken
off goes on where it stopped, and its scores are a function of the stored answers alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from elicit import design
from elicit.calls import Completion, Request
from elicit.errors import InvalidInput
from elicit.evidence import Bools, Floats
from elicit.scorers.asking import ScoringModel
from elicit.scorers.critic import Critic, canary_requests, canary_verdict, critic_request, parse_verdict
from elicit.scorers.likelihood import (
    VARIANTS,
    Variant,
    base_of,
    base_request,
    check_probe,
    conditional_request,
    gain_of,
    probe_request,
    synopsis_of,
    target_likelihood,
)
from elicit.scorers.pmi import UNIT, parse_pmi, pmi_request
from elicit.scorers.questions import answer_request, parse_answers, parse_questions, questionnaire, write_request
from elicit.services.agents import STRATEGIES, agent_request, answer_in, may_use
from elicit.services.budget import Budget
from elicit.services.plan import AgentSpec, Plan
from elicit.services.progress import Progress, silent
from elicit.services.ranking import same_prompt_blocks
from elicit.types import Evaluation, Evidence, Responses, Task

Stop: TypeAlias = Literal["done", "budget", "interrupted", "provider down"]
Ask: TypeAlias = tuple[str, Request]  # who it is for, and what is asked

FEWEST_USABLE = 0.9  # of the tasks an agent was asked: below that it has no rank
MAY_PASS = ("timed out", "failed")  # failures that a later run asks again
KEYS_AT_ONCE = 200
SCORER = "scorer"


class Gateway(Protocol):
    """What calls models."""

    def complete(
        self,
        requests: Iterable[Request],
        *,
        budget: Budget,
        on_done: Callable[[Sequence[tuple[Request, Completion]]], None],
    ) -> Stop:
        """Ask all requests and hand each answer to `on_done`; the reason where some were not answered."""


class Completions(Protocol):
    """Where answers are kept."""

    def get(self, keys: Sequence[str]) -> Mapping[str, Completion]:
        """The stored answers among these keys."""

    def put(self, answers: Sequence[tuple[Request, Completion]]) -> None:
        """Store answers; they are safe when this returns."""


@dataclass(frozen=True)
class Ports:
    """What a run needs of the world. Without a gateway nothing is asked: what is stored is scored."""

    gateway: Gateway | None
    completions: Completions
    budget: Budget
    progress: Progress = silent


@dataclass
class Spend:
    """What was asked for one agent or for the scorer, and what it took; `cost` is `None` if any price is unknown."""

    calls: int = 0
    asked_now: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = 0.0
    latency_s: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, completion: Completion, *, now: bool) -> None:
        """Count one answer."""
        self.calls += 1
        self.asked_now += now
        self.tokens_in += completion.tokens_in
        self.tokens_out += completion.tokens_out
        self.cost = None if self.cost is None or completion.cost is None else self.cost + completion.cost
        self.latency_s += completion.latency_s
        if completion.failure is not None:
            self.failures[completion.failure] += 1

    def document(self) -> dict[str, Any]:
        """The same as JSON values; `mean_latency_s` of the answers that came."""
        return {
            "calls": self.calls,
            "asked_now": self.asked_now,
            "from_store": self.calls - self.asked_now,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": self.cost,
            "mean_latency_s": self.latency_s / self.calls if self.calls else None,
            "failures": dict(sorted(self.failures.items())),
        }


@dataclass
class Asker:
    """Asks what is not stored yet, reads everything from the store, and counts by whom."""

    ports: Ports
    spend: dict[str, Spend] = field(default_factory=dict)
    stop: Stop = "done"
    _asked: set[str] = field(default_factory=set)
    _counted: set[str] = field(default_factory=set)

    def ask(self, asks: Callable[[], Iterable[Ask]], stage: str, total: int) -> Iterator[Completion | None]:
        """The answers to all asks in order, `None` for one that could not be asked any more.

        `asks` is called twice, so that no more than a few requests are held at a time.
        """
        if self.ports.gateway is not None and self.stop == "done":
            missing = self._missing(asks(), stage, total)
            budget, put = self.ports.budget, self.ports.completions.put
            self.stop = self.ports.gateway.complete(missing, budget=budget, on_done=put)
            self.ports.progress(stage, total, total)
        return self._stored(asks())

    def _missing(self, asks: Iterable[Ask], stage: str, total: int) -> Iterator[Request]:
        """The requests that have no lasting answer yet, each once."""
        done = 0
        for some in portions(asks):
            stored = self.ports.completions.get([request.key for _, request in some])
            for _, request in some:
                self.ports.progress(stage, done, total)
                done += 1
                known = stored.get(request.key)
                if request.key not in self._asked and (known is None or known.failure in MAY_PASS):
                    self._asked.add(request.key)
                    yield request

    def _stored(self, asks: Iterable[Ask]) -> Iterator[Completion | None]:
        for some in portions(asks):
            stored = self.ports.completions.get([request.key for _, request in some])
            for who, request in some:
                found = stored.get(request.key)
                if found is not None and request.key not in self._counted:  # equal requests are one call
                    self._counted.add(request.key)
                    self.spend.setdefault(who, Spend()).add(found, now=request.key in self._asked)
                yield found


def portions(asks: Iterable[Ask]) -> Iterator[list[Ask]]:
    """The asks in lists of `KEYS_AT_ONCE`."""
    rest = iter(asks)
    while some := list(islice(rest, KEYS_AT_ONCE)):
        yield some


@dataclass(frozen=True)
class Answers:
    """What the agents answered: `texts[t][i]`, and on which tasks each was asked and could be used, (m, n) each."""

    agents: tuple[str, ...]
    texts: list[list[str | None]]
    asked: Bools
    usable: Bools

    def unranked(self) -> dict[str, str]:
        """Agents without a rank, each with the reason."""
        asked, usable = self.asked.sum(axis=0), self.usable.sum(axis=0)
        return {
            agent: f"usable answers for {usable[i]} of {asked[i]} tasks asked, under {FEWEST_USABLE:.0%}"
            for i, agent in enumerate(self.agents)
            if asked[i] and usable[i] < FEWEST_USABLE * asked[i]
        }

    def without(self, agents: Iterable[str]) -> list[list[str | None]]:
        """The texts, with all of some agents left out."""
        out = {self.agents.index(agent) for agent in agents}
        return [[None if i in out else text for i, text in enumerate(row)] for row in self.texts]


@dataclass(frozen=True)
class Judged:
    """Evidence, and what there is to say about how it was made: JSON values, and notes in plain words.

    `evidence` is `None` where too little was scored to rank anybody. `mechanism` reads it; `None` leaves that to the
    evidence. `tasks` are its rows where they are not the plan's tasks.
    """

    evidence: Evidence | None
    mechanism: str | None = None
    tasks: tuple[Task, ...] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cross_task: Floats | None = None


@dataclass(frozen=True)
class Result:
    """A plan carried out as far as it went. `evaluation` is what to rank, `None` where there is nothing to rank yet."""

    stop: Stop
    evaluation: Evaluation | None
    answers: Answers
    unranked: dict[str, str]
    judged: Judged
    spend: dict[str, Spend]


def run(plan: Plan, ports: Ports) -> Result:
    """Carry out a plan.

    1. Ask the agents. 2. Set aside those with too few usable answers. 3. Pair the answers and have the pairs scored.
    4. Put together what is to be ranked. Where the budget ends or the user stops, what is there is scored.
    """
    asker = Asker(ports)
    answers = ask_agents(plan, asker)
    unranked = answers.unranked()
    judged = SCORERS[plan.scorer.kind](plan, answers.without(unranked), asker)
    notes = (
        *(f"{agent} has no rank: {reason}" for agent, reason in unranked.items()),
        *judged.notes,
        *((f"stopped early ({asker.stop}): what was answered so far is ranked",) if asker.stop != "done" else ()),
    )
    evaluation = None
    if judged.evidence is not None:
        evaluation = Evaluation(judged.tasks or plan.tasks, answers.agents, judged.evidence, notes=notes)
    return Result(asker.stop, evaluation, answers, unranked, judged, asker.spend)


@dataclass
class Turn:
    """One answer in the making: agent number `column` (sample `sample` of its spec) on task number `row`."""

    spec: AgentSpec
    name: str
    row: int
    column: int
    sample: int
    notes: str = ""


def ask_agents(plan: Plan, asker: Asker) -> Answers:
    """Ask every agent about every task, step by step; outside agents have answered already."""
    names = tuple(name for agent in plan.agents for name, _ in samples(agent))
    shape = len(plan.tasks), len(names)
    texts: list[list[str | None]] = [[None] * shape[1] for _ in plan.tasks]
    asked = np.zeros(shape, dtype=bool)
    take_given_answers(plan, names, texts)
    step, turns = 0, list(all_turns(plan, names))
    while turns:
        turns = one_step(plan, asker, step, turns, texts, asked)
        step += 1
    usable = np.array([[text is not None for text in row] for row in texts]).reshape(shape)
    return Answers(names, texts, asked, usable)


def samples(agent: AgentSpec) -> list[tuple[str, int]]:
    """The names an agent appears under, each with its sample number."""
    if agent.samples == 1:
        return [(agent.name, 0)]
    return [(f"{agent.name}#{sample + 1}", sample) for sample in range(agent.samples)]


def take_given_answers(plan: Plan, names: tuple[str, ...], texts: list[list[str | None]]) -> None:
    """Enter the answers of outside agents."""
    row = {task.id: t for t, task in enumerate(plan.tasks)}
    for agent in plan.agents:
        for task, text in agent.answers or ():
            texts[row[task]][names.index(agent.name)] = text


def all_turns(plan: Plan, names: tuple[str, ...]) -> Iterator[Turn]:
    """Who is to be asked what, task by task, so that a run broken off has whole tasks."""
    for row in range(len(plan.tasks)):
        for agent in plan.agents:
            if agent.model is not None:
                for name, sample in samples(agent):
                    yield Turn(agent, name, row, names.index(name), sample)


def one_step(
    plan: Plan, asker: Asker, step: int, turns: list[Turn], texts: list[list[str | None]], asked: Bools
) -> list[Turn]:
    """One step of everybody's strategy: ask, enter the final answers, and return the turns that have a next step."""
    going_on = []

    def asks() -> Iterator[Ask]:
        for turn in turns:
            task = plan.tasks[turn.row]
            images = plan.images.get(task.id, ())
            request = agent_request(
                turn.spec, task, step, turn.notes, images=images, sample=turn.sample, epoch=plan.epoch
            )
            yield turn.name, request

    for turn, reply in zip(turns, asker.ask(asks, "answers", len(turns)), strict=True):
        last = step + 1 == len(STRATEGIES[turn.spec.strategy].steps)
        asked[turn.row, turn.column] |= reply is not None
        if reply is None:
            continue
        if last:
            texts[turn.row][turn.column] = counted_answer(plan, turn, reply, asker)
        elif may_use(reply, use_truncated=plan.use_truncated):
            going_on.append(replace(turn, notes=reply.text or ""))
    return going_on


def counted_answer(plan: Plan, turn: Turn, reply: Completion, asker: Asker) -> str | None:
    """The answer in a last reply; one that came but holds no answer is counted as unparsable."""
    answer = answer_in(turn.spec, reply, use_truncated=plan.use_truncated)
    if answer is None and may_use(reply, use_truncated=plan.use_truncated):
        asker.spend[turn.name].failures["unparsable"] += 1
    return answer


# Scorers: answers in, evidence out


def judge_by_words(plan: Plan, texts: list[list[str | None]], asker: Asker) -> Judged:
    """The embedded lexical scorer: no calls."""
    answered = any(text is not None for row in texts for text in row)
    return Judged(Responses(texts) if answered else None, mechanism=plan.mechanism)


def judge_by_critic(plan: Plan, texts: list[list[str | None]], asker: Asker) -> Judged:
    """A chat model says of each pair whether both answer the same task; canary pairs show whether it can tell."""
    critic = Critic(scoring_model(plan), plan.scorer.scale)
    pairs = in_task_order(designed(plan, texts))
    canaries = canary_requests(critic)

    def asks() -> Iterator[Ask]:
        yield from ((SCORER, request) for request in canaries)
        for agent, task, peer, peer_task in zip(pairs.agent, pairs.task, pairs.peer, pairs.peer_task, strict=True):
            yield SCORER, critic_request(critic, texts[task][agent] or "", texts[peer_task][peer] or "")

    replies = asker.ask(asks, "pairs", len(canaries) + len(pairs))
    scale = plan.scorer.scale
    parsed = (counted(None if reply is None else parse_verdict(reply, scale), reply, asker) for reply in replies)
    told, score = list(islice(parsed, len(canaries))), np.array(list(parsed), dtype=float)
    verdict = canary_verdict(told)
    scored = pairs.scored(score)
    enough = bool(scored.joint.any() and not scored.joint.all())
    notes = [f"the critic is unreliable, it fails canary pairs: {'; '.join(verdict.faults)}"] if verdict.faults else []
    unscored = int(np.isnan(score).sum())
    if unscored:
        notes.append(f"{unscored} of {len(pairs)} pairs have no score: missing, not zero")
    return Judged(
        scored if enough else None,
        mechanism=plan.mechanism,
        facts={
            "pairs": {"designed": len(pairs), "scored": len(pairs) - unscored, "joint": int(pairs.joint.sum())},
            "critic": {"reliable": verdict.reliable, "faults": list(verdict.faults), "scale": plan.scorer.scale},
        },
        notes=tuple(notes),
        cross_task=mean_by(pairs, score, ~pairs.joint),
    )


def scoring_model(plan: Plan) -> ScoringModel:
    """The plan's scoring model."""
    if plan.scorer.model is None:
        raise InvalidInput(f"a scorer of kind {plan.scorer.kind!r} needs a model")
    return ScoringModel(plan.scorer.model, plan.scorer.params, plan.scorer.api_base, plan.epoch)


def designed(plan: Plan, texts: list[list[str | None]]) -> design.Pairs:
    """The pairs to score, by the plan's design."""
    answered = np.array([[text is not None for text in row] for row in texts])
    block = same_prompt_blocks(plan.tasks)
    nearest = design.nearest_tasks(task_texts(plan.tasks, texts)) if plan.scorer.contrast == "hard" else None
    if plan.design.pairs == "full":
        return design.full(answered, seed=plan.seed, nearest=nearest, block=block)
    return design.rotating(
        answered,
        peers=min(plan.design.peers, answered.shape[1] - 1),
        seed=plan.seed,
        contrast_per_agent=plan.design.contrast_per_agent,
        nearest=nearest,
        block=block,
    )


def task_texts(tasks: Sequence[Task], texts: list[list[str | None]]) -> list[str]:
    """What each task is about: its prompt and context, or its answers where it has neither."""
    told = (f"{task.prompt} {task.context}".strip() for task in tasks)
    return [about or " ".join(filter(None, row)) for about, row in zip(told, texts, strict=True)]


def in_task_order(pairs: design.Pairs) -> design.Pairs:
    """The same pairs task by task, joint and contrast together: what a spent budget leaves is a smaller evaluation."""
    return pairs.only(np.argsort(pairs.task, kind="stable"))


def counted(score: float | None, reply: Completion | None, asker: Asker) -> float | None:
    """The score that was read in a reply; a reply without one is counted as unparsable."""
    if score is None and reply is not None and reply.failure is None:
        asker.spend[SCORER].failures["unparsable"] += 1
    return score


def mean_by(pairs: design.Pairs, score: Floats, rows: Bools) -> Floats:
    """(n,) each agent's mean score over some of the pairs, on either side; NaN where it has none."""
    known = rows & ~np.isnan(score)

    side = np.concatenate([pairs.agent[known], pairs.peer[known]])
    total = np.bincount(side, np.tile(score[known], 2), minlength=pairs.n_agents)
    count = np.bincount(side, minlength=pairs.n_agents)
    return np.divide(total, count, out=np.full(pairs.n_agents, np.nan), where=count > 0)


def judge_by_likelihood(plan: Plan, texts: list[list[str | None]], asker: Asker) -> Judged:
    """A model's log-probabilities say how much likelier one answer makes another; a probe shows whether it has any."""
    model, variant = scoring_model(plan), variant_of(plan.mechanism)
    probe = probe_request(model)
    (echo,) = asker.ask(lambda: [(SCORER, probe)], "probe", 1)
    if echo is None:
        return Judged(None)
    check_probe(probe, echo)
    pairs = in_task_order(designed(plan, texts))
    targets = sorted({(int(task), int(peer)) for task, peer in zip(pairs.peer_task, pairs.peer, strict=True)})

    def synopsis(task: int) -> str:
        return synopsis_of(plan.tasks[task]) if variant.synopsis else ""

    def requests() -> Iterator[tuple[Request, str]]:
        for task, peer in targets:
            target = texts[task][peer] or ""
            yield base_request(model, target, synopsis(task)), target
        for shown, target, task in shown_and_target(pairs, texts):
            yield conditional_request(model, shown, target, synopsis(task)), target

    def asks() -> Iterator[Ask]:
        return ((SCORER, request) for request, _ in requests())

    replies = asker.ask(asks, "likelihoods", len(targets) + len(pairs))
    told = [
        None if reply is None else target_likelihood(reply, request, target)
        for reply, (request, target) in zip(replies, requests(), strict=True)
    ]
    alone, shown_first = dict(zip(targets, told, strict=False)), told[len(targets) :]
    base = np.full((pairs.n_tasks, pairs.n_agents), np.nan)
    for place, known in alone.items():
        base[place] = base_of(known, variant)
    places = zip(pairs.peer_task.tolist(), pairs.peer.tolist(), strict=True)
    gain = [gain_of(alone[place], cond, variant) for place, cond in zip(places, shown_first, strict=True)]
    return judged_by_gains(pairs, np.array(gain), base, variant.unit, variant.mechanism)


def variant_of(mechanism: str | None) -> Variant:
    """The likelihood mechanism of a plan, by default mutual information."""
    name = mechanism or "mi"
    if name not in VARIANTS:
        raise InvalidInput(f"mechanism must be one of {', '.join(VARIANTS)} for a likelihood scorer, got {name!r}")
    return VARIANTS[name]


def shown_and_target(pairs: design.Pairs, texts: list[list[str | None]]) -> Iterator[tuple[str, str, int]]:
    """Of each pair the text that is shown, the one that is asked about, and the latter's task."""
    for agent, task, peer, peer_task in zip(pairs.agent, pairs.task, pairs.peer, pairs.peer_task, strict=True):
        yield texts[task][agent] or "", texts[peer_task][peer] or "", int(peer_task)


def judged_by_gains(pairs: design.Pairs, gain: Floats, base: Floats, unit: str, mechanism: str) -> Judged:
    """The gains (P,) of a design's pairs as evidence; NaN is a pair without a score."""
    scored = int((~np.isnan(gain)).sum())
    missing = len(pairs) - scored
    return Judged(
        pairs.gained(gain, base, unit) if scored else None,
        mechanism=mechanism,
        facts={"pairs": {"designed": len(pairs), "scored": scored, "joint": int(pairs.joint.sum())}},
        notes=(f"{missing} of {len(pairs)} pairs have no score: missing, not zero",) if missing else (),
    )


def judge_by_ratings(plan: Plan, texts: list[list[str | None]], asker: Asker) -> Judged:
    """A chat model rates how much likelier one answer makes each line of another: mutual information without logits."""
    model, pairs = scoring_model(plan), in_task_order(designed(plan, texts))

    def asks() -> Iterator[Ask]:
        return ((SCORER, pmi_request(model, shown, target)) for shown, target, _ in shown_and_target(pairs, texts))

    replies = asker.ask(asks, "pairs", len(pairs))
    bits = [
        counted(None if reply is None else parse_pmi(reply, target), reply, asker)
        for reply, (_, target, _) in zip(replies, shown_and_target(pairs, texts), strict=True)
    ]
    unknown = np.full((pairs.n_tasks, pairs.n_agents), np.nan)  # ratings tell what is gained, not from where
    return judged_by_gains(pairs, np.array(bits, dtype=float), unknown, UNIT, "mi")


def judge_by_questions(plan: Plan, texts: list[list[str | None]], asker: Asker) -> Judged:
    """A model writes yes/no questions about each task's answers and answers them for each agent: labels."""
    model = scoring_model(plan)
    answered = [[(i, text) for i, text in enumerate(row) if text is not None] for row in texts]
    rows = [t for t, row in enumerate(answered) if len(row) > 1]

    def writes() -> Iterator[Ask]:
        return ((SCORER, write_request(model, [text for _, text in answered[t]])) for t in rows)

    replies = asker.ask(writes, "questions", len(rows))
    told = [None if reply is None else parse_questions(reply) for reply in replies]
    questions = {t: found for t, found in zip(rows, told, strict=True) if found}

    def answers() -> Iterator[Ask]:
        for t, asked in questions.items():
            yield from ((SCORER, answer_request(model, asked, text)) for _, text in answered[t])

    replies = asker.ask(answers, "question answers", sum(len(answered[t]) for t in questions))
    codes = {t: np.full((len(asked), len(texts[t])), -1) for t, asked in questions.items()}
    places = ((t, i) for t in questions for i, _ in answered[t])
    for (t, i), reply in zip(places, replies, strict=True):
        if reply is not None:
            codes[t][:, i] = parse_answers(reply, len(questions[t]))
    if not codes:
        return Judged(None)
    found = questionnaire(questions, codes)
    # A question keeps its task's prompt: questions on one task are resampled together.
    tasks = tuple(
        replace(plan.tasks[t], id=f"{plan.tasks[t].id} · {number} · {question}")
        for number, (t, question) in enumerate(zip(found.task.tolist(), found.questions, strict=True), start=1)
    )
    facts = {"questions": {"kept": len(found.questions), "answered_alike": found.alike, "tasks": len(questions)}}
    return Judged(found.labels if tasks else None, plan.mechanism or "tvd", tasks, facts)


SCORERS: dict[str, Callable[[Plan, list[list[str | None]], Asker], Judged]] = {
    "lexical": judge_by_words,
    "critic": judge_by_critic,
    "likelihood": judge_by_likelihood,
    "pmi": judge_by_ratings,
    "questions": judge_by_questions,
}
