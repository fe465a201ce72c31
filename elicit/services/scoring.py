"""From what was handed in to evidence: which scorer, which mechanism, and who is a clone of whom."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from elicit.errors import InvalidEvaluation, InvalidInput
from elicit.estimators.clones import LABELS_WAY, clone_clusters, label_agreement, told_share, vector_likeness
from elicit.estimators.peers import Peers, cluster_votes
from elicit.evidence import Bools, Embeddings, Floats, Forecasts, Gains, Ints, Labels, PairScores
from elicit.mechanisms import MECHANISMS, Mechanism, no_contrast
from elicit.scorers import lexical
from elicit.scorers.embedder import embed
from elicit.scorers.words import words
from elicit.services.progress import Progress, advance, tracked
from elicit.types import Evaluation, Evidence, Responses, Task

SCORERS = {
    "lexical": "embedded unigram language model over words; reads responses",
    "embeddings": "one vector per response, made of its words or given with it; reads responses and embeddings",
    "labels": "equal labels are equal, others differ; reads labels, short answers and answers with forecasts",
    "given": "the scores of the file itself; reads scored pairs and log-probabilities",
}
DEFAULT_MECHANISM = {
    PairScores: "tvd_mi",
    Gains: "mi",
    Labels: "kl",
    Forecasts: "bayesian_truth_serum",
    Embeddings: "same_task",
}
IN_WORDS = {
    PairScores: "scored pairs",
    Gains: "log-probabilities",
    Labels: "labels",
    Forecasts: "answers with forecasts",
    Embeddings: "embeddings",
    Responses: "responses",
}
# What a scorer makes of responses.
MAKES = {"lexical": Gains, "embeddings": Embeddings, "labels": Labels}
BY_WORDS = ("lexical", "embeddings")  # what is made of all words alike, junk included: peers need weights

CLONE_SAMPLE = 200  # tasks looked at to find clones; a quartile over more of them is no surer
WEIGHTINGS = ("softmax", "uniform", "additive")
LONGEST_LABEL = 3  # words
MOST_CLASSES, MOST_AGENT_CLASSES = 64, 5000
FEWEST_LABELS = 4  # tasks two agents must share: a table of fewer labels shows no association


Scorable = PairScores | Gains | Labels | Forecasts | Embeddings


@dataclass(frozen=True)
class Options:
    """What the user may choose; `None` leaves the choice to the evidence."""

    mechanism: str | None = None
    scorer: str | None = None
    peers: str | None = None  # one of WEIGHTINGS
    clones: bool | None = None
    seed: int = 0


@dataclass(frozen=True)
class Choice:
    """Which scorer and mechanism read the input, how peers are weighted (see `Peers`), and why."""

    scorer: str
    mechanism: Mechanism
    softmax: bool
    clones: bool
    reasons: tuple[str, ...]
    additive: bool = False

    def peers(self, cluster: Ints, vote: Floats, shared: Floats) -> Peers:
        """The peers, weighted as was chosen."""
        return Peers(cluster, vote, shared, self.softmax, self.additive)


@dataclass(frozen=True)
class Lexicon:
    """What the lexical scorer knows: the words, their counts in each task's responses, and their shares of the pool."""

    vocabulary: lexical.Vocabulary
    counts: list[lexical.WordCounts]
    pool: Floats


@dataclass(frozen=True)
class Scored:
    """Evidence ready for its mechanism, and what was learned on the way.

    `unit` says what one unit of score is; `pairwise` (n, n) is over all tasks; `answered` (m, n) marks where an agent
    has something to score. Where there is text, `length` (m, n) counts the words of each response, NaN where missing,
    and `lexicon` is what they were scored with.
    """

    evidence: Scorable
    unit: str
    pairwise: Floats
    peers: Peers
    answered: Bools
    length: Floats | None = None
    lexicon: Lexicon | None = None


def choose(evaluation: Evaluation, options: Options) -> Choice:
    """Settle scorer, mechanism, peer weights and clone defence, with a reason for each."""
    if options.seed < 0:
        raise InvalidInput(f"seed must be 0 or more, got {options.seed}")
    if options.peers not in (None, *WEIGHTINGS):
        raise InvalidInput(f"peers must be one of {', '.join(WEIGHTINGS)}, got {options.peers!r}")
    scorer, why_scorer = choose_scorer(evaluation.evidence, options.scorer)
    given = type(evaluation.evidence)
    shape = MAKES[scorer] if given is Responses else given
    mechanism = choose_mechanism(shape, options.mechanism)
    why_mechanism = (
        "asked for" if options.mechanism else f"the default for {IN_WORDS[shape if scorer == 'embeddings' else given]}"
    )
    softmax = options.peers == "softmax" if options.peers else scorer in BY_WORDS
    clones = options.clones if options.clones is not None else scorer != "given"
    if clones and scorer == "given":
        raise InvalidInput(
            "clones cannot be told from scores alone, which never pair an agent with itself: --clones off"
        )
    return Choice(
        scorer=scorer,
        mechanism=mechanism,
        softmax=softmax,
        clones=clones,
        reasons=(f"scorer {scorer}: {why_scorer}", f"mechanism {mechanism.name}: {why_mechanism}"),
        additive=options.peers == "additive",
    )


