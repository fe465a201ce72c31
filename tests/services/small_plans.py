"""Small plans carried out in memory: models are functions of the text they are asked."""

from collections import Counter

from elicit.calls import Completion
from elicit.services.asking import Ports
from elicit.services.budget import Bill, LocalBudget
from elicit.services.evaluate import run
from elicit.services.plan import BudgetSpec, DesignSpec, Plan, ScorerSpec
from elicit.types import Task

TASKS = tuple(Task(f"t{number}", f"What is fact {number}?", f"Fact {number} is so.") for number in range(10))


class Kept(dict):
    """Completions in memory."""

    def get(self, keys):
        return {key: self[key] for key in keys if key in self}

    def put(self, answers):
        self.update({request.key: answer for request, answer in answers})


class Models:
    """A gateway whose models are functions of a request's text; `None` is no answer for want of budget."""

    def __init__(self, **models):
        self.models = models
        self.asked = Counter()

    def complete(self, requests, *, budget, on_done):
        stop = "done"
        for request in requests:
            if not budget.settle_and_take([], [None]):
                return "budget"
            self.asked[request.key] += 1
            budget.settle_and_take([Bill(None, 0.0)], [])
            on_done([(request, self.answer(request))])
        return stop

    def answer(self, request):
        text, failure = self.models[request.model](request.messages[-1].content), None
        if text in ("refused", "truncated"):
            text, failure = "half an answer", text
        return Completion(request.key, text, failure, tokens_in=10, tokens_out=2, cost=0.5, latency_s=0.1)


def knows(prompt):
    return f"It is {prompt.split('Fact ')[-1]}"


def same_fact(prompt):
    return "[[YES]]" if prompt.count("MATCH") else "[[NO]]"


def plan_of(*agents, **more):
    fields = {"scorer": ScorerSpec("critic", "critic", scale="strict"), "design": DesignSpec("rotating", peers=1)}
    return Plan("test", TASKS, agents, **(fields | more))


def carried_out(plan, models, kept=None, **budget):
    kept = Kept() if kept is None else kept
    return run(plan, Ports(models, kept, LocalBudget(BudgetSpec(**budget))))
