"""The mechanisms that read labels, the default one second."""

from elicit.evidence import Labels
from elicit.mechanisms.chi2 import chi2, chi2_by_task
from elicit.mechanisms.chi2_cross_fitted import chi2_cross_fitted, chi2_cross_fitted_by_task
from elicit.mechanisms.correlated_agreement import correlated_agreement, correlated_agreement_by_task
from elicit.mechanisms.correlated_agreement_cross_fitted import (
    correlated_agreement_cross_fitted,
    correlated_agreement_cross_fitted_by_task,
)
from elicit.mechanisms.dasgupta_ghosh import dasgupta_ghosh, dasgupta_ghosh_by_task
from elicit.mechanisms.dmi import dmi, dmi_by_task
from elicit.mechanisms.hellinger import hellinger, hellinger_by_task
from elicit.mechanisms.jensen_shannon import jensen_shannon, jensen_shannon_by_task
from elicit.mechanisms.kl import kl, kl_by_task
from elicit.mechanisms.kl_corrected import kl_corrected, kl_corrected_by_task
from elicit.mechanisms.kl_cross_fitted import kl_cross_fitted, kl_cross_fitted_by_task
from elicit.mechanisms.output_agreement import output_agreement, output_agreement_by_task
from elicit.mechanisms.peer_truth_serum import peer_truth_serum, peer_truth_serum_by_task
from elicit.mechanisms.registry import Mechanism, no_contrast
from elicit.mechanisms.tvd import tvd, tvd_by_task
from elicit.mechanisms.tvd_cross_fitted import tvd_cross_fitted, tvd_cross_fitted_by_task

# What several of them say of themselves.
FREE = "Nothing beyond the labels."
STRICT = "With many tasks no agent gains by changing, merging or renaming its labels, and adding noise costs it."
F_INFORMATION = "Kong and Schoenebeck (2019), arXiv:1605.01021"
HALF_AS_SHARP = (
    "Less sharp than the plug-in estimate: half of the tasks are learned from; pairs must share tasks in both."
)
PLUG_IN = {"unbiased": "the plug-in estimate is biased upward"}
# What all mechanisms break that learn from one half of the tasks and pay on the other.
HALVES = {
    "a task nobody answered is a task left out": "tasks left out move the halves",
    "the order of tasks does not matter": "the halves follow the order of the table",
    "a weight is a repetition": "repeated tasks move the halves",
    "tasks twice change nothing": "the second half then repeats the first",
    "unbiased": "less is learned from fewer tasks",
}

