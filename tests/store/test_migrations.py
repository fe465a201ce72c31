"""The schema goes up and down, and a database in use survives it."""

import itertools
import shutil
import sqlite3
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from elicit.calls import Completion, Request, chat
from elicit.errors import StoreError
from elicit.services.budget import Ledger, Sum
from elicit.store import Store, schema
from elicit.store.engine import connect, database_url
from elicit.store.revise import revise
from elicit.store.service_models import Base

NEWEST = schema.revisions()[-1]
COMING = f"{int(NEWEST) + 1:04}"
NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "{COMING}"
down_revision = "{NEWEST}"


def upgrade() -> None:
    with op.batch_alter_table("runs") as batch:
        batch.add_column(sa.Column("title", sa.String()))
        batch.alter_column("seed", existing_type=sa.BigInteger(), nullable=True)  # SQLite makes the table anew


def downgrade() -> None:
    with op.batch_alter_table("runs") as batch:
        batch.alter_column("seed", existing_type=sa.BigInteger(), nullable=False)
        batch.drop_column("title")
"""


@contextmanager
def alembic_on(address):
    """Alembic's settings with a connection to this database, in a transaction."""
    config, engine = schema.alembic_config(), connect(database_url(address), foreign_keys=False)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        yield config
    engine.dispose()


@pytest.fixture
def own_migrations(tmp_path, monkeypatch):
    """A copy of the migrations that a test may add to."""
    folder = shutil.copytree(schema.migrations(), tmp_path / "100% own", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "migrations", lambda: folder)
    return folder / "versions"


def test_the_tables_are_what_the_migrations_make(store, address):
    with alembic_on(address) as config:
        command.check(config)


def test_the_names_of_the_migrations_tell_the_newest_revision():
    script = ScriptDirectory.from_config(schema.alembic_config())
    assert [step.revision for step in script.walk_revisions()] == schema.revisions()[::-1]


def test_a_database_with_runs_goes_down_to_nothing_and_up_again(store, address, responses, run_of):
    store.save(responses, run_of(responses))
    with alembic_on(address) as config:
        command.downgrade(config, "base")
        assert inspect(config.attributes["connection"]).get_table_names() == ["alembic_version"]
    run = run_of(responses)
    with Store.open(address) as again:
        again.save(responses, run)
        assert [summary.id for summary in again.runs()] == [run.id]
    with alembic_on(address) as config:
        command.check(config)


def test_every_migration_goes_down_and_up_with_data_in_all_tables(store, address):
    with alembic_on(address) as config:
        connection = config.attributes["connection"]
        for table in Base.metadata.sorted_tables:
            connection.execute(table.insert().values({column.name: some_value(column) for column in table.columns}))
    for step, below in itertools.pairwise([*reversed(schema.revisions()), "base"]):
        with alembic_on(address) as config:
            command.downgrade(config, below)
            left = set(inspect(config.attributes["connection"]).get_table_names()) - {"alembic_version"}
            command.upgrade(config, step)
            count = {
                name: config.attributes["connection"].scalar(text(f"SELECT count(*) FROM {name}")) for name in left
            }
            assert set(count.values()) <= {1}, count
            command.downgrade(config, below)
    with alembic_on(address) as config:
        command.upgrade(config, "head")
        command.check(config)


def some_value(column):
    """A value for a column; equal in all tables, so that rows refer to each other."""
    kinds = {str: "one", int: 1, float: 0.5, bool: True, bytes: b"one", datetime: datetime(2026, 11, 24, tzinfo=UTC)}
    return kinds.get(getattr(column.type, "impl", column.type).python_type, {})


def test_a_migration_does_not_wait_for_ever_for_a_lock(postgres_address, own_migrations, monkeypatch):
    Store.open(postgres_address).close()
    (own_migrations / f"{COMING}_titles.py").write_text(NEXT)
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_MS", 200)
    with psycopg.connect(postgres_address) as other:
        other.execute("LOCK TABLE runs IN ACCESS SHARE MODE")
        with pytest.raises(StoreError, match=r"lock timeout.*stop them while it is brought up to date"):
            Store.open(postgres_address)
    Store.open(postgres_address).close()


