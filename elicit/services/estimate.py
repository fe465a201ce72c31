"""The dry run: the plan is rehearsed to the last request, and every request is counted instead of asked.

One rule: calls are counted, all else is a rule of thumb. A price that nobody knows is `None`, never 0.

Rules of thumb: a word is four thirds of a token; an answer has `ANSWER_TOKENS`, or `max_tokens` where that is less; a
call takes `CALL_S` seconds, and another for each `TOKENS_PER_S` tokens written.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from elicit.calls import Completion, Request, TokenLogprob
from elicit.scorers.questions import MOST
from elicit.services.agents import ANSWER_MARK
from elicit.services.answers import ask_agents, samples
from elicit.services.asking import MAY_PASS, REWRITER, SCORER, Ask, Asker, Completions, Ports, Spend, portions
from elicit.services.budget import LocalBudget
from elicit.services.judging import SCORERS, DesignFacts
from elicit.services.plan import BudgetSpec, Limits, Plan, Price

TOKENS_PER_WORD = 4 / 3
MOST_BYTES = 6  # in a token: a script without blanks has few words and many tokens
TOKENS_PER_IMAGE = 1000
ANSWER_TOKENS = 200
CALL_S, TOKENS_PER_S = 1.0, 50.0


@dataclass
class Load:
    """Calls and their tokens, added up."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, tokens_in: int, tokens_out: int) -> None:
        """Count one call."""
        self.calls += 1
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out

    def seconds(self, limits: Limits) -> float:
        """How long one provider takes over them."""
        waits = [(self.calls * CALL_S + self.tokens_out / TOKENS_PER_S) / min(limits.concurrency, max(self.calls, 1))]
        if limits.requests_per_minute:
            waits.append(60 * self.calls / limits.requests_per_minute)
        if limits.tokens_per_minute:
            waits.append(60 * (self.tokens_in + self.tokens_out) / limits.tokens_per_minute)
        return max(waits)


@dataclass(frozen=True)
class Share:
    """What one agent, or the scorer, will ask of a model; `stored` calls are answered already. `cost` in US dollars."""

    who: str
    model: str | None
    calls: int
    stored: int
    tokens_in: int
    tokens_out: int
    cost: float | None


@dataclass(frozen=True)
class Estimate:
    """What a run of a plan will take, by agent and scorer in the plan's order; `design` of a scorer that pairs."""

    name: str
    n_agents: int
    n_tasks: int
    design: DesignFacts | None
    shares: tuple[Share, ...]
    seconds: float
    notes: tuple[str, ...]

    @property
    def calls(self) -> int:
        """Calls in all."""
        return sum(share.calls for share in self.shares)

    @property
    def cost(self) -> float | None:
        """US dollars in all; `None` where the price of any call is unknown."""
        return total_cost(self.shares)


def estimate(plan: Plan, prices: Mapping[str, Price], stored: Completions | None = None) -> Estimate:
    """Count what a run of the plan would ask.

    `prices` are by model; the plan's own stand above them. What is `stored` need not be asked again.
    """
    rehearsal = Rehearsal(stored)
    answers = ask_agents(plan, rehearsal)
    judged = SCORERS[plan.scorer.kind](plan, answers.without(answers.unranked()), rehearsal)
    models = {name: agent.model for agent in plan.agents for name, _ in samples(agent)}
    if plan.scorer.model is not None:
        models[SCORER] = plan.scorer.model
    if plan.scorer.rewriter is not None:
        models[REWRITER] = plan.scorer.rewriter.model
    known = {**prices, **plan.prices}
    shares = tuple(rehearsal.share(who, model, known) for who, model in models.items())
    return Estimate(
        name=plan.name,
        n_agents=len(answers.agents),
        n_tasks=len(plan.tasks),
        design=judged.design,
        shares=shares,
        seconds=sum(longest(stage, plan.limits) for stage in rehearsal.stages),
        notes=(*(judged.design.notes() if judged.design else ()), *notes(plan, shares)),
    )


class Rehearsal(Asker):
    """Asks nobody: answers every request by itself, with a text of the length to be expected, and counts.

    `stages` holds the load of each provider, for each time that the run waits for answers.
    """

    def __init__(self, stored: Completions | None) -> None:
        super().__init__(Ports(None, stored or Nothing(), LocalBudget(BudgetSpec())))
        self.loads: dict[str, Load] = defaultdict(Load)
        self.stored: Counter[str] = Counter()
        self.stages: list[dict[str, Load]] = []
        self._met: set[str] = set()

    def ask(self, asks: Callable[[], Iterable[Ask]], stage: str, total: int) -> Iterator[Completion | None]:
        """An answer to every request: the stored one, or one made up and counted."""
        providers: dict[str, Load] = defaultdict(Load)
        self.stages.append(providers)
        for some in portions(asks()):
            known = self.ports.completions.get([request.key for _, request in some])
            for who, request in some:
                answer = known.get(request.key)
                if answer is None or answer.failure in MAY_PASS:
                    answer = made_up(request, readable(who, request))
                    self._count(who, request, answer, providers)
                elif self._is_new(request):
                    self.stored[who] += 1
                self.spend.setdefault(who, Spend())
                yield answer

    def share(self, who: str, model: str | None, prices: Mapping[str, Price]) -> Share:
        """What was counted for one agent, or for the scorer."""
        load = self.loads[who]
        price = prices.get(model or "")
        cost = 0.0 if not load.calls else None if price is None else cost_of(load, price)
        return Share(who, model, load.calls, self.stored[who], load.tokens_in, load.tokens_out, cost)

    def _count(self, who: str, request: Request, answer: Completion, providers: dict[str, Load]) -> None:
        if self._is_new(request):
            for load in (self.loads[who], providers[request.api_base or request.model.partition("/")[0]]):
                load.add(answer.tokens_in, answer.tokens_out)

    def _is_new(self, request: Request) -> bool:
        """Whether this is the first of equal requests, which are asked once."""
        is_new = request.key not in self._met
        self._met.add(request.key)
        return is_new


