"""The mechanisms: evidence in, a matrix of what each agent earns from each peer out.

`MECHANISMS` is the whole list. To add one, write its two functions in a file of its own and enter it here; the
laws in `tests/mechanisms/test_laws.py` then test it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from elicit.evidence import Floats, Gains, Labels, PairScores
from elicit.mechanisms.chi2 import chi2, chi2_by_task
from elicit.mechanisms.correlated_agreement import correlated_agreement, correlated_agreement_by_task
from elicit.mechanisms.dmi import dmi, dmi_by_task
from elicit.mechanisms.gppm import gppm, gppm_by_task
from elicit.mechanisms.kl import kl, kl_by_task
from elicit.mechanisms.mi import mi, mi_by_task, mi_contrast
from elicit.mechanisms.output_agreement import output_agreement, output_agreement_by_task
from elicit.mechanisms.tvd import tvd, tvd_by_task
from elicit.mechanisms.tvd_mi import tvd_mi, tvd_mi_by_task, tvd_mi_contrast
from elicit.mechanisms.win_rate import win_rate, win_rate_by_task


class Pairwise(Protocol):
    """How a mechanism is applied to a whole pool of agents."""

    def __call__(self, evidence: Any, /, task_weights: Floats | None = None) -> Floats:
        """(..., n, n): [i, j] is what agent i earns from peer j, tasks counted `task_weights` (..., m) times.

        NaN on the diagonal and where i and j share nothing comparable.
        """


class ByTask(Protocol):
    """How a mechanism's pay is traced back to tasks."""

    def __call__(self, evidence: Any, /, agent: int) -> Floats:
        """(m, n): [t, j] is what task t contributes to what `agent` earns from peer j; NaN if not comparable."""


class Contrast(Protocol):
    """What a mechanism takes off as chance."""

    def __call__(self, evidence: Any, /) -> Floats | None:
        """(n, n): [i, j] is what agent i's answers to other tasks earn from peer j; `None` if nothing is taken off."""


def no_contrast(evidence: PairScores | Gains | Labels) -> None:
    """For mechanisms that take nothing off as chance."""


@dataclass(frozen=True)
class Mechanism:
    """A mechanism and what a user should know before trusting it.

    `evidence` is the type it reads (its `kind` is the name users see). `contrast` is what it takes off as chance.
    `symmetric` says that i earns from j what
    j earns from i. `guarantees` and `blindness` are a plain sentence each: what it promises and under which
    assumptions, and what it cannot see. `unit` says what one unit of pay is.
    """

    name: str
    evidence: type[PairScores] | type[Gains] | type[Labels]
    pairwise: Pairwise
    by_task: ByTask
    contrast: Contrast
    symmetric: bool
    unit: str
    guarantees: str
    blindness: str
    source: str