def test_an_older_database_comes_up_to_date_with_its_runs(store, address, responses, run_of, own_migrations):
    run = run_of(responses)
    store.save(responses, run)
    (own_migrations / f"{COMING}_titles.py").write_text(NEXT)
    with Store.open(address) as newer:
        assert newer.run("latest").result == run.result  # its agents too, though a table they refer to was made anew
    with alembic_on(address) as config:
        assert "title" in {column["name"] for column in inspect(config.attributes["connection"]).get_columns("runs")}
        command.downgrade(config, NEWEST)
    assert store.run("latest").result == run.result


def test_a_ledger_is_opened_for_every_started_plan_from_its_answers(store, address):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    for run_id in ("priced", "mixed", "nothing"):
        store.start_plan(run_id, {"name": run_id}, now)
    for number, (run_id, cost, attempts) in enumerate([("priced", 0.25, 3), ("mixed", 0.5, 1), ("mixed", None, 2)]):
        request = Request("openai/gpt", chat(("user", f"question {number}")))
        answer = Completion(request.key, "answer", None, cost=cost, attempts=attempts)
        store.add_completions(run_id, [(request, answer)], now)
    with alembic_on(address) as config:
        command.downgrade(config, "0002")
        assert "ledgers" not in inspect(config.attributes["connection"]).get_table_names()
    with Store.open(address) as newer:
        assert newer.ledger("priced") == Ledger(paid=Sum(3, 0.25))
        assert newer.ledger("mixed") == Ledger(paid=Sum(3, 0.5, unpriced=2))
        assert newer.ledger("nothing") == Ledger()
    with alembic_on(address) as config:
        command.check(config)


def test_a_file_is_copied_aside_before_it_is_changed(sqlite_address, tmp_path, responses, run_of, own_migrations):
    run = run_of(responses)
    with Store.open(sqlite_address) as store:
        store.save(responses, run)
    (own_migrations / f"{COMING}_titles.py").write_text(NEXT)
    Store.open(sqlite_address).close()
    (own_migrations / f"{COMING}_titles.py").unlink()
    with Store.open(f"sqlite:///{tmp_path}/elicit.db.before-{COMING}") as copy:
        assert copy.run("latest").result == run.result


def test_a_file_that_cannot_be_copied_is_left_alone(sqlite_address, tmp_path, own_migrations):
    Store.open(sqlite_address).close()
    (own_migrations / f"{COMING}_titles.py").write_text(NEXT)
    (tmp_path / f"elicit.db.before-{COMING}").mkdir()
    with pytest.raises(StoreError, match="unable to open database file"):
        Store.open(sqlite_address)
    (own_migrations / f"{COMING}_titles.py").unlink()
    Store.open(sqlite_address).close()


def test_a_new_file_is_not_copied(sqlite_address, tmp_path):
    Store.open(sqlite_address).close()
    assert [file.name for file in tmp_path.iterdir()] == ["elicit.db"]


def test_an_up_to_date_database_is_opened_without_alembic(address, monkeypatch):
    Store.open(address).close()
    for module in [name for name in sys.modules if name.partition(".")[0] == "alembic"]:
        monkeypatch.setitem(sys.modules, module, None)
    with Store.open(address) as store:
        assert store.runs() == []


def test_a_database_of_a_newer_elicit_is_refused(store, address, own_migrations):
    (own_migrations / f"{COMING}_titles.py").write_text(NEXT)
    Store.open(address).close()
    (own_migrations / f"{COMING}_titles.py").unlink()
    with pytest.raises(StoreError, match=rf"newer elicit \(schema {COMING}, this one knows {NEWEST}\): upgrade elicit"):
        Store.open(address)


def test_a_migration_that_fails_leaves_the_database_as_it_was(sqlite_address, tmp_path):
    file = tmp_path / "elicit.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE run_arrays (someone_elses INTEGER)")
    with pytest.raises(StoreError, match="run_arrays already exists"):
        Store.open(sqlite_address)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("run_arrays",)]


def test_the_next_migration_is_numbered_and_finds_nothing_to_do(own_migrations):
    revise("nothing new")
    assert schema.revisions()[-2:] == [NEWEST, COMING]
    assert "op." not in (own_migrations / f"{COMING}_nothing_new.py").read_text()


def test_what_alembic_prints_goes_to_the_output_of_the_day(capsys):
    schema.alembic_config().print_stdout("in order")
    assert capsys.readouterr().out == "in order\n"
