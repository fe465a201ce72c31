"""How likely a language model finds one response after it was shown another: log-probabilities of given text.

A prompt is laid out and sent to have its own tokens scored, by one of two `WAYS`: completions that echo it, or vLLM's
`prompt_logprobs`. The response that is asked about, the target, stands last, and its tokens are found by where they
stand in the prompt: never by splitting the target into tokens on its own, which a merge at its border would belie. What
cannot be read beyond doubt is no score.

With log q for the model's log-probability of the target's tokens:

    base  log q(x_j)            cond  log q(x_j | x_i)            gain  cond - base

MI (Robertson et al. 2024) averages gains for each token, GEM (Xu et al. 2025, arXiv:2411.07127) takes them whole; GPPM
(Lu et al. 2024, arXiv:2405.15077) takes cond. GSPPM and GEM-S show the model a synopsis of the task first, here the
task's prompt, in base and cond alike: what anyone could say from the task alone then counts for nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import regex

from elicit.calls import Completion, Request
from elicit.errors import InvalidInput
from elicit.evidence import Floats, Ints
from elicit.scorers.asking import ScoringModel
from elicit.scorers.fence import MOST_CHARS, data_rule, fence, neutralise, nonce_for
from elicit.types import Task

TASK, RESPONSE = "Task:\n", "Response to the task:\n"
GAP = "\n\n"
WAYS: Mapping[str, Mapping[str, Any]] = {
    "echo": {"echo": True, "logprobs": 1, "max_tokens": 0, "temperature": 0},
    "prompt_logprobs": {"prompt_logprobs": 1, "max_tokens": 1, "temperature": 0},  # vLLM wants a token written
}
PART = regex.compile("\ufffd|^bytes:")  # how servers write a token that holds a part of a character


@dataclass(frozen=True)
class Variant:
    """One of the published likelihood mechanisms.

    `mechanism` names how gains become scores; `synopsis` whether the task's prompt is shown; `per_token` whether
    log-likelihoods are divided by the target's tokens; `judgments` whether its authors rewrite responses to one
    judgment a line first.
    """

    mechanism: str
    synopsis: bool = False
    per_token: bool = False
    judgments: bool = False

    @property
    def unit(self) -> str:
        """What one unit of gain is."""
        return "nats per token" if self.per_token else "nats per response"


VARIANTS: Mapping[str, Variant] = {
    "mi": Variant("mi", per_token=True),
    "gppm": Variant("gppm", per_token=True, judgments=True),
    "gsppm": Variant("gppm", per_token=True, synopsis=True, judgments=True),
    "gem": Variant("mi", judgments=True),
    "gem-s": Variant("mi", synopsis=True, judgments=True),
}


class Likelihood(NamedTuple):
    """A target's log-likelihood in nats, summed over its tokens, and how many they are."""

    total: float
    tokens: int


def base_request(model: ScoringModel, target: str, synopsis: str = "", via: str = "echo") -> Request:
    """Ask for the log-likelihood of a response with no other response shown."""
    return scored(model, opening(synopsis) + RESPONSE + spelled(target), via)


def conditional_request(model: ScoringModel, shown: str, target: str, synopsis: str = "", via: str = "echo") -> Request:
    """Ask for the log-likelihood of a response after another one was shown.

    >>> conditional_request(ScoringModel("m"), "It rains.", "Rain.", "The weather?").prompt.splitlines()
    ['Task:', 'The weather?', '', 'Response to the task:', 'It rains.', '', 'Response to the task:', 'Rain.']
    """
    return scored(model, opening(synopsis) + RESPONSE + spelled(shown) + GAP + RESPONSE + spelled(target), via)


def synopsis_of(task: Task) -> str:
    """What GSPPM and GEM-S show of a task: its prompt, without the context that goes with it."""
    return task.prompt


def opening(synopsis: str) -> str:
    """The task, where it is shown."""
    return f"{TASK}{spelled(synopsis)}{GAP}" if synopsis.strip() else ""


def spelled(text: str) -> str:
    """A text as it stands in a prompt: nothing hidden, no turn markers, no space around it, of bounded length."""
    return neutralise(text)[:MOST_CHARS].strip()


def scored(model: ScoringModel, prompt: str, via: str) -> Request:
    """Ask for the log-probabilities of a prompt's own tokens, by one of `WAYS`."""
    return model.likelihood(prompt, **WAYS[via])


