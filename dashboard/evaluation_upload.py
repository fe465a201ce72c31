"""Files dropped on the page: read, shown, and stored when somebody says so.

One rule: until "Store" is pressed nothing leaves this page, and pressing it twice stores nothing twice.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.connection import client, may
from dashboard.look import escaped
from elicit.client.files import HandIn, read_files
from elicit.errors import InvalidInput
from elicit.schemas import LONGEST_NAME, TaskSet

TYPES = ["jsonl", "ndjson", "json", "csv", "tsv", "parquet", "eval", "gz"]
LARGEST_MB = 500
READ, STORED = "new_read", "new_stored"  # what the session keeps of the files, and what to go on with
IDS = "ids"  # stands for the task ids in the place of prompts
ROWS_SHOWN, AGENTS_SHOWN, LETTERS_SHOWN = 5, 6, 300
HELP = (
    "JSON Lines, JSON, CSV, TSV, Parquet, inspect logs; each may be gzipped. A row an answer (task\\_id, agent, "
    "response, maybe prompt and category), a column an agent, or tasks alone. Several files are read as one."
)


def upload() -> None:
    """Drop files, see what is in them, store it."""
    files = st.file_uploader(
        "Tasks, or tasks with the outputs of agents",
        TYPES,
        accept_multiple_files=True,
        max_upload_size=LARGEST_MB,
        help=HELP,
        key="new_files",
    )
    if not files:
        st.session_state.pop(READ, None)
        st.caption(HELP)
        return
    try:
        found = read(files)
    except InvalidInput as error:
        st.error(escaped(str(error)), icon=":material/error:")
        st.caption("Nothing was stored. Mend the file and drop it again.")
        return
    preview(found)
    store_form(found, files)


def read(files: Sequence[Any]) -> HandIn:
    """What is in the files, with columns that were said to be answers; read once."""
    found = remembered(files, ())
    if not found.spare:
        return found
    columns = st.multiselect(
        "Columns that are an agent's answers",
        found.spare,
        placeholder="none: the file holds tasks only",
        key="new_columns",
    )
    return remembered(files, tuple(columns)) if columns else found


def remembered(files: Sequence[Any], columns: tuple[str, ...]) -> HandIn:
    """`read_uploaded`, but for files that were read before."""
    ids = tuple(file.file_id for file in files)
    kept = st.session_state.get(READ)
    if kept is None or kept[0] != ids:
        kept = st.session_state[READ] = (ids, {})
    if columns not in kept[1]:
        with st.spinner("Reading the files"):
            kept[1][columns] = read_uploaded(files, columns)
    return kept[1][columns]


def read_uploaded(files: Sequence[Any], columns: Sequence[str]) -> HandIn:
    """What is in uploaded files. Raises InvalidInput naming the file and the place that break a rule."""
    with TemporaryDirectory(prefix="elicit-upload-") as folder:
        paths = [Path(folder) / Path(file.name.replace("\\", "/")).name for file in files]
        if len(set(paths)) < len(paths):
            raise InvalidInput("files must have different names, two have the same")
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file.getbuffer())
        return read_files(paths, columns)


def preview(found: HandIn) -> None:
    """What was found, in numbers and in its first rows."""
    with st.container(horizontal=True, gap="large"):
        st.metric("Tasks", f"{len(found.task_ids):,}", width="content")
        st.metric("Agents", f"{len(found.outputs):,}", width="content")
        if found.outputs:
            st.metric("Missing answers", f"{found.missing:,}", width="content", help="Left out and counted; never a 0.")
        if found.categories:
            st.metric("Categories", f"{len(found.categories):,}", width="content")
    if found.categories:
        named = ", ".join(f"{escaped(name)} ({number:,})" for name, number in list(found.categories.items())[:12])
        st.caption(f"Categories: {named}{' …' if len(found.categories) > 12 else ''}")
    st.dataframe(first_rows(found), hide_index=True, width="stretch")
    for note in found.notes:
        st.caption(f":material/info: {escaped(note)}")


def first_rows(found: HandIn) -> pd.DataFrame:
    """The first tasks with the first agents' answers, cut short."""
    prompts = {task["task_id"]: task["prompt"] or task["context"] for task in found.tasks[:ROWS_SHOWN]}
    ids = list(found.task_ids[:ROWS_SHOWN])
    columns: dict[str, list[str | None]] = {"task": ids}
    if found.tasks:
        columns["prompt"] = [short(prompts.get(task_id)) for task_id in ids]
    for agent, answers in list(found.outputs.items())[:AGENTS_SHOWN]:
        given = {task_id: text for task_id, text in answers if task_id in ids}
        columns[agent] = [short(given.get(task_id)) for task_id in ids]
    return pd.DataFrame(columns)


