"""Whatever is sent as an upload: never a failure of the server, and what is said to be stored is what is stored."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from serving import new_project, served

from elicit.api.uploads import BATCH_LINES, Batches, outputs_of
from elicit.errors import InvalidInput
from elicit.settings import ServerSettings
from elicit.store.service import submissions
from elicit.store.service_models import Submission
from elicit.wiring import first_key, opened

N_TASKS = 40
NASTY = [
    b"{" * 100_000,
    b"[" * 3000 + b"]" * 3000,
    b"9" * 5000,
    b"NaN",
    b"null",
    b'"text"',
    b'{"task_id": "t0", "response": "\xed\xa0\x80"}',
    b'{"task_id": "t0", "response": "\\ud800"',
    b'{"task_id": "\\u0000", "response": ""}',
    b'{"task_id": "t0", "response": ["x"]}',
    b'{"task_id": "t0", "task_id": "t0"}',
    b'\xef\xbb\xbf\xef\xbb\xbf{"task_id": "t0", "response": "two marks"}',
    '{"task_id": "t0", "response": "x"}'.encode("utf-16"),
]
texts = st.text(st.characters(codec=None), max_size=60)
good = st.tuples(st.integers(0, N_TASKS - 1), texts)
blank = st.sampled_from([b"", b"\r", b"  \t"])
bad = st.one_of(
    st.sampled_from(NASTY), st.binary(min_size=1, max_size=80).map(lambda raw: b"{" + raw.replace(b"\n", b""))
)
ends = st.sampled_from([b"\n", b"\r\n"])
uploads = st.lists(st.tuples(st.one_of(good, good, good, blank, bad), ends), max_size=80)


def as_line(part):
    """A part of an upload as bytes; pairs are good lines, half characters escaped as JSON does."""
    if isinstance(part, bytes):
        return part
    return json.dumps({"task_id": f"t{part[0]}", "response": part[1]}).encode()


def mended(text):
    """The text as it is kept: halves that meet are a character, others are marked."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def expected(parts, held):
    """What an upload should leave of an upload's parts in what a submission holds; returns whether it is refused."""
    for part in parts:
        if isinstance(part, bytes):
            if part.strip():
                return True
        elif held.setdefault(part[0], mended(part[1])) != mended(part[1]):
            return True
    return False


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A project with tasks on a server; returns its store and a client."""
    database = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'elicit.db'}"
    with opened(ServerSettings(database)) as parts, served(parts) as url:
        server = new_project(parts, url, first_key(parts))
        with server.clients:
            http = server.http("submit")
            tasks = [{"task_id": f"t{n}", "prompt": "?"} for n in range(N_TASKS)]
            http.post("/task-sets", json={"name": "s", "tasks": tasks}).raise_for_status()
            yield server, http


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(first=uploads, second=uploads, cut=st.integers(0, 5000), cuts=st.lists(st.integers(1, 400), max_size=20))
def test_what_is_counted_is_what_is_stored(place, first, second, cut, cuts):
    server, http = place
    submission = http.post("/submissions", json={"agent": "a", "task_set": "s"}).json()["id"]
    held = {}
    for parts in (first, second):
        body = b"".join(as_line(part) + end for part, end in parts)
        answer = http.post(f"/submissions/{submission}/rows", content=chunks(body, cuts))
        refused = expected([part for part, _ in parts], held)
        assert answer.status_code in ({409, 422} if refused else {200}), answer.text
        assert answer.json()["received"] == len(held)
        assert stored(server, submission) == held
    body = b"".join(as_line(part) + end for part, end in first)[:cut]  # most often in the middle of a line
    assert http.post(f"/submissions/{submission}/rows", content=body).status_code in {200, 409, 422}
    now_held = stored(server, submission)
    assert held.items() <= now_held.items()
    assert http.get(f"/submissions/{submission}").json()["received"] == len(now_held)


def chunks(body, sizes):
    """The body in pieces of these sizes, the rest in one."""
    for size in sizes:
        yield body[:size]
        body = body[size:]
    yield body


def stored(server, submission):
    """What the database has for a submission, by the number of the task."""
    with server.parts.store.reading() as session:
        answers = submissions.answers(session, session.get(Submission, submission))
    return {int(task.removeprefix("t")): text for task, text in answers}


@settings(max_examples=300)
@given(body=st.binary(max_size=3000), cuts=st.lists(st.integers(1, 100)))
@example(body=b"\n" * (2 * BATCH_LINES + 1) + b"{}\n", cuts=[])
@example(body=b"\xef\xbb\xbf", cuts=[1, 1])
def test_bytes_are_cut_into_the_same_lines_however_they_come(body, cuts):
    whole, pieces = lines_of([body]), lines_of(chunks(body, cuts))
    assert whole == pieces
    marked = body.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    assert whole == [(number, line.strip()) for number, line in enumerate(marked, 1) if line.strip()]
    outputs, stopped = outputs_of(whole, most_rows=10**6)
    assert stopped is None or isinstance(stopped, InvalidInput)
    assert len(outputs) == len(whole) if stopped is None else len(outputs) < len(whole)


def lines_of(pieces):
    """The lines of a body, whatever batches they came in."""
    batches = Batches()
    full = [line for piece in pieces for batch in batches.feed(piece) for line in batch]
    return full + batches.last()
