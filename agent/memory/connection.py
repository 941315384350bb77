"""One database behind all stores: its connections, who may write when, and what its failures are called.

In SQLite a commit is on disk before a method returns (WAL, synchronous=FULL) and what is deleted is overwritten
(secure_delete). Knows no tables.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url

from ..errors import ConfigError, WorkspaceError
from ..extras import require

BUSY_SECONDS = 30
"""How long a writer waits for another process before it gives up."""
CHUNK = 500
"""How many ids are asked for at once."""

_INSERTS: Mapping[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
T = TypeVar("T")


class Database:
    """Connections to one SQLite file or PostgreSQL database; safe to share between threads.

    `url` is an SQLAlchemy URL: `sqlite:///PATH` or `postgresql+psycopg://...`. Any other is a ConfigError,
    and PostgreSQL without the extra `postgres` a MissingExtraError. Reading and
    writing raise WorkspaceError when the database cannot be reached, is damaged, stays locked or was closed.
    """

    def __init__(self, url: str) -> None:
        self._engine = _connect(url)
        # SQLite has one writer at a time: waiting here is fair and quick, waiting in SQLite is polling.
        self._writing = threading.RLock()
        self._closed = False

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def place(self) -> str:
        """Its URL, as a message may show it: without the password."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with."""
        self._check_open()
        with self._sayable(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection that may write; all of it is committed at the end, or nothing."""
        with self._writing, self._sayable():
            self._check_open()
            writer = self._engine.execution_options(writes=True)
            with writer.begin() as connection:
                yield connection

    def close(self) -> None:
        """Give all connections back; whatever is asked of it from then on is a WorkspaceError."""
        self._closed = True
        self._engine.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise WorkspaceError("The workspace has been closed.")

    @contextmanager
    def _sayable(self) -> Iterator[None]:
        """Turn a database's failures into one sentence."""
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
            raise WorkspaceError(
                f"The database {self.place} cannot be used: {error.orig}. Check that it exists, is not damaged "
                f"and that no other process holds it."
            ) from error


def insert_new(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows and leave alone those whose `id` is there; return how many were new."""
    if not rows:
        return 0
    insert = _INSERTS[connection.dialect.name](table)
    # The row count of a batch is not known in every database; what came back is.
    statement = insert.on_conflict_do_nothing(index_elements=["id"]).returning(table.c.id)
    return len(connection.execute(statement, rows).all())


def replace(connection: Connection, table: sa.Table) -> sa.Executable:
    """A statement that inserts rows, or overwrites those with the same primary key."""
    insert = _INSERTS[connection.dialect.name](table)
    keys = [column.name for column in table.primary_key]
    values = {column.name: insert.excluded[column.name] for column in table.c if column.name not in keys}
    return cast(sa.Executable, insert.on_conflict_do_update(index_elements=keys, set_=values))


def to_json(value: object) -> str:
    """JSON as the tables hold it: compact, no NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """`values` in lists of up to `size`."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _connect(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_driver_name() == "psycopg":
            require("postgres", "PostgreSQL")
        engine = sa.create_engine(parsed, json_serializer=to_json)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise ConfigError(f"The database URL {url!r} cannot be used ({error}).") from None
    if engine.dialect.name not in _INSERTS:
        raise ConfigError(f"The database must be SQLite or PostgreSQL, not {engine.dialect.name!r}.")
    if engine.dialect.name == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ConfigError("An SQLite database in memory would lose its events: give a file, sqlite:///PATH.")
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
    # The driver's own transaction handling is switched off: it would begin too late for BEGIN IMMEDIATE.
    connection.isolation_level = None
    for setting in (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON",
                    "cache_size=-65536", "temp_store=MEMORY", "foreign_keys=ON"):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once; one that reads first and writes later can fail however long it waits.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
