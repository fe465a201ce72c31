"""Files on this machine, read as a server would take them, before anything is sent.

One rule: what `read_files` returns keeps the server's rules; storing it meets no error that could have been told here.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from elicit.client.core import body
from elicit.errors import InvalidInput
from elicit.io.hand_ins import HandIn, read_hand_in
from elicit.io.handing_in import Output
from elicit.schemas import NewAgent, NewTaskSet
from elicit.schemas.base import LONGEST_TEXT

__all__ = ["HandIn", "read_files"]


def read_files(paths: Sequence[str | Path], answer_columns: Sequence[str] = ()) -> HandIn:
    """Tasks and outputs of any number of agents in files of the formats that `elicit rank` reads.

    `answer_columns` of a file of tasks are the answers of agents, an agent a column. Raises InvalidInput naming the
    file, the line and the field that break a rule.
    """
    found = read_hand_in([Path(path) for path in paths], answer_columns)
    if found.tasks:
        body(NewTaskSet, name="tasks", tasks=found.tasks)
    check_outputs(found.outputs)
    return found


def check_outputs(outputs: Mapping[str, Iterable[Output]]) -> None:
    """Raise InvalidInput for a name or a text that no server takes."""
    for agent, answers in outputs.items():
        body(NewAgent, name=agent)
        for task_id, text in answers:
            if len(text) > LONGEST_TEXT:
                raise InvalidInput(
                    f"a text must have at most {LONGEST_TEXT:,} characters, "
                    f"that of {agent!r} to task {task_id!r} has {len(text):,}"
                )
