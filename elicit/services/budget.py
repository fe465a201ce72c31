"""What a run may spend, and what it has spent and promised so far.

One rule: the most a call can cost is set aside before it is made, so that calls in flight together never pass a limit.
"""

from dataclasses import dataclass

from elicit.errors import InvalidInput
from elicit.services.plan import BudgetSpec


@dataclass
class Budget:
    """A limit in US dollars and in calls (`None`: no limit), with what is spent and what is set aside.

    >>> budget = Budget(BudgetSpec(max_cost=1.0))
    >>> budget.take(0.6), budget.take(0.6)
    (True, False)
    >>> budget.settle(0.6, 0.1)
    >>> budget.take(0.6), budget.calls
    (True, 2)
    """

    spec: BudgetSpec
    cost: float = 0.0
    calls: int = 0
    held: float = 0.0
    in_flight: int = 0

    def take(self, bound: float | None) -> bool:
        """Set aside the most that one call can cost; false, and nothing is, where that would pass a limit.

        Raises `InvalidInput` where the budget is in money and `bound` is unknown.
        """
        if self.spec.max_calls is not None and self.calls >= self.spec.max_calls:
            return False
        if self.spec.max_cost is not None:
            if bound is None:
                raise InvalidInput("a budget in money needs a price for every model, and max_tokens to bound a call")
            if self.cost + self.held + bound > self.spec.max_cost:
                return False
        self.calls += 1
        self.in_flight += 1
        self.held += bound or 0.0
        return True

    def settle(self, bound: float | None, cost: float | None) -> None:
        """A call is over: what it did cost takes the place of what was set aside for it."""
        self.in_flight -= 1
        self.held = self.held - (bound or 0.0) if self.in_flight else 0.0  # sums of floats drift
        self.cost += cost or 0.0

    def give_back(self, bound: float | None) -> None:
        """A call that was set aside for was not made."""
        self.calls -= 1
        self.settle(bound, 0.0)