class Nothing:
    """A store with no answers."""

    def get(self, keys: Sequence[str]) -> Mapping[str, Completion]:
        return {}

    def put(self, answers: Sequence[tuple[Request, Completion]]) -> None:
        raise AssertionError("a rehearsal stores nothing")


def readable(who: str, request: Request) -> str:
    """What a reply must hold for the next step to be made up of it: questions, or judgments that no other has."""
    if who == REWRITER:
        return f"\npoint | It is {request.key[:16]}."
    questions = [f"Is it so, as to particular number {n}?" for n in range(1, MOST + 1)]
    return json.dumps({"questions": questions}) if who == SCORER else ""


def made_up(request: Request, readable: str = "") -> Completion:
    """An answer of the length to be expected, a text that no other request gets; given text comes back scored."""
    params = dict(request.params)
    limits = [params[name] for name in ("max_tokens", "max_completion_tokens") if params.get(name) is not None]
    tokens_out = min([ANSWER_TOKENS, *limits])
    words = ["word"] * round(tokens_out / TOKENS_PER_WORD)
    text = f"{ANSWER_MARK} {' '.join([request.key[:16], *words[1:]])}{readable}"
    scored = echoed(request.prompt) if request.prompt else sure(text) if params.get("top_logprobs") else None
    return Completion(request.key, text, None, tokens_in(request), tokens_out, logprobs=scored)


def echoed(text: str) -> tuple[TokenLogprob, ...]:
    """Given text as a server returns it, a token a word; long words are rarer."""
    found = re.finditer(r"\s*\S+|\s+$", text)
    return tuple(TokenLogprob(word[0], -float(len(word[0])) if word.start() else None, word.start()) for word in found)


def sure(text: str) -> tuple[TokenLogprob, ...]:
    """A text as a chat model returns it whose tokens have rivals: one token that has but itself."""
    return (TokenLogprob(text, 0.0, 0, top=((text, 0.0),)),)


def tokens_in(request: Request) -> int:
    """About how many tokens a model reads."""
    contents = [request.prompt or "", *(message.content for message in request.messages)]
    return sum(tokens_of_content(content) for content in contents)


def tokens_of_content(content: str | tuple[dict[str, Any], ...]) -> int:
    """About how many tokens a text has, or a message of texts and images."""
    if isinstance(content, str):
        return math.ceil(
            max(len(content.split()) * TOKENS_PER_WORD, len(content.encode(errors="replace")) / MOST_BYTES)
        )
    return sum(tokens_of_content(part["text"]) if "text" in part else TOKENS_PER_IMAGE for part in content)


def cost_of(load: Load, price: Price) -> float:
    """US dollars."""
    return (load.tokens_in * price.input_per_million + load.tokens_out * price.output_per_million) / 1e6


def longest(stage: Mapping[str, Load], limits: Limits) -> float:
    """Seconds until the slowest provider is done."""
    return max((load.seconds(limits) for load in stage.values()), default=0.0)


def total_cost(shares: Iterable[Share]) -> float | None:
    """US dollars in all; `None` where one is unknown."""
    costs = [share.cost for share in shares]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def notes(plan: Plan, shares: Sequence[Share]) -> Iterator[str]:
    """What a reader should know before the run, each in a sentence."""
    calls, cost, budget = sum(share.calls for share in shares), total_cost(shares), plan.budget
    unpriced = sorted({share.model for share in shares if share.cost is None and share.model})
    if unpriced:
        yield f"no price is known of {', '.join(unpriced)}: its cost is unknown, not 0; the plan's 'prices' can tell"
    if unpriced and budget.max_cost is not None:
        yield "a budget in money needs the price of every model: this run would be refused"
    if budget.max_calls is not None and calls > budget.max_calls:
        yield f"the budget of {budget.max_calls:,} calls ends the run before all {calls:,} are made"
    if budget.max_cost is not None and cost is not None and cost > budget.max_cost:
        yield f"the budget of ${budget.max_cost:.2f} ends the run before about ${cost:.2f} are spent"
    for agent in plan.agents:
        if agent.answers is not None and len(agent.answers) < len(plan.tasks):
            yield f"{agent.name} has answered {len(agent.answers):,} of {len(plan.tasks):,} tasks"


def estimate_document(found: Estimate) -> dict[str, Any]:
    """The estimate as JSON values, with the sums over everybody."""
    whole = {
        "calls": found.calls,
        "stored": sum(share.stored for share in found.shares),
        "tokens_in": sum(share.tokens_in for share in found.shares),
        "tokens_out": sum(share.tokens_out for share in found.shares),
        "cost": found.cost,
        "seconds": found.seconds,
    }
    return {
        "name": found.name,
        "n_agents": found.n_agents,
        "n_tasks": found.n_tasks,
        "design": found.design.document() if found.design else None,
        **whole,
        "shares": [asdict(share) for share in found.shares],
        "notes": list(found.notes),
    }
