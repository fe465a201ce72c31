"""How scores come about, in words: what each mechanism computes, and what each scorer looks at."""

# What agent i earns from peer j.
FORMULAS = {
    "tvd_mi": "the critic's mean score on the two agents' answers to one task, less its mean score on their answers to "
    "different tasks, both directions averaged",
    "mi": "the mean over tasks of how much likelier the peer's answer becomes once the agent's is known (a difference "
    "of logarithms), less the same with the agent's answer to another task where the scorer makes that contrast",
    "gppm": "the mean over tasks of the logarithm of how likely the peer's answer is once the agent's is known",
    "kl": "the mutual information of their labels: the mean logarithm of how much oftener two labels meet than they "
    "would by chance",
    "tvd": "the total variation of their labels: half the sum of how far each pair of labels is from how often it "
    "would meet by chance",
    "chi2": "phi squared of their labels: squared distances from chance, each divided by chance, summed",
    "correlated_agreement": "how much oftener than by chance two labels meet that are positively correlated in the "
    "whole pool",
    "dmi": "the product of two determinants, of the counts of label pairs in one half of the tasks and in the other",
    "output_agreement": "the share of tasks on which the two gave the same label; a control",
    "win_rate": "the mean of what the agent wins of the peer in the eyes of a judge: 1 a win, one half a tie, 0 a "
    "loss; a control",
}

SCORERS = {
    "lexical": "informative words that two answers share, weighted by how rare they are; no model",
    "labels": "the labels as they were given",
    "given": "scores that were given with the input",
    "critic": "a model that says whether two answers speak of the same thing",
    "judge": "a model that says which of two answers is better; a control",
    "likelihood": "a model's probability of an answer, with and without the other answer before it",
    "pmi": "a model's ratings of how much one answer tells about another",
    "questions": "a model's answers, from each response, to questions about the task",
}