TABLE: tuple[Mechanism, ...] = (
    Mechanism(
        "tvd",
        Labels,
        tvd,
        tvd_by_task,
        no_contrast,
        symmetric=True,
        unit="total variation",
        tasks_needed="Hundreds: its upward bias falls with the root of the tasks.",
        cost=FREE,
        guarantees="With many tasks no agent gains by changing, merging or renaming its labels, whatever the "
        "others do.",
        blindness="Biased upward with few tasks, more slowly cured than kl or chi2; cannot see noise that leaves "
        "the sign of every association as it was.",
        source=F_INFORMATION,
        breaks=PLUG_IN,
    ),
    Mechanism(
        "kl",
        Labels,
        kl,
        kl_by_task,
        no_contrast,
        symmetric=True,
        unit="nats",
        tasks_needed="Many more than C squared for C classes.",
        cost=FREE,
        guarantees=STRICT,
        blindness="Biased upward with few tasks; measures association with peers, so shared errors pay and "
        "systematically wrong labels pay as much as right ones.",
        source=F_INFORMATION,
        breaks=PLUG_IN,
    ),
    Mechanism(
        "chi2",
        Labels,
        chi2,
        chi2_by_task,
        no_contrast,
        symmetric=True,
        unit="phi squared",
        tasks_needed="Many more than C squared for C classes.",
        cost=FREE,
        guarantees=STRICT,
        blindness="Biased upward with few tasks; one coincidence of two rare labels can outweigh everything else.",
        source=F_INFORMATION,
        breaks=PLUG_IN,
    ),
    Mechanism(
        "hellinger",
        Labels,
        hellinger,
        hellinger_by_task,
        no_contrast,
        symmetric=True,
        unit="squared Hellinger distance",
        tasks_needed="Many more than C squared for C classes.",
        cost=FREE,
        guarantees=STRICT,
        blindness="Biased upward with few tasks; measures association with peers, so shared errors pay.",
        source=F_INFORMATION,
        breaks=PLUG_IN,
    ),
    Mechanism(
        "jensen_shannon",
        Labels,
        jensen_shannon,
        jensen_shannon_by_task,
        no_contrast,
        symmetric=True,
        unit="nats",
        tasks_needed="Many more than C squared for C classes.",
        cost=FREE,
        guarantees=STRICT,
        blindness="Biased upward with few tasks; measures association with peers, so shared errors pay.",
        source=F_INFORMATION,
        breaks=PLUG_IN,
    ),
    Mechanism(
        "kl_corrected",
        Labels,
        kl_corrected,
        kl_corrected_by_task,
        no_contrast,
        symmetric=True,
        unit="nats",
        tasks_needed="A few for each cell of the table of labels.",
        cost=FREE,
        guarantees="As kl, and independent agents earn about nothing on few tasks too.",
        blindness="The correction is right for tables that are well filled; shared errors pay.",
        source="Miller (1955); Kong and Schoenebeck (2019), arXiv:1605.01021",
        breaks={
            "unbiased": "the correction is a first-order one",
            "independent agents earn nothing": "chance is taken off beforehand, so exactly independent labels "
            "earn less than 0",
            "processing never pays": "a label less is a smaller correction",
            "processing never pays exchangeable agents": "a label less is a smaller correction",
            "tasks twice change nothing": "more tasks need less correction",
        },
    ),
    Mechanism(
        "tvd_cross_fitted",
        Labels,
        tvd_cross_fitted,
        tvd_cross_fitted_by_task,
        no_contrast,
        symmetric=True,
        unit="total variation",
        tasks_needed="About twice as many as the plug-in estimate.",
        cost=FREE,
        guarantees="As tvd, and independent agents earn nothing in expectation on any number of tasks.",
        blindness=HALF_AS_SHARP,
        source=f"Schoenebeck and Yu (2021), ITCS; {F_INFORMATION}",
        breaks=HALVES,
    ),
    Mechanism(
        "kl_cross_fitted",
        Labels,
        kl_cross_fitted,
        kl_cross_fitted_by_task,
        no_contrast,
        symmetric=True,
        unit="nats",
        tasks_needed="About twice as many as the plug-in estimate.",
        cost=FREE,
        guarantees="As kl, and independent agents earn nothing in expectation on any number of tasks.",
        blindness=HALF_AS_SHARP,
        source=f"Schoenebeck and Yu (2021), ITCS; {F_INFORMATION}",
        breaks=HALVES,
    ),
    Mechanism(
        "chi2_cross_fitted",
        Labels,
        chi2_cross_fitted,
        chi2_cross_fitted_by_task,
        no_contrast,
        symmetric=True,
        unit="phi squared",
        tasks_needed="About twice as many as the plug-in estimate.",
        cost=FREE,
        guarantees="As chi2, and independent agents earn nothing in expectation on any number of tasks.",
        blindness=HALF_AS_SHARP,
        source=f"Schoenebeck and Yu (2021), ITCS; {F_INFORMATION}",
        breaks=HALVES,
    ),
    Mechanism(
        "correlated_agreement",
        Labels,
        correlated_agreement,
        correlated_agreement_by_task,
        no_contrast,
        symmetric=True,
        unit="agreement above chance",
        tasks_needed="Enough for the pool to show which labels go together.",
        cost=FREE,
        guarantees="With many tasks and a pool that mostly tells the truth, no way of reporting pays more than "
        "the truth, and reports made without effort pay 0.",
        blindness="Labels go together if the pool says so: an agent that renames its labels loses although it "
        "destroyed nothing, and a majority sets the rule.",
        source="Shnayder, Agarwal, Frongillo and Parkes (2016), arXiv:1603.03151",
        breaks={
            "unbiased": "the signs are learned from the data they are paid on",
            "processing never pays": "the signs are learned again after processing",
            "renaming labels changes nothing": "the pool decides which labels go together",
        },
    ),
    Mechanism(
        "correlated_agreement_cross_fitted",
        Labels,
        correlated_agreement_cross_fitted,
        correlated_agreement_cross_fitted_by_task,
        no_contrast,
        symmetric=True,
        unit="agreement above chance",
        tasks_needed="Enough in each half for the pool to show which labels go together.",
        cost=FREE,
        guarantees="As correlated_agreement, and an agent that has nothing to do with its peers earns nothing in "
        "expectation on any number of tasks.",
        blindness="As correlated_agreement; pairs must share tasks in both halves.",
        source="Shnayder, Agarwal, Frongillo and Parkes (2016), arXiv:1603.03151",
        breaks={
            **HALVES,
            "processing never pays": "what was learned from one half need not hold in the other",
            "renaming labels changes nothing": "the pool decides which labels go together",
        },
    ),
    Mechanism(
        "dasgupta_ghosh",
        Labels,
        dasgupta_ghosh,
        dasgupta_ghosh_by_task,
        no_contrast,
        symmetric=True,
        unit="agreement above chance",
        tasks_needed="Three for each two agents; a few dozen for an interval.",
        cost=FREE,
        guarantees="For two labels that agree more often than by chance, telling the truth with effort pays most, "
        "and no other equilibrium pays more.",
        blindness="With more than two labels only equal ones count: agents that name things differently are paid "
        "as if they knew nothing.",
        source="Dasgupta and Ghosh (2013), arXiv:1303.0799",
        breaks={
            "unbiased": "chance is estimated from the tasks that are paid",
            "processing never pays": "labels that mix up two classes may agree more often",
            "processing never pays exchangeable agents": "with three labels two may go together that are not equal",
            "renaming labels changes nothing": "it compares names",
        },
    ),
    Mechanism(
        "peer_truth_serum",
        Labels,
        peer_truth_serum,
        peer_truth_serum_by_task,
        no_contrast,
        symmetric=False,
        unit="agreement relative to how common the label is",
        tasks_needed="Enough to know how common each label is.",
        cost=FREE,
        guarantees="Where seeing a label makes it likelier, relative to how common it is, than any other, the "
        "truth pays most; a report that has nothing to do with its peers earns about nothing.",
        blindness="Rare labels pay much, so a coincidence of two weighs much; labels must mean the same for all "
        "agents.",
        source="Radanovic, Faltings and Jurca (2016), ACM TIST; Faltings, Jurca and Radanovic (2017), arXiv:1704.05269",
        breaks={
            "nothing told pays nothing": "a peer that gives a label more often than the pool pays whoever repeats it",
            "independent agents earn nothing": "a peer that gives a label more often than the pool pays whoever "
            "repeats it",
            "processing never pays": "what is common in the pool need not be common with a peer",
            "processing never pays exchangeable agents": "a rare label pays more than it should on few tasks",
            "renaming labels changes nothing": "it compares names",
            "tasks twice change nothing": "it counts each label once more than it was seen",
            "unbiased": "how common a label is is estimated from the tasks that are paid",
        },
    ),
    Mechanism(
        "dmi",
        Labels,
        dmi,
        dmi_by_task,
        no_contrast,
        symmetric=True,
        unit="squared determinant",
        tasks_needed="2C for C classes; thousands for more than three.",
        cost=FREE,
        guarantees="With as few as 2C tasks for C classes, truth is a dominant strategy in expectation, and the "
        "estimate is unbiased.",
        blindness="Pays 0 for anything short of full rank: an agent that never uses one class earns nothing; very "
        "noisy with many classes.",
        source="Kong (2020), arXiv:1911.00272",
        breaks={
            "the order of tasks does not matter": "tasks fall into blocks by their order",
            "a weight is a repetition": "repeated tasks move the blocks",
            "tasks twice change nothing": "it estimates without bias, so it pays for knowing the number of tasks",
        },
    ),
    Mechanism(
        "output_agreement",
        Labels,
        output_agreement,
        output_agreement_by_task,
        no_contrast,
        symmetric=True,
        unit="share of tasks",
        tasks_needed="One.",
        cost=FREE,
        guarantees="None: it is the control, unbiased for the share of equal labels and nothing else.",
        blindness="Cannot tell information from a common habit: always giving the most frequent label pays well.",
        source="von Ahn and Dabbish (2004), CHI",
        breaks={
            "nothing told pays nothing": "a constant report agrees with whoever says the same",
            "independent agents earn nothing": "they agree by chance",
            "processing never pays": "saying what most say pays",
            "processing never pays exchangeable agents": "saying what most say pays",
            "renaming labels changes nothing": "it compares names",
        },
    ),
)
