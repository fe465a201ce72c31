"""What a run may spend, and what it has spent and set aside so far.

One rule: the most a call can cost is set aside before it is made, so that calls in flight together, of one process or
of many, never pass a limit. What was set aside by a process that was killed stays so: it may have been paid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from elicit.errors import InvalidInput
from elicit.services.plan import BudgetSpec


@dataclass(frozen=True)
class Sum:
    """Calls, and what they cost in US dollars as far as that is known; of `unpriced` calls it is not."""

    calls: int = 0
    cost: float = 0.0
    unpriced: int = 0

    def plus(self, costs: Iterable[float | None], sign: int = 1) -> "Sum":
        """With these calls, one cost each; with `sign` -1 without them."""
        costs = list(costs)
        calls = self.calls + sign * len(costs)
        known = self.cost + sign * sum(cost for cost in costs if cost is not None)
        # Sums of floats drift: what is left when all is taken off is nothing.
        return Sum(calls, known if calls else 0.0, self.unpriced + sign * costs.count(None))

    @property
    def known_cost(self) -> float | None:
        """US dollars; `None` where the price of any call is unknown."""
        return None if self.unpriced else self.cost


@dataclass(frozen=True)
class Bill:
    """A call that is over: the most it could cost and what it did, `None` where unknown; or that was not `made`."""

    bound: float | None
    cost: float | None = None
    made: bool = True


@dataclass(frozen=True)
class Ledger:
    """What a run has paid, and what is set aside for calls that are not over, or were cut off and may be paid too.

    >>> ledger = Ledger().hold([0.5, 0.5]).settle([Bill(0.5, 0.1)])
    >>> ledger.paid.cost, ledger.held.cost, ledger.fitting([0.3, 0.3], BudgetSpec(max_cost=1.0))
    (0.1, 0.5, 1)
    """

    paid: Sum = Sum()
    held: Sum = Sum()

    @property
    def most(self) -> Sum:
        """What was paid, and what may have been."""
        paid, held = self.paid, self.held
        return Sum(paid.calls + held.calls, paid.cost + held.cost, paid.unpriced + held.unpriced)

    def fitting(self, bounds: Sequence[float | None], limit: BudgetSpec) -> int:
        """How many of these calls, in order, keep within the limit.

        Raises `InvalidInput` where the limit is in money and a bound is unknown.
        """
        cost, calls = self.most.cost, self.most.calls
        for number, bound in enumerate(bounds):
            if limit.max_calls is not None and calls + number >= limit.max_calls:
                return number
            if limit.max_cost is not None:
                if bound is None:
                    raise InvalidInput(
                        "a budget in money needs a price for every model, and max_tokens to bound a call"
                    )
                cost += bound
                if cost > limit.max_cost:
                    return number
        return len(bounds)

    def hold(self, bounds: Sequence[float | None]) -> "Ledger":
        """With the most that these calls can cost set aside."""
        return replace(self, held=self.held.plus(bounds))

    def settle(self, bills: Sequence[Bill]) -> "Ledger":
        """With what these calls did cost in the place of what was set aside for them."""
        held = self.held.plus((bill.bound for bill in bills), sign=-1)
        return Ledger(self.paid.plus(bill.cost for bill in bills if bill.made), held)


NOTHING = Ledger()


class Budget(Protocol):
    """A run's budget: its limits, and its ledger as it was last seen."""

    @property
    def spec(self) -> BudgetSpec: ...

    @property
    def ledger(self) -> Ledger: ...

    def settle_and_take(self, over: Sequence[Bill], bounds: Sequence[float | None]) -> int:
        """Enter what calls that are over did cost, and set aside the most that others can cost, in order, as it fits.

        Returns how many of the others may be made. Both are written down when this returns. Raises `InvalidInput` where
        the budget is in money and a bound is unknown.
        """


@dataclass
class LocalBudget:
    """The budget of one process, forgotten with it.

    >>> budget = LocalBudget(BudgetSpec(max_cost=1.0))
    >>> budget.settle_and_take([], [0.6, 0.6])
    1
    >>> budget.settle_and_take([Bill(0.6, 0.1)], [0.6]), budget.ledger.paid.calls
    (1, 1)
    """

    spec: BudgetSpec
    ledger: Ledger = NOTHING

    def settle_and_take(self, over: Sequence[Bill], bounds: Sequence[float | None]) -> int:
        """Enter what was paid, and set aside what fits."""
        settled = self.ledger.settle(over)
        fitting = settled.fitting(bounds, self.spec)
        self.ledger = settled.hold(bounds[:fitting])
        return fitting