def choose_scorer(evidence: Evidence, asked: str | None) -> tuple[str, str]:
    """The scorer for this evidence, and why."""
    if asked is not None and asked not in SCORERS:
        raise InvalidInput(f"scorer must be one of {', '.join(SCORERS)}, got {asked!r}")
    if isinstance(evidence, Responses) and asked in MAKES:
        return asked, "asked for"
    fitting, why = fitting_scorer(evidence)
    if asked not in (None, fitting):
        raise InvalidInput(f"scorer {asked!r} does not fit, {why}: use {fitting!r}")
    return fitting, why


def fitting_scorer(evidence: Evidence) -> tuple[str, str]:
    """The scorer that suits this evidence by default, and why."""
    if isinstance(evidence, Labels):
        return "labels", "the input is a label table"
    if isinstance(evidence, Forecasts):
        return "labels", "the input holds answers and forecasts"
    if isinstance(evidence, Embeddings):
        return "embeddings", "the input holds embeddings"
    if not isinstance(evidence, Responses):
        return "given", "the input holds scores already"
    if are_labels(evidence):
        return "labels", "the responses are short labels"
    return "lexical", "the responses are text"


def choose_mechanism(shape: type, asked: str | None) -> Mechanism:
    """The mechanism asked for, if it reads this shape of evidence, or the default one."""
    if asked is None:
        return MECHANISMS[DEFAULT_MECHANISM[shape]]
    readers = [name for name, mechanism in MECHANISMS.items() if mechanism.evidence is shape]
    if asked not in MECHANISMS:
        raise InvalidInput(f"mechanism must be one of {', '.join(MECHANISMS)}, got {asked!r}")
    if asked not in readers:
        raise InvalidInput(
            f"mechanism {asked!r} reads {MECHANISMS[asked].evidence.kind}, which this input is not; "
            f"what fits: {', '.join(readers)} (or choose other columns with --evidence)"
        )
    return MECHANISMS[asked]


def score_evaluation(evaluation: Evaluation, choice: Choice, options: Options, progress: Progress) -> Scored:
    """Turn the input into evidence, score all pairs and find the clones."""
    evidence = evaluation.evidence
    if isinstance(evidence, Responses) and choice.scorer == "lexical":
        return score_lexically(evaluation.tasks, evidence, choice, options.seed, progress)
    if isinstance(evidence, Responses) and choice.scorer == "embeddings":
        return score_embedded(evaluation.tasks, evidence, choice, options.seed, progress)
    if isinstance(evidence, Responses):
        evidence = as_labels(evidence)
    if isinstance(evidence, Labels | Forecasts):
        check_classes(evidence)
    if isinstance(evidence, PairScores):
        check_pairs(evidence, choice.mechanism)
    present = answered(evidence)
    shared, cluster = tasks_shared(present), np.arange(present.shape[1])
    if isinstance(evidence, Labels | Forecasts) and choice.clones:
        labels = evidence if isinstance(evidence, Labels) else evidence.labels
        cluster = clone_clusters(label_agreement(labels), LABELS_WAY)
    if isinstance(evidence, Forecasts):
        evidence = replace(evidence, vote=1 / np.bincount(cluster)[cluster])
    if isinstance(evidence, Labels):
        shared[shared < FEWEST_LABELS] = 0
    if isinstance(evidence, Embeddings) and choice.clones:
        cluster = clone_clusters(vector_likeness(evidence), LABELS_WAY)
    pairwise = choice.mechanism.pairwise(evidence)
    vote = cluster_votes(pairwise, shared, cluster)
    unit = evidence.unit if isinstance(evidence, Gains) else choice.mechanism.unit
    return Scored(evidence, unit, pairwise, choice.peers(cluster, vote, shared), present)


def score_lexically(
    tasks: tuple[Task, ...], responses: Responses, choice: Choice, seed: int, progress: Progress
) -> Scored:
    """Count the words of all responses, then score every pair."""
    vocabulary = lexical.Vocabulary()
    texts = tracked(responses.texts, progress, "words")
    counts = list(lexical.count_words(tasks, texts, vocabulary))
    return score_counts(counts, vocabulary, choice, other_tasks(tasks, seed), progress)