def target_likelihood(completion: Completion, request: Request, target: str) -> Likelihood | None:
    """The log-likelihood of the response that ends a request's prompt, read from the prompt's scored tokens.

    `None` where they do not hold every token of the target with a finite log-probability: the call failed, the
    server cut the prompt, or it returned log-probabilities of something else. Tokens generated after the prompt take
    no part. A token that straddles the border counts in full, in base and cond alike.
    """
    prompt, tokens = request.prompt or "", completion.logprobs or ()
    spans = spans_in(prompt, [token.token for token in tokens])
    if completion.failure is not None or spans is None or not spelled(target):
        return None
    border = len(prompt) - len(spelled(target))
    within = [token.logprob for token, (_, end) in zip(tokens, spans, strict=False) if end > border]
    told = [logprob for logprob in within if logprob is not None and math.isfinite(logprob)]
    return Likelihood(math.fsum(told), len(told)) if len(told) == len(within) else None


def spans_in(prompt: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """From where to where each scored token stands in the prompt; `None` if they do not spell it.

    Found by walking the tokens along the prompt. The offsets that servers send are of no use where some count bytes,
    some a token for the start, and where a character split over several tokens shifts all that follow. A token for the
    start stands nowhere, (0, 0), and so does a first token of which the server tells no text ("", as vLLM does): it may
    be of the prompt's first line. Tokens generated after the prompt have no entry.

    >>> spans_in("a 😀!", ["<s>", "a", " \ufffd", "\ufffd", "!", " more"])
    [(0, 0), (0, 1), (1, 3), (1, 3), (3, 4)]
    >>> spans_in("Task:\\nb", ["", ":", "\\nb"])
    [(0, 0), (4, 5), (5, 7)]
    >>> spans_in("a b", ["a", " c"]) is None
    True
    """
    if not tokens:
        return None
    if not tokens[0]:
        starts = range(len(prompt.partition("\n")[0]) + 2)  # its end may be the line's
        found = (spans_from(start, prompt, tokens[1:]) for start in starts)
        return next(([(0, 0), *spans] for spans in found if spans is not None), None)
    first = tokens[0].lstrip(" ")  # some tokenisers put a space before everything
    if prompt.startswith(first) or PART.search(first):
        return spans_from(0, prompt, [first, *tokens[1:]])
    spans = spans_from(0, prompt, tokens[1:])
    return None if spans is None else [(0, 0), *spans]


def spans_from(place: int, prompt: str, tokens: Sequence[str]) -> list[tuple[int, int]] | None:
    """The same for tokens of which the first stands at `place`."""
    spans: list[tuple[int, int]] = []
    waiting, slack = 0, 0  # tokens that hold parts of characters, and how many characters at most
    for token in tokens:
        if place == len(prompt):
            break
        if not token or PART.search(token):
            waiting, slack = waiting + 1, slack + len(token)
            continue
        found = prompt.find(token, place, place + slack + len(token))
        if found < 0:
            break
        spans += [(place, max(found, place + 1))] * waiting + [(found, found + len(token))]
        place, waiting, slack = found + len(token), 0, 0
    return [*spans, *[(place, len(prompt))] * waiting] if len(prompt) - place <= slack else None


# Does the server really return log-probabilities of given text?

PROBE = "Response to the task:\nThe ferry leaves at nine. The ferry leaves at nine."
PROBE_TARGET = "The ferry leaves at nine. The ferry leaves at nine."


def probe_request(model: ScoringModel, via: str = "echo") -> Request:
    """The call to make before any other: a prompt whose scored tokens show what the server can do."""
    return scored(model, PROBE, via)


def unable(model: str, faults: Mapping[str, str]) -> InvalidInput:
    """The error for a server that has given text scored in none of the ways that were tried, each with its fault."""
    tried = "; ".join(f"{via}: {fault}" for via, fault in faults.items())
    return InvalidInput(
        "scorer 'likelihood' needs log-probabilities of given text (completions with echo, or vLLM's prompt_logprobs), "
        f"and {model} does not return them ({tried}). A critic (scorer 'critic') needs plain chat only"
    )


def probe_fault(request: Request, completion: Completion) -> str | None:
    """What is wrong with the answer to a probe, `None` if nothing.

    Some servers take `echo` and `logprobs` and answer with log-probabilities of generated text, or with none, or with
    the same value throughout; scores made of them would be chance.
    """
    if completion.failure is not None:
        return f"the call ended as {completion.failure!r}"
    if not completion.logprobs:
        return "the answer holds no log-probabilities"
    found = target_likelihood(completion, request, PROBE_TARGET)
    if found is None:
        return f"the {len(completion.logprobs)} tokens returned are not those of the prompt"
    values = {token.logprob for token in completion.logprobs if token.logprob is not None}
    if found.total >= 0 or len(values) < 2:
        return f"the values are no log-probabilities, they sum to {found.total:g} over {found.tokens} tokens"
    return None


# From likelihoods to gains


class Paired(Protocol):
    """A design's pairs as `elicit.design.Pairs` has them: the agent's response was shown, the peer's was the target."""

    @property
    def n_agents(self) -> int: ...
    @property
    def n_tasks(self) -> int: ...
    @property
    def peer(self) -> Ints: ...
    @property
    def peer_task(self) -> Ints: ...


def gains_of(
    pairs: Paired,
    base: Mapping[tuple[int, int], Likelihood | None],
    cond: Sequence[Likelihood | None],
    variant: Variant,
) -> tuple[Floats, Floats]:
    """What each pair gains (P,), and what each target scores with nothing shown (m, n); NaN where it is missing.

    `base` has the likelihoods of targets by (task, agent), `cond` those of the pairs in their order.
    """
    alone = np.full((pairs.n_tasks, pairs.n_agents), np.nan)
    for place, known in base.items():
        alone[place] = base_of(known, variant)
    targets = zip(pairs.peer_task.tolist(), pairs.peer.tolist(), strict=True)
    gain = [gain_of(base.get(target), known, variant) for target, known in zip(targets, cond, strict=True)]
    return np.array(gain, dtype=np.float64), alone


def gain_of(base: Likelihood | None, cond: Likelihood | None, variant: Variant) -> float:
    """What a shown response adds to the log-likelihood of a target, in the variant's unit; NaN where either is missing.

    >>> gain_of(Likelihood(-12.0, 4), Likelihood(-10.0, 4), VARIANTS["mi"])
    0.5
    """
    return math.nan if base is None or cond is None else (cond.total - base.total) / divisor(base, variant)


def base_of(base: Likelihood | None, variant: Variant) -> float:
    """The log-likelihood of a target with nothing shown, in the variant's unit; NaN where it is missing."""
    return math.nan if base is None else base.total / divisor(base, variant)


def divisor(base: Likelihood, variant: Variant) -> int:
    """What totals are divided by: one number for base and cond, which a merge at the border may set a token apart."""
    return base.tokens if variant.per_token else 1


# Judgment-per-line pre-processing

JUDGMENT = regex.compile(
    r"^\s*(?:[-*•]|\d+[.)])?\s*(?P<aspect>[^|\n]{2,80}?)\s*\|\s*(?P<judgment>[^|\n]{2,200}?)\s*$", regex.M
)
NOT_AVAILABLE = "Not available"
MOST_JUDGMENTS = 30
REWRITE_RULES = """Rewrite a text as the list of judgments it makes, one a line, each in this form:

aspect | judgment

The aspect is what is judged, in a few general words. The judgment is what the text says of it, in one short sentence. \
Keep to what the text says, in its order; add nothing. Leave out names, numbers and terms that belong to the matter at \
hand only, all style, and everything that is no judgment, claim or conclusion. If there is nothing to list, write: \
{nothing}

{data_rule}"""


def judgments_request(model: ScoringModel, response: str) -> Request:
    """Ask a chat model to rewrite a response as one judgment a line, so that only what it judges can carry over."""
    nonce = nonce_for(response)
    rules = REWRITE_RULES.format(nothing=NOT_AVAILABLE, data_rule=data_rule(nonce))
    return model.chat(rules, fence(response, "TEXT", nonce), temperature=0, max_tokens=1000)


def parse_judgments(completion: Completion) -> str | None:
    """The judgments of a reply, one a line; "Not available" where it says there are none, `None` where it says neither.

    >>> parse_judgments(Completion("", "- evidence | It is thin.\\n2. Style| Clear. ", None))
    'evidence: It is thin.\\nStyle: Clear.'
    """
    if completion.failure is not None or completion.text is None:
        return None
    found = [f"{line['aspect'].strip()}: {line['judgment'].strip()}" for line in JUDGMENT.finditer(completion.text)]
    if found:
        return "\n".join(found[:MOST_JUDGMENTS])
    return NOT_AVAILABLE if NOT_AVAILABLE.lower() in completion.text.lower() else None
