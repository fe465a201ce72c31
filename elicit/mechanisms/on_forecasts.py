"""The mechanisms that read answers with forecasts of everybody's answers, the default one first."""

from elicit.evidence import Forecasts
from elicit.mechanisms.bayesian_truth_serum import bayesian_truth_serum, bayesian_truth_serum_by_task
from elicit.mechanisms.registry import Mechanism, no_contrast
from elicit.mechanisms.robust_bayesian_truth_serum import (
    robust_bayesian_truth_serum,
    robust_bayesian_truth_serum_by_task,
)
from elicit.mechanisms.surprisingly_popular import surprisingly_popular, surprisingly_popular_by_task

ASKED_TWICE = "A forecast with each answer."

TABLE: tuple[Mechanism, ...] = (
    Mechanism(
        "bayesian_truth_serum",
        Forecasts,
        bayesian_truth_serum,
        bayesian_truth_serum_by_task,
        no_contrast,
        symmetric=False,
        unit="nats",
        tasks_needed="One; a few dozen for an interval.",
        cost=ASKED_TWICE,
        guarantees="With many agents that reason from a prior they share, answering and forecasting truthfully is an "
        "equilibrium that pays each of them most; pays sum to 0 on every task.",
        blindness="With few agents truth need not pay most; needs agents that can foresee each other, and pays a good "
        "forecaster like a good answerer.",
        source="Prelec (2004), Science 306:462",
        breaks={
            "nothing told pays nothing": "no chance is taken off: who always says the same loses to the others",
        },
    ),
    Mechanism(
        "robust_bayesian_truth_serum",
        Forecasts,
        robust_bayesian_truth_serum,
        robust_bayesian_truth_serum_by_task,
        no_contrast,
        symmetric=False,
        unit="quadratic score of two forecasts",
        tasks_needed="One, with three agents on it; a few dozen for an interval.",
        cost=ASKED_TWICE,
        guarantees="With three agents or more that reason from a prior they share, answering and forecasting "
        "truthfully is a strict equilibrium.",
        blindness="Two labels only; where tasks are easy everybody earns nearly 2, and forecasting weighs as much as "
        "answering.",
        source="Witkowski and Parkes (2012), AAAI",
        breaks={
            "nothing told pays nothing": "no chance is taken off: a blind forecast of a half earns three quarters",
            "what one earns another loses": "a quadratic score is never negative",
        },
    ),
    Mechanism(
        "surprisingly_popular",
        Forecasts,
        surprisingly_popular,
        surprisingly_popular_by_task,
        no_contrast,
        symmetric=False,
        unit="share of tasks",
        tasks_needed="One; a few dozen for an interval.",
        cost=ASKED_TWICE,
        guarantees="None as a pay: it is an aggregator. Where agents reason from a prior they share, a large enough "
        "crowd's surprisingly popular answer is the right one, even against the majority.",
        blindness="Does not pay for forecasts, so nothing keeps them honest; with few agents one answer tips it, and "
        "models that foresee others badly make it worse than a vote.",
        source="Prelec, Seung and McCoy (2017), Nature 541:532",
        breaks={
            "nothing told pays nothing": "a constant answer is at times the popular one",
            "what one earns another loses": "all who give the popular answer earn",
        },
    ),
)