def score_embedded(
    tasks: tuple[Task, ...], responses: Responses, choice: Choice, seed: int, progress: Progress
) -> Scored:
    """Make a vector of the words of every response, then score every pair; clones are told by their words."""
    vocabulary = lexical.Vocabulary()
    counts = list(lexical.count_words(tasks, tracked(responses.texts, progress, "words"), vocabulary))
    present = np.array([task.answered for task in counts])
    shared = tasks_shared(present)
    cluster, vote = voices(counts, shared, vocabulary, choice)
    report = advance(progress, "vectors and pairs", 1)
    evidence = Embeddings(embed(counts, len(vocabulary), vote, seed))
    pairwise = choice.mechanism.pairwise(evidence)
    report(1)
    return Scored(
        evidence=evidence,
        unit=choice.mechanism.unit,
        pairwise=pairwise,
        peers=choice.peers(cluster, vote, shared),
        answered=present,
        length=lengths(counts),
    )


def lengths(counts: list[lexical.WordCounts]) -> Floats:
    """(m, n) the words of each response, NaN where there is none."""
    return np.array([np.where(task.answered, task.length, np.nan) for task in counts])


def score_two_lexically(
    tasks: tuple[Task, ...],
    responses: Responses,
    choice: Choice,
    seed: int,
    two: tuple[int, int],
    vote: Floats | None,
    progress: Progress,
) -> tuple[Gains, Lexicon]:
    """The gains of two agents only, just as they are among all: they become agents 0 and 1.

    `vote` (n,) says how much each agent's words count in the background, where that is known already.
    """
    vocabulary = lexical.Vocabulary()
    texts = tracked(responses.texts, progress, "words")
    counts = list(lexical.count_words(tasks, texts, vocabulary))
    if vote is None:
        _, vote = voices(counts, tasks_shared(np.array([task.answered for task in counts])), vocabulary, choice)
    pool = lexical.pool_shares(counts, len(vocabulary), vote)
    theirs = [lexical.words_of(task, two) for task in counts]
    return lexical.lexical_gains(theirs, pool, other_tasks(tasks, seed)), Lexicon(vocabulary, theirs, pool)


def other_tasks(tasks: tuple[Task, ...], seed: int) -> Ints | None:
    """For each task the one that is shown in its place to learn what is told by chance (m,)."""
    return lexical.contrast_order(len(tasks), np.random.default_rng(seed), same_prompt_blocks(tasks))


def voices(
    counts: list[lexical.WordCounts], shared: Floats, vocabulary: lexical.Vocabulary, choice: Choice
) -> tuple[Ints, Floats]:
    """The cluster of each agent, and how much its words count in the background: (n,) and (n,)."""
    n = len(shared)
    return find_clones(counts, shared, len(vocabulary)) if choice.clones else (np.arange(n), np.ones(n))


def score_counts(
    counts: list[lexical.WordCounts],
    vocabulary: lexical.Vocabulary,
    choice: Choice,
    order: Ints | None,
    progress: Progress,
) -> Scored:
    """Find clones, then score every pair against a background in which each cluster counts once."""
    present = np.array([task.answered for task in counts])
    shared = tasks_shared(present)
    cluster, vote = voices(counts, shared, vocabulary, choice)
    pool = lexical.pool_shares(counts, len(vocabulary), vote)
    gains = lexical.lexical_gains(counts, pool, order, advance=advance(progress, "pairs", len(counts)))
    return Scored(
        evidence=gains,
        unit=gains.unit,
        pairwise=choice.mechanism.pairwise(gains),
        peers=choice.peers(cluster, vote, shared),
        answered=present,
        length=lengths(counts),
        lexicon=Lexicon(vocabulary, counts, pool),
    )


def same_prompt_blocks(tasks: tuple[Task, ...]) -> Ints:
    """Number the tasks so that those with one prompt and context share a number (m,); those without stand alone."""
    number: dict[object, int] = {}
    keys = [(task.prompt, task.context) if task.prompt or task.context else task.id for task in tasks]
    return np.array([number.setdefault(key, len(number)) for key in keys])


def find_clones(counts: list[lexical.WordCounts], shared: Floats, n_words: int) -> tuple[Ints, Floats]:
    """Clusters of clones and the agent that speaks for each: (n,) and (n,)."""
    sample = [counts[t] for t in np.linspace(0, len(counts) - 1, min(CLONE_SAMPLE, len(counts))).astype(int)]
    pool = lexical.pool_shares(counts, n_words, np.ones(len(shared)))
    gains = lexical.lexical_gains(sample, pool, order=None)
    cluster = clone_clusters(told_share(gains.gain))
    return cluster, cluster_votes(MECHANISMS["mi"].pairwise(gains), shared, cluster)


