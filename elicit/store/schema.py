"""The database's schema: which version it has, and how it comes up to this program's.

One rule: a database that is up to date is opened without Alembic, which takes longer to import than the whole command.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, inspect, text

from elicit.errors import StoreError
from elicit.store.engine import connect, place, sqlite_file, writer

if TYPE_CHECKING:
    from alembic.config import Config

PACKAGE = Path(__file__).parents[1]
LOCK_TIMEOUT_MS = 30_000  # for each lock that a migration asks PostgreSQL for; SQLite has its own
MIGRATION_LOCK = 0x656C_6963_6974  # "elicit": the key of PostgreSQL's advisory lock


def migrations() -> Path:
    """The folder of migrations: inside the installed package, or at the root of a checkout."""
    packaged = PACKAGE / "_migrations"
    return packaged if packaged.is_dir() else PACKAGE.parent / "migrations"


def revisions() -> list[str]:
    """All revisions this program knows, oldest first: the numbers that the files of migrations begin with."""
    return sorted(file.name.partition("_")[0] for file in (migrations() / "versions").glob("[0-9]*_*.py"))


def revision(connection: Connection) -> str | None:
    """The revision a database is at, `None` for a new one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def is_current(connection: Connection, url: URL) -> bool:
    """Whether a database is at the newest revision. Raises `StoreError` where it is at one of the future."""
    known, found = revisions(), revision(connection)
    if found not in {None, *known}:
        raise StoreError(
            f"{place(url)}: it was written by a newer elicit (schema {found}, this one knows {known[-1]}): "
            "upgrade elicit, or give ELICIT_DATABASE_URL another database"
        )
    return found == known[-1]


def bring_up_to_date(url: URL) -> None:
    """Bring a database to the newest revision, unless it is there.

    A SQLite file that holds anything is copied aside first, as `FILE.before-REVISION`.
    """
    engine = connect(url, foreign_keys=False)  # altering a table may drop it: what refers to its rows must survive
    try:
        with engine.connect() as connection:
            current = is_current(connection, url)
        if not current:
            upgrade(engine, url)
    finally:
        engine.dispose()


def upgrade(engine: Engine, url: URL) -> None:
    """Migrate in one transaction that keeps other processes waiting."""
    with writer(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            # Waiting longer would keep everybody waiting who comes after: a lock that is asked for stops new readers.
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if not is_current(connection, url):  # another process may have been first
            copy_aside(connection, url)
            run_migrations(connection)


def copy_aside(connection: Connection, url: URL) -> None:
    """Copy a SQLite file that has tables, as it was before this transaction."""
    if (file := sqlite_file(url)) and inspect(connection).get_table_names():
        copy = f"{file}.before-{revisions()[-1]}"
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)


def run_migrations(connection: Connection) -> None:
    """Let Alembic work on an open transaction."""
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config() -> "Config":
    """Alembic's settings; there is no alembic.ini to find, to ship or to edit."""
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # by default that of the moment of its import, which may be closed by now
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config
