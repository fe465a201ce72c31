"""The mechanisms that read what a scorer says of pairs of texts: pair scores and gains."""

from elicit.evidence import Gains, PairScores
from elicit.mechanisms.gppm import gppm, gppm_by_task
from elicit.mechanisms.mi import mi, mi_by_task, mi_contrast
from elicit.mechanisms.registry import Mechanism, no_contrast
from elicit.mechanisms.tvd_mi import tvd_mi, tvd_mi_by_task, tvd_mi_contrast
from elicit.mechanisms.win_rate import win_rate, win_rate_by_task

TABLE: tuple[Mechanism, ...] = (
    Mechanism(
        "tvd_mi",
        PairScores,
        tvd_mi,
        tvd_mi_by_task,
        tvd_mi_contrast,
        symmetric=True,
        unit="critic score above chance",
        tasks_needed="One task and one contrast pair for each two agents; a few dozen for an interval.",
        cost="One critic call a pair, joint and contrast.",
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
        tasks_needed="One task; a few dozen for an interval.",
        cost="One scoring call a pair with log-probabilities; nothing with the lexical scorer.",
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
        tasks_needed="One task; a few dozen for an interval.",
        cost="One scoring call a pair with log-probabilities; nothing with the lexical scorer.",
        guarantees="With an accurate scoring model, effort and truth are an approximate equilibrium.",
        blindness="Subtracts no marginal: 0 has no meaning, and peers that are easy to predict pay everybody, "
        "informed or not.",
        source="Lu, Xu, Zhang, Kong and Schoenebeck (2024), arXiv:2405.15077",
        breaks={
            "nothing told pays nothing": "it subtracts no marginal, so 0 has no meaning",
        },
    ),
    Mechanism(
        "win_rate",
        PairScores,
        win_rate,
        win_rate_by_task,
        no_contrast,
        symmetric=False,
        unit="share of wins",
        tasks_needed="One; a few dozen for an interval.",
        cost="Two judge calls a pair, one in each order.",
        guarantees="None: it is the control, the share of comparisons that an agent wins.",
        blindness="Pays for what the judge likes: style, length, confidence and orders to the judge win as well as "
        "substance does.",
        source="Zheng et al. (2023), arXiv:2306.05685",
        breaks={
            "nothing told pays nothing": "a judge that finds all alike says tie, a half; no chance is taken off",
        },
    ),
)