def check_pairs(scores: PairScores, mechanism: Mechanism) -> None:
    """Raise `InvalidEvaluation` where the mechanism cannot read such pairs, or such scores."""
    n_joint = int(scores.joint.sum())
    n_contrast = len(scores.joint) - n_joint
    takes_off_chance = mechanism.contrast is not no_contrast
    if not n_joint or (takes_off_chance and not n_contrast):
        kinds = "joint pairs (same task)" + " and contrast pairs (different tasks)" * takes_off_chance
        way_out = "; wins of one answer over another are ranked by win_rate" if n_joint else ""
        raise InvalidEvaluation(
            f"mechanism {mechanism.name!r} needs {kinds}, got {n_joint} joint and {n_contrast} contrast{way_out}. "
            "Which is which tells the field 'peer_task_id'"
        )
    low, high = scores.score.min(), scores.score.max()
    if mechanism.name == "win_rate" and not 0 <= low <= high <= 1:
        raise InvalidEvaluation(
            f"mechanism 'win_rate' reads what an agent wins of its peer, between 0 and 1, got {low:g} to {high:g}"
        )


def copies(tasks: tuple[Task, ...], texts: list[list[str | None]]) -> Ints:
    """Clusters of agents that wrote nearly the same words (n,), for texts (m, n); nobody copies short labels."""
    if are_labels(Responses(texts)):
        return np.arange(len(texts[0]))
    vocabulary = lexical.Vocabulary()
    counts = list(lexical.count_words(tasks, texts, vocabulary))
    shared = tasks_shared(np.array([task.answered for task in counts]))
    return find_clones(counts, shared, len(vocabulary))[0]


def check_classes(labels: Labels | Forecasts) -> None:
    """Raise `InvalidInput` where the labels come from no short list: tables of such labels show nothing but chance."""
    n_classes = len(labels.classes)
    if not n_classes:
        raise InvalidEvaluation("labels must contain at least one label, got none")
    if n_classes > MOST_CLASSES or n_classes * labels.n_agents > MOST_AGENT_CLASSES:
        raise InvalidInput(
            f"labels must come from a list of at most {MOST_CLASSES}, and agents times labels be at most "
            f"{MOST_AGENT_CLASSES}; got {n_classes} different ones from {labels.n_agents} agents: "
            "rank open answers as responses instead"
        )


def tasks_shared(present: Bools) -> Floats:
    """How many tasks two agents both have something on: (m, n) to (n, n)."""
    given = present.astype(float)
    return given.T @ given


def answered(evidence: Scorable) -> Bools:
    """Where an agent has something to score (m, n)."""
    if isinstance(evidence, Embeddings):
        return evidence.answered
    if isinstance(evidence, Labels):
        return evidence.codes >= 0
    if isinstance(evidence, Forecasts):
        return evidence.told
    if isinstance(evidence, Gains):
        known = ~np.isnan(evidence.gain)
        known[:, np.arange(evidence.n_agents), np.arange(evidence.n_agents)] = False
        return known.any(axis=1) | known.any(axis=2)
    present = np.zeros((evidence.n_tasks, evidence.n_agents), dtype=bool)
    joint = evidence.joint
    present[evidence.task[joint], evidence.agent[joint]] = True
    present[evidence.task[joint], evidence.peer[joint]] = True
    return present


def are_labels(responses: Responses) -> bool:
    """Whether responses are letters or short labels: few distinct ones, each used again and again.

    True when no response has more than three words and the distinct ones are at most the square root of all: labels
    drawn from a fixed list repeat, free short answers (numbers, names) do not.
    """
    seen: Counter[str] = Counter()
    total = 0
    for text in (text for row in responses.texts for text in row if text is not None):
        label = as_label(text)
        if len(label.split()) > LONGEST_LABEL:
            return False
        seen[label] += 1
        total += 1
    return 1 < len(seen) <= total**0.5


def as_label(text: str) -> str:
    """A short answer as a label: case, spacing and punctuation folded; the bare text where nothing else is left.

    >>> as_label(" (B). "), as_label("b"), as_label("?")
    ('b', 'b', '?')
    """
    return " ".join(words(text[:200])) or text.strip()


def as_labels(responses: Responses) -> Labels:
    """Short answers as labels, an empty one as missing."""
    table = [[as_label(text) if text is not None else "" for text in row] for row in responses.texts]
    classes = tuple(sorted({label for row in table for label in row if label}))
    number = {label: code for code, label in enumerate(classes)}
    return Labels(np.array([[number.get(label, -1) for label in row] for row in table]), classes)
