"""How to reach a database: addresses, connections, and what to say when it does not work.

One rule: an address may hold a password, so no message repeats one; `place` is what people are shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from time import monotonic, sleep

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from elicit.errors import StoreError
from elicit.settings import data_directory

BUSY_TIMEOUT_MS = 60_000  # a writer waits this long for another one; storing 240 MB takes a few seconds
CONNECT_TIMEOUT_S = 10
# As many connections as a server has threads: none waits for one while it keeps others waiting.
POOL = {"pool_size": 10, "max_overflow": 30}
WAYS_OUT = {
    "file is not a database": "Give ELICIT_DATABASE_URL another file",
    "readonly database": "Make the file and its directory writable, or give ELICIT_DATABASE_URL another file",
    "unable to open": "Check that the file and its directory can be read and written",
    "disk is full": "Free some space: nothing was stored",
    "disk I/O error": "Check the disk and the limits on file sizes: nothing was stored",
    "database is locked": "Another program holds it: try again when it is done",
    "lock timeout": "Other programs use the database: stop them while it is brought up to date, or try again",
    "connection": "Check that the server runs and that ELICIT_DATABASE_URL names its host, user and database",
}


def database_url(address: str) -> URL:
    """The address of a SQLite file or a PostgreSQL database; raises `StoreError` for any other."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise StoreError(
            "ELICIT_DATABASE_URL must read sqlite:///FILE or postgresql://USER@HOST/DATABASE; got what is no address"
        ) from None
    if "@" in f"{url.host}{url.database}" and url.drivername != "sqlite":
        raise StoreError("ELICIT_DATABASE_URL: in a user name or password, write @ as %40 and / as %2F")
    match url.drivername.partition("+")[0]:
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(drivername="sqlite")
    raise StoreError(f"ELICIT_DATABASE_URL must name a SQLite file or a PostgreSQL database, got {url.drivername!r}")


def place(url: URL) -> str:
    """The address as people may see it: without password or options."""
    if file := sqlite_file(url):
        return str(file)
    host = url.host or url.query.get("host", "localhost")
    return f"postgresql://{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def sqlite_file(url: URL) -> Path | None:
    """The file behind a SQLite address."""
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def connect(url: URL, *, foreign_keys: bool = True) -> Engine:
    """An engine for this address; `foreign_keys` tells SQLite whether to enforce them."""
    return postgres_engine(url) if sqlite_file(url) is None else sqlite_engine(url, foreign_keys=foreign_keys)


def postgres_engine(url: URL) -> Engine:
    """An engine that gives up on a server that does not answer."""
    timeout = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT_S}
    try:
        return create_engine(url, connect_args=timeout, **POOL)
    except ImportError as error:
        raise StoreError("PostgreSQL needs the psycopg package: pip install 'elicit[postgres]'") from error


def sqlite_engine(url: URL, *, foreign_keys: bool) -> Engine:
    """An engine whose readers and writers do not block each other, and whose transactions cover DDL too."""
    engine = create_engine(url, **POOL)
    event.listen(engine, "connect", set_up_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    if foreign_keys:
        event.listen(engine, "connect", enforce_foreign_keys)
    return engine


def set_up_sqlite(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
    """Settings that SQLite keeps for each connection, the waiting time first: the others may have to wait."""
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")


def write_ahead(connection: SqliteConnection) -> None:
    """Switch a file to its write-ahead log: where two processes do so at once, SQLite fails one without waiting."""
    give_up_at = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except SqliteError as error:
            if "locked" not in str(error) or monotonic() >= give_up_at:
                raise
            sleep(0.02)
        else:
            return


def enforce_foreign_keys(connection: SqliteConnection, _: ConnectionPoolEntry) -> None:
    """Have SQLite check references and follow ON DELETE."""
    connection.execute("PRAGMA foreign_keys = ON")


def begin_sqlite(connection: Connection) -> None:
    """Begin a transaction, as a writer at once where the engine's option says so; the driver leaves out DDL."""
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def writer(engine: Engine) -> Engine:
    """The same engine for transactions that write: on SQLite they wait for each other before they begin."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def insert_into(session: Session, table: type[DeclarativeBase]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, as SQLAlchemy's own does not."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgres else sqlite.insert(table)


def make_directory(url: URL) -> None:
    """Make elicit's own data directory; raise `StoreError` where the directory of another file is missing."""
    file = sqlite_file(url)
    try:
        if file and file.parent == data_directory():
            file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{file}: its directory cannot be made: {error.strerror}") from error
    if file and not file.parent.is_dir():
        raise StoreError(f"{file}: there is no directory {file.parent}")


@contextmanager
def told_plainly(url: URL) -> Iterator[None]:
    """Raise what a database refuses as a `StoreError` that says where, why and what to do."""
    try:
        yield
    except (DBAPIError, SqliteError) as error:
        why = " ".join(str(getattr(error, "orig", error)).split())
        way_out = next((f". {advice}." for sign, advice in WAYS_OUT.items() if sign in why), "")
        raise StoreError(f"{place(url)}: {why}{way_out}") from error
