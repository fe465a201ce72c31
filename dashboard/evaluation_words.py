"""Scorers, strategies and designs in the words of this page."""

SCORERS = {
    "lexical": "words that answers share; no model, no cost",
    "critic": "a model says how much two answers have in common",
    "likelihood": "a model's probability of an answer, with and without a peer's",
    "pmi": "a model rates how much one answer tells about another",
    "questions": "a model answers yes or no to questions about each answer",
    "judge": "a model says which of two answers is better: the control, it measures taste",
}
NEEDS_MODEL = tuple(kind for kind in SCORERS if kind != "lexical")
STRATEGIES = {
    "direct": "direct: the task as it is",
    "chain-of-thought": "chain-of-thought: step by step, then the answer",
    "read-then-write": "read-then-write: notes first, then the answer from them",
}
SCALES = {"graded": "graded: none, little, significant", "strict": "strict: yes or no", "soft": "soft: by probability"}
PAIRS = {
    "rotating": "Rotating: each agent meets a few peers on each task, drawn anew",
    "full": "Full: all pairs, on all tasks",
    "fitted": "Fitted: as many pairs as so many calls are enough for",
}
