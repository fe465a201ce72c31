"""A recorded critic, replayed: the pair of texts in a request tells which recorded verdict to give.

A pair of one task gets that pair's joint verdict. A pair of two tasks gets the contrast verdict recorded for the first
text's task, its agent, and the second text's agent, whichever other task the second text answers: the record says
nothing of that task.

Agents that wrote the same text cannot be told apart. Of the pairs that two texts can stand for, those of one task come
first, then all go by task and agent as recorded, and each time the same two texts are asked about the next one's turn
comes. So asking for every pair once gives every verdict once, to somebody; only agents without such texts are replayed
exactly.
"""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from elicit.errors import InvalidInput
from elicit.evidence import Floats
from elicit.mock_llm.script import Ask
from elicit.mock_llm.wire import Reply
from elicit.mock_llm.word_scorers import fenced_pair, verdict
from elicit.scorers.fence import MOST_CHARS, neutralise

Place = tuple[int, int]  # task, agent


class RecordedCritic:
    """The critic recorded in a folder: `responses.jsonl.gz`, and `pairs.npz` with its verdicts times 4.

    With `only` it knows these agents' responses alone, so that a text of theirs cannot be taken for a twin's.
    """

    def __init__(self, folder: Path, only: Sequence[str] = ()) -> None:
        try:
            with np.load(folder / "pairs.npz") as pairs:
                self.joint, self.contrast = scores(pairs["critic_p_x4"]), scores(pairs["critic_q_x4"])
                tasks, agents = list(pairs["task_ids"]), list(pairs["agents"])
            places = read_places(folder / "responses.jsonl.gz", tasks, agents)
        except (OSError, KeyError, ValueError) as error:
            raise InvalidInput(f"{folder}: must hold pairs.npz and responses.jsonl.gz of one set: {error}") from error
        unknown = sorted(set(only) - set(agents))
        if unknown:
            raise InvalidInput(f"{folder}: an agent to replay must be one of {', '.join(agents)}; got {unknown[0]!r}")
        kept = {agents.index(agent) for agent in only or agents}
        self.places = {text: [place for place in found if place[1] in kept] for text, found in places.items()}
        self.turns: Counter[tuple[str, str]] = Counter()

    @property
    def notes(self) -> tuple[str, ...]:
        """What keeps the replay from being exact, in a sentence."""
        twins = sum(len({agent for _, agent in found}) > 1 for found in self.places.values())
        if not twins:
            return ()
        return (
            f"{twins} recorded texts are by more than one agent, whose verdicts are given in turn, not by who is asked "
            "about; --replay-agent NAME, for each agent of the plan, leaves the others out",
        )

    def answer(self, ask: Ask) -> Reply | None:
        """The recorded verdict on the two texts of a request, `None` where they are not both recorded."""
        pair = fenced_pair(ask)
        score = self.score(*pair) if pair else None
        return None if score is None else verdict(ask, score)

    def score(self, first: str, second: str) -> float | None:
        """The recorded score of a pair of texts: 0, 0.25 or 1."""
        texts = spelling(first), spelling(second)
        pairs = self.pairs(*texts)
        if not pairs:
            return None
        (task, agent), (peer_task, peer) = pairs[self.turns[texts] % len(pairs)]
        self.turns[texts] += 1
        recorded = self.joint if task == peer_task else self.contrast
        return float(recorded[task, agent, peer])

    def pairs(self, first: str, second: str) -> list[tuple[Place, Place]]:
        """What two texts can stand for: pairs of one task if there are any, else of two; never one agent twice."""
        found = [
            (mine, other)
            for mine in self.places.get(first, [])
            for other in self.places.get(second, [])
            if mine[1] != other[1]
        ]
        joint = [(mine, other) for mine, other in found if mine[0] == other[0]]
        return sorted(joint or found)


def scores(times_4: "np.ndarray[tuple[int, ...], np.dtype[np.int8]]") -> Floats:
    """Verdicts as scores; what the record left open (-1) was nearly always 0 and is taken for it."""
    return np.maximum(times_4, 0) / 4


def read_places(path: Path, tasks: list[str], agents: list[str]) -> dict[str, list[Place]]:
    """Which task and agent each text belongs to."""
    task_number = {task: number for number, task in enumerate(tasks)}
    agent_number = {agent: number for number, agent in enumerate(agents)}
    places: dict[str, list[Place]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            place = task_number[row["task_id"]], agent_number[row["agent"]]
            places.setdefault(spelling(row["output"]), []).append(place)
    return places


def spelling(text: str) -> str:
    """A text as it is found between fences, space at its ends aside."""
    return neutralise(text)[:MOST_CHARS].strip()