def short(text: str | None) -> str | None:
    """The beginning of a text.

    >>> short("x" * 400)[-3:], short(None)
    ('xx…', None)
    """
    return text if text is None or len(text) <= LETTERS_SHOWN else f"{text[:LETTERS_SHOWN]}…"


def store_form(found: HandIn, files: Sequence[Any]) -> None:
    """Under which name it is stored, and the button that does it."""
    tasks = tasks_to_store(found)
    if tasks is None:
        return
    name = tasks.name if isinstance(tasks, TaskSet) else named(files)
    barred = None if may("submit") else "Your key lacks the scope submit, which storing outputs needs."
    label = f"Store {len(found.task_ids):,} tasks"
    if found.outputs:
        label += f" and {sum(map(len, found.outputs.values())):,} outputs of {len(found.outputs):,} agents"
    if st.button(label, type="primary", icon=":material/upload:", disabled=bool(barred) or not name, help=barred):
        once = " ".join([*(file.file_id for file in files), *st.session_state.get("new_columns", [])])
        st.session_state[STORED] = (store(found, tasks, name, once).id, tuple(found.outputs))
        st.session_state.pop(READ, None)
        st.rerun()


def named(files: Sequence[Any]) -> str:
    """What the tasks are to be called."""
    stem = files[0].name.removesuffix(".gz").rpartition(".")[0].replace("/", "-") or "tasks"
    return st.text_input(
        "Name of the task set",
        value=stem[:LONGEST_NAME],
        max_chars=LONGEST_NAME,
        key=f"new_set_name_{files[0].file_id}",
        help="The same tasks under the same name are the same set; others become its next version.",
    ).strip()


def tasks_to_store(found: HandIn) -> "Sequence[dict[str, Any]] | TaskSet | None":
    """The tasks: those of the files; where these have no prompts, a stored set, or ids in the place of prompts."""
    if found.tasks:
        return found.tasks
    st.warning("No file says what the tasks asked. Drop a file with the prompts beside it, or choose:")
    sets = {one.id: one for one in newest_sets()}
    chosen = st.selectbox(
        "The tasks",
        [IDS, *sets],
        index=None,
        format_func=lambda one: label_of(sets[one]) if one in sets else "The task ids are the prompts",
        placeholder="a stored task set, or ids in the place of prompts",
        help="Ids will do where answers are compared by words or labels; a model that scores would see no task.",
        key="new_tasks_of_outputs",
    )
    if chosen == IDS:
        return [{"task_id": task_id, "prompt": task_id} for task_id in found.task_ids]
    return sets.get(chosen)


def newest_sets() -> list[TaskSet]:
    """The project's task sets, the newest version of each."""
    newest: dict[str, TaskSet] = {}
    for one in client().task_sets():
        newest.setdefault(one.name, one)
    return list(newest.values())


def label_of(task_set: TaskSet) -> str:
    """A task set in a list."""
    return f"{task_set.name} · {task_set.n_tasks:,} tasks · {task_set.created_at:%Y-%m-%d}"


def store(found: HandIn, tasks: "Sequence[dict[str, Any]] | TaskSet", name: str, once: str) -> TaskSet:
    """Store the tasks, then each agent's outputs in batches; sent again after a break, nothing is stored twice."""
    bar = st.progress(0.0, text="Storing the tasks")
    if isinstance(tasks, TaskSet):
        task_set = tasks
        found = found.answering([task.task_id for task in client().tasks(tasks)], tasks.name)
    else:
        task_set = client().create_task_set(name, tasks)
    total = sum(map(len, found.outputs.values()))
    sent = 0
    for agent, answers in found.outputs.items():

        def rows(agent: str = agent, answers: Any = answers, before: int = sent) -> Iterator[dict[str, str]]:
            for number, (task_id, response) in enumerate(answers):
                if number % 500 == 0:
                    bar.progress((before + number) / total, text=f"{before + number:,} of {total:,} outputs stored")
                yield {"task_id": task_id, "response": response}

        if answers:
            client().submit(agent, task_set, rows(), once=f"{once} {agent}")
        sent += len(answers)
    bar.empty()
    return task_set
