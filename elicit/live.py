"""What a run shows on standard error while it works: how far it is, what it has cost, how fast, and what went wrong.

One rule: the first failure is told at once, on a terminal or not. A terminal has a line that changes; a log gets a line
now and then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from elicit.services.budget import Budget
from elicit.untrusted import printable

if TYPE_CHECKING:
    from rich.progress import TaskID

    from elicit.services.progress import Progress as Told

LOG_EVERY_S = 30.0
RATE_OVER_S = 10.0  # calls a second are those of about so long


class Live:
    """Told of progress and of trouble; `say` prints a line, `facts` is what to show beside a stage."""

    def __init__(
        self, budget: Budget, say: Callable[[str], None], *, log: bool, now: Callable[[], float] = monotonic
    ) -> None:
        self.failures = 0
        self._budget, self._say, self._log, self._now = budget, say, log, now
        self._told_at = now()
        self._calls = [(now(), budget.ledger.paid.calls)]
        self._stage = ""

    def trouble(self, why: str) -> None:
        """A call failed, as a sentence free of keys says."""
        self.failures += 1
        if self.failures == 1:
            self._say(f"First failure: {printable(why)}")
        self._tell()

    def progress(self, stage: str, done: int, total: int) -> None:
        """So much of a stage is done."""
        self._stage = f"{stage} {done} of {total}"
        self._tell()

    def facts(self) -> str:
        """Cost, calls a second, failures.

        >>> from elicit.services.budget import Bill, LocalBudget
        >>> from elicit.services.plan import BudgetSpec
        >>> budget, clock = LocalBudget(BudgetSpec()), iter([0.0, 0.0, 2.0])
        >>> live = Live(budget, print, log=False, now=lambda: next(clock))
        >>> _ = budget.settle_and_take([Bill(0.1, 0.1)] * 5, [])
        >>> live.facts()
        '$0.5000  2.5/s'
        """
        paid = self._budget.ledger.paid
        cost = "cost unknown" if paid.unpriced else f"${paid.cost:.4f}"
        failed = f"{self.failures} failed attempts" if self.failures else ""
        return "  ".join(filter(None, (cost, f"{self._rate():.1f}/s", failed)))

    def _rate(self) -> float:
        now, calls = self._now(), self._budget.ledger.paid.calls
        self._calls = [*(then for then in self._calls[:-1] if now - then[0] <= RATE_OVER_S), self._calls[-1]]
        before, had = self._calls[0]
        self._calls.append((now, calls))
        return (calls - had) / (now - before) if now > before else 0.0

    def _tell(self) -> None:
        if self._log and self._now() - self._told_at >= LOG_EVERY_S:
            self._told_at = self._now()
            self._say(f"{self._stage}  {self.facts()}")


class Facts(ProgressColumn):
    """What a live line says beside the bar, also while nothing moves."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live

    def render(self, task: Task) -> Text:
        """The facts of now, beside the stage that is under way."""
        return Text("" if task.finished else self._live.facts(), style="dim")


@contextmanager
def live_line(budget: Budget) -> "Iterator[tuple[Told, Callable[[str], None]]]":
    """What to tell of progress, and what of trouble, while the block runs; it is shown on standard error."""
    console = Console(stderr=True)
    live = Live(
        budget,
        lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True),
        log=not console.is_terminal,
    )
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        Facts(live),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        stages: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=total)
            bars.update(stages[stage], completed=done)
            live.progress(stage, done, total)

        yield progress, live.trouble
