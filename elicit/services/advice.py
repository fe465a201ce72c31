"""Which scorer and mechanism suit an evaluation: rules over what was measured, each with its reason in a sentence.

One rule: what is advised can be run as it is. The reasons are those of docs/validity.md and docs/mechanisms.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from elicit.evidence import Forecasts, Labels
from elicit.mechanisms import MECHANISMS
from elicit.services.answer_facts import MOSTLY, AnswerFacts, answer_facts
from elicit.services.scoring import (
    DEFAULT_MECHANISM,
    FEWEST_LABELS,
    MOST_AGENT_CLASSES,
    MOST_CLASSES,
    fitting_scorer,
)
from elicit.types import Evaluation, Responses

FEW_TASKS, FEW_AGENTS = 100, 4
TOO_FEW_TASKS = 10
FEW_CLASSES = 3  # beyond them dmi is mostly noise
UNEVEN = 0.8  # of the tasks: where two agents share fewer, pairs differ in how many they share
NAMED = 5  # agents of a note at most

ASKS = "It asks a model about every pair of answers: see the estimate."
WORDS_ONLY = "It sees words, not meaning: an answer with one fact turned round keeps nearly all of them."


@dataclass(frozen=True)
class Advised:
    """A scorer and a mechanism; the fields are those of `elicit.schemas.AdvisedMechanism`."""

    scorer: str
    mechanism: str
    reason: str
    caveat: str
    recommended: bool = False


SHARED_MISTAKES = "Agents that make the same mistakes earn from it."
CORRECTED = Advised(
    "lexical",
    "kl_corrected",
    "Information between labels with the bias of few tasks taken off; pairs may share different numbers of tasks.",
    SHARED_MISTAKES,
)
CROSS_FITTED = Advised(
    "lexical",
    "tvd_cross_fitted",
    "What is learned on one half of the tasks is paid on the other: noise earns 0 however few tasks there are.",
    "With few tasks there is little to learn from: scores spread more.",
)
CORRELATED = Advised(
    "lexical",
    "correlated_agreement",
    "Labels mean the same for everybody: an agent that confuses them systematically does not earn by it.",
    "A majority that confuses them sets the rule.",
)
DETERMINANT = Advised(
    "lexical",
    "dmi",
    "Telling the truth is the best an agent can do, with as few tasks as these.",
    "It pays 0 to an agent that never uses one of the labels.",
)
CONTROL = Advised(
    "lexical",
    "output_agreement",
    "The control: how often two agents say the same.",
    "Always giving the commonest label does well on it.",
)


def advice(facts: AnswerFacts) -> list[Advised]:
    """What suits, best first, and the first of it recommended; nothing for fewer than two agents.

    Two agents earn the same from each other by a mechanism that pays mutually, so that none of those is first then.
    """
    if facts.n_agents < 2:
        return []
    by_kind = {"labels": for_labels, "short answers": for_short_answers, "free text": for_text, "unknown": for_unknown}
    found = list(by_kind[facts.kind](facts))
    if facts.n_agents == 2:
        found = [with_mutual_caveat(one) for one in sorted(found, key=is_mutual)]
    return [replace(found[0], recommended=True), *found[1:]]


def advice_on(evaluation: Evaluation) -> list[Advised]:
    """What suits an evaluation that is there already, best first: its answers, or the scores it came with."""
    evidence, agents = evaluation.evidence, evaluation.agents
    if isinstance(evidence, Labels):
        names = (*evidence.classes, None)  # code -1, missing, is the last
        evidence = Responses([[names[code] for code in row] for row in evidence.codes])
    if isinstance(evidence, Responses):
        return advice(answer_facts(evaluation.tasks, agents, evidence.texts))
    default = DEFAULT_MECHANISM[type(evidence)]
    readers = [mechanism for mechanism in MECHANISMS.values() if mechanism.evidence is type(evidence)]
    if isinstance(evidence, Forecasts) and evidence.named.any(axis=0).sum() > 2:
        readers = [mechanism for mechanism in readers if mechanism.name != "robust_bayesian_truth_serum"]
    scorer, _ = fitting_scorer(evidence)
    found = [Advised(scorer, one.name, one.guarantees, one.blindness, one.name == default) for one in readers]
    return sorted(found, key=lambda advised: not advised.recommended)


def is_mutual(advised: Advised) -> bool:
    """Whether any two agents earn the same from each other."""
    return MECHANISMS[advised.mechanism].symmetric


def with_mutual_caveat(advised: Advised) -> Advised:
    """The same, with the caveat that two agents tie where they do."""
    if not is_mutual(advised):
        return advised
    return replace(advised, caveat=f"It cannot tell two agents apart: both earn the same. {advised.caveat}")


def for_labels(facts: AnswerFacts) -> Iterator[Advised]:
    """Multiple choice and other labels from a short list."""
    if facts.classes > MOST_CLASSES or facts.classes * facts.n_agents > MOST_AGENT_CLASSES:
        yield critic(f"The answers are {facts.classes:,} different labels, too many for tables of labels.")
        return
    plain = plain_information(facts)
    yield from (CORRECTED, plain) if facts.shared < UNEVEN * facts.n_tasks else (plain, CORRECTED)
    yield from (CROSS_FITTED, CORRELATED)
    if facts.classes <= FEW_CLASSES and facts.shared >= 2 * facts.classes:
        yield DETERMINANT
    yield CONTROL


def plain_information(facts: AnswerFacts) -> Advised:
    """Shannon information as it is, and what chance adds to it."""
    bias = (facts.classes - 1) ** 2 / (2 * max(1, facts.shared))
    return Advised(
        "lexical",
        "kl",
        f"The answers are labels ({facts.classes} different ones): the tables of who said what when tell most.",
        f"Chance alone pays about {bias:.2g} nats on {facts.shared:,} shared tasks. {SHARED_MISTAKES}",
    )


def for_short_answers(facts: AnswerFacts) -> Iterator[Advised]:
    """Names, numbers, a few words, which repeat too little to be labels."""
    yield words_of(
        "The answers are a few words each and come from no short list: those that share rare words earn.",
        "So few words tell little: have the agents give reasons, or a choice from a list.",
    )
    yield critic("A critic can take two short answers that are worded differently for the same.")
    yield from other_models()


def for_text(facts: AnswerFacts) -> Iterator[Advised]:
    """Answers in sentences."""
    if facts.with_context > MOSTLY:
        yield critic(
            "Answers about a given text share its words whoever writes them: a critic saw what words alone did not in "
            "every set of summaries that was tried."
        )
        yield words_of("A first look that calls no model.", WORDS_ONLY)
    else:
        yield words_of(
            "Open answers in words of their own: on chat prompts this ranking was close to people's votes. It calls no "
            "model.",
            WORDS_ONLY,
        )
        yield critic("A critic sees meaning where words see none, such as facts turned round.")
    yield Advised(
        "likelihood",
        "mi",
        "A language model's own probabilities say how much one answer tells about another.",
        "The server must return log-probabilities of given text, which few do.",
    )
    yield from other_models()


def for_unknown(facts: AnswerFacts) -> Iterator[Advised]:
    """No answers yet."""
    yield critic("There are no answers yet to look at: a critic reads text of any kind.")
    yield words_of(
        "A first look that calls no model.", "If all answers turn out to be labels, leave the mechanism out."
    )
    yield from other_models()


def words_of(reason: str, caveat: str) -> Advised:
    """The lexical scorer on text."""
    return Advised("lexical", "mi", reason, caveat)


def critic(reason: str) -> Advised:
    """The critic."""
    return Advised("critic", "tvd_mi", reason, ASKS)


def other_models() -> Iterator[Advised]:
    """What else asks a model, and suits any text."""
    yield Advised("pmi", "mi", "A chat model rates how much likelier one answer makes another.", ASKS)
    yield Advised(
        "questions",
        "tvd",
        "A chat model turns each task's answers into yes/no questions, whose answers are compared.",
        "What it does not ask about does not count.",
    )
    yield Advised(
        "judge",
        "win_rate",
        "The control everybody knows: a chat model says which of two answers is better.",
        "It pays for style, length and confidence, and promises nothing.",
    )


def notes(facts: AnswerFacts) -> Iterator[str]:
    """What a reader should know before any choice, each in a sentence."""
    if facts.n_agents < 2:
        yield "A ranking needs at least two agents, and three to mean much: an agent is measured by its peers."
    elif facts.n_agents < FEW_AGENTS:
        yield f"With {facts.n_agents} agents each is measured by very few peers: one of them can decide the order."
    if facts.n_tasks < TOO_FEW_TASKS:
        yield f"{facts.n_tasks} tasks are too few to rank anybody: expect ties throughout."
    elif facts.n_tasks < FEW_TASKS:
        yield f"With {facts.n_tasks} tasks neighbours will often be tied: a hundred or more tell them apart better."
    yield from notes_on_answers(facts)


def notes_on_answers(facts: AnswerFacts) -> Iterator[str]:
    """What is odd about the answers."""
    if facts.n_answered >= 2 and facts.shared < FEWEST_LABELS:
        yield f"Two of the agents have answered only {facts.shared} of the same tasks: what they share decides nothing."
    kinds = set(facts.kinds.values()) - {"unknown"}
    if len(kinds) > 1:
        yield f"The agents answer differently in form ({' and '.join(sorted(kinds))}): form alone will part them."
    some = [agent for agent, count in facts.answered.items() if 0 < count < facts.n_tasks]
    if some:
        yield f"Not every task is answered by {named(some)}: missing answers are left out, not counted as 0."
    if facts.kind in ("free text", "short answers"):
        same = [agent for agent, share in facts.repeats.items() if share > MOSTLY]
        if same:
            yield f"Most answers of {named(same)} are one and the same: that earns about nothing."
    silent = facts.n_agents - facts.n_answered
    if facts.n_answered and silent:
        yield f"{silent} of {facts.n_agents} agents have no answers yet: the advice is made of those that have."


def named(agents: list[str]) -> str:
    """A few agents by name, and how many more."""
    more = len(agents) - NAMED
    return ", ".join(agents[:NAMED]) + (f" and {more} more" if more > 0 else "")