_TABLE: tuple[Mechanism, ...] = (
    Mechanism(
        "tvd_mi",
        PairScores,
        tvd_mi,
        tvd_mi_by_task,
        tvd_mi_contrast,
        symmetric=True,
        unit="critic score above chance",
        guarantees="A critic fixed beforehand that scores in [0, 1] gives an unbiased lower bound on total-variation "
        "mutual information, which no processing of what an agent saw can raise.",
        blindness="Sees only what the critic's question asks for; rewards fidelity to a shared source, so a mistake "
        "all agents share pays, and a terse true answer pays little.",
        source="Robertson and Koyejo (2025), arXiv:2508.05469",
    ),
    Mechanism(
        "mi",
        Gains,
        mi,
        mi_by_task,
        mi_contrast,
        symmetric=False,
        unit="the unit of the gains",
        guarantees="Telling what one saw is a best response up to the error of the scoring model, if agents see "
        "independent signals given the task.",
        blindness="Neither an upper nor a lower bound on mutual information; text that agents share by habit, copy "
        "from the task or agree on as a code counts as information.",
        source="Robertson, Cha, Sheha and Koyejo (2024), ICML TF2M workshop; McAllester and Stratos (2020), "
        "arXiv:1811.04251",
    ),
    Mechanism(
        "gppm",
        Gains,
        gppm,
        gppm_by_task,
        no_contrast,
        symmetric=False,
        unit="the unit of the gains",
        guarantees="With an accurate scoring model, effort and truth are an approximate equilibrium.",
        blindness="Subtracts no marginal: 0 has no meaning, and peers that are easy to predict pay everybody, "
        "informed or not.",
        source="Lu, Xu, Zhang, Kong and Schoenebeck (2024), arXiv:2405.15077",
    ),
    Mechanism(
        "tvd",
        Labels,
        tvd,
        tvd_by_task,
        no_contrast,
        symmetric=True,
        unit="total variation",
        guarantees="With many tasks no agent gains by changing, merging or renaming its labels, whatever the "
        "others do.",
        blindness="Biased upward with few tasks, more slowly cured than kl or chi2; cannot see noise that leaves "
        "the sign of every association as it was.",
        source="Kong and Schoenebeck (2019), arXiv:1605.01021",
    ),
    Mechanism(
        "kl",
        Labels,
        kl,
        kl_by_task,
        no_contrast,
        symmetric=True,
        unit="nats",
        guarantees="With many tasks no agent gains by changing, merging or renaming its labels, and adding noise "
        "costs it.",
        blindness="Biased upward with few tasks; measures association with peers, so shared errors pay and "
        "systematically wrong labels pay as much as right ones.",
        source="Kong and Schoenebeck (2019), arXiv:1605.01021",
    ),
    Mechanism(
        "chi2",
        Labels,
        chi2,
        chi2_by_task,
        no_contrast,
        symmetric=True,
        unit="phi squared",
        guarantees="With many tasks no agent gains by changing, merging or renaming its labels, and adding noise "
        "costs it.",
        blindness="Biased upward with few tasks; one coincidence of two rare labels can outweigh everything else.",
        source="Kong and Schoenebeck (2019), arXiv:1605.01021",
    ),
    Mechanism(
        "correlated_agreement",
        Labels,
        correlated_agreement,
        correlated_agreement_by_task,
        no_contrast,
        symmetric=True,
        unit="agreement above chance",
        guarantees="With many tasks and a pool that mostly tells the truth, no way of reporting pays more than "
        "the truth, and reports made without effort pay 0.",
        blindness="Labels go together if the pool says so: an agent that renames its labels loses although it "
        "destroyed nothing, and a majority sets the rule.",
        source="Shnayder, Agarwal, Frongillo and Parkes (2016), arXiv:1603.03151",
    ),
    Mechanism(
        "dmi",
        Labels,
        dmi,
        dmi_by_task,
        no_contrast,
        symmetric=True,
        unit="squared determinant",
        guarantees="With as few as 2C tasks for C classes, truth is a dominant strategy in expectation, and the "
        "estimate is unbiased.",
        blindness="Pays 0 for anything short of full rank: an agent that never uses one class earns nothing; very "
        "noisy with many classes.",
        source="Kong (2020), arXiv:1911.00272",
    ),
    Mechanism(
        "output_agreement",
        Labels,
        output_agreement,
        output_agreement_by_task,
        no_contrast,
        symmetric=True,
        unit="share of tasks",
        guarantees="None: it is the control, unbiased for the share of equal labels and nothing else.",
        blindness="Cannot tell information from a common habit: always giving the most frequent label pays well.",
        source="von Ahn and Dabbish (2004), CHI",
    ),
    Mechanism(
        "win_rate",
        PairScores,
        win_rate,
        win_rate_by_task,
        no_contrast,
        symmetric=False,
        unit="share of wins",
        guarantees="None: it is the control, the share of comparisons that an agent wins.",
        blindness="Pays for what the judge likes: style, length, confidence and orders to the judge win as well as "
        "substance does.",
        source="Zheng et al. (2023), arXiv:2306.05685",
    ),
)

MECHANISMS: dict[str, Mechanism] = {mechanism.name: mechanism for mechanism in _TABLE}
