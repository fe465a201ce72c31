"""Scorers, strategies and designs in the words of this page."""

SCORERS = {
    "lexical": "Compares words that answers share, or short answers as labels. Asks no model and costs nothing.",
    "critic": "A model says how much two answers have in common that is not common to all.",
    "likelihood": "A model's log-probability of an answer, with and without a peer's before it.",
    "pmi": "A chat model rates, line by line, how much likelier one answer makes another.",
    "questions": "A model answers yes or no to questions about each answer; the answers are labels.",
    "judge": "A model says which of two answers is better. The control: it measures taste, and guarantees nothing.",
}
NEEDS_MODEL = tuple(kind for kind in SCORERS if kind != "lexical")
STRATEGIES = {
    "direct": "direct: the task as it is",
    "chain-of-thought": "chain-of-thought: steps first",
    "read-then-write": "read-then-write: notes first",
}
SCALES = {"graded": "graded: none, little, significant", "strict": "strict: yes or no", "soft": "soft: by probability"}
PAIRS = {
    "rotating": "Rotating: a few peers a task",
    "full": "Full: all pairs, all tasks",
    "fitted": "Fitted: to a number of calls",
}
