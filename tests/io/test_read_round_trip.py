"""Whatever text agents write, every format gives the same evaluation."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elicit.io import from_rows, read

ids = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(str.strip)
answers = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def long_tables(draw):
    """Rows of at least two agents who both answer the first task; other cells may be lacking."""
    tasks = draw(st.lists(ids, min_size=1, max_size=4, unique=True))
    agents = draw(st.lists(ids, min_size=2, max_size=4, unique=True))
    cells = [(task, agent) for task in tasks for agent in agents]
    kept = [cell for n, cell in enumerate(cells) if n < 2 or draw(st.booleans())]
    return [{"task_id": task, "agent": agent, "response": draw(answers), "prompt": task} for task, agent in kept]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=long_tables(), name=st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet"]), zipped=st.booleans()
)
def test_a_table_survives_every_format(write, rows, name, zipped):
    evaluation = read([write(name + ".gz" * zipped, rows)])
    assert replace(evaluation, sources=()) == from_rows(rows)
    assert evaluation.tasks[0].prompt == rows[0]["prompt"]
