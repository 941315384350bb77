"""Brings a database to the layout of today: tables, columns, numbers of events, counts of turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..errors import WorkspaceError
from .connection import Database, chunks
from .schema import ANSWERS, EVENTS, METADATA, SHOWN, TURNS
from .settings import SettingStore
from .turns import answer_row, readable_turn, shown_rows

_SCHEMA_VERSION = 1
# What the statistics over items are read from. A database of an earlier version gets it, too.
_BY_ITEM = sa.text('CREATE INDEX IF NOT EXISTS ix_events_item ON events (item, "user", at, kind, value)')
_OPENING: Mapping[str, Sequence[sa.TextClause]] = {
    "sqlite": (),
    # Two that open an empty or an older database at once would both make what it lacks.
    "postgresql": (sa.text("SELECT pg_advisory_xact_lock(hashtext('sommelier'))"),),
}
_PREPARATIONS: Mapping[str, Sequence[sa.TextClause]] = {
    "sqlite": (_BY_ITEM,),
    "postgresql": (
        sa.text("ALTER TABLE events ADD COLUMN IF NOT EXISTS arrival BIGINT GENERATED ALWAYS AS IDENTITY"),
        sa.text('CREATE INDEX IF NOT EXISTS ix_events_user_arrival ON events ("user", arrival)'),
        _BY_ITEM,
    ),
}


def prepare(database: Database) -> None:
    """Make what the database lacks. Raises WorkspaceError when it is of another version of the layout."""
    with database.write() as connection:
        for statement in _OPENING[database.dialect]:
            connection.execute(statement)
        _number_events(connection)
        METADATA.create_all(connection)
        _add_columns(connection)
        for statement in _PREPARATIONS[database.dialect]:
            connection.execute(statement)
        _count_turns(connection)
    _check_version(database, SettingStore(database))


def _check_version(database: Database, settings: SettingStore) -> None:
    version = settings.get("schema_version")
    if version is None:
        settings.put("schema_version", _SCHEMA_VERSION)
    elif version != _SCHEMA_VERSION:
        raise WorkspaceError(
            f"The database {database.place} has layout {version}, this version reads "
            f"{_SCHEMA_VERSION}. Use the version that wrote it, or ingest into a new workspace."
        )


def _number_events(connection: Connection) -> None:
    """Give the events of an SQLite database of an earlier day numbers of their own: its row ids are given again."""
    inspector = sa.inspect(connection)
    if connection.dialect.name != "sqlite" or not inspector.has_table("events"):
        return
    names = [column["name"] for column in inspector.get_columns("events")]
    if "arrival" in names:
        return
    for index in inspector.get_indexes("events"):
        connection.execute(sa.text(f'DROP INDEX "{index["name"]}"'))
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(sa.text("ALTER TABLE events RENAME TO events_unnumbered"))
    EVENTS.create(connection)
    connection.execute(sa.text(f"INSERT INTO events (arrival, {listed}) SELECT rowid, {listed} FROM events_unnumbered"))
    connection.execute(sa.text("DROP TABLE events_unnumbered"))


def _add_columns(connection: Connection) -> None:
    """Bring a database of an earlier day up to date: what was added since may be empty in every old row."""
    inspector = sa.inspect(connection)
    for table in METADATA.sorted_tables:
        there = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there and not column.primary_key:  # events are numbered apart
                kind = column.type.compile(connection.dialect)
                connection.execute(sa.text(f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {kind}'))


def _count_turns(connection: Connection) -> None:
    """Count the turns of an earlier day, too. Who wrote their sentences was not kept."""
    uncounted = sa.select(TURNS.c.id).where(~sa.exists().where(ANSWERS.c.turn == TURNS.c.id))
    for ids in chunks(connection.execute(uncounted).scalars().all()):
        rows = connection.execute(sa.select(TURNS).where(TURNS.c.id.in_(ids)))
        turns = [turn for row in rows if (turn := readable_turn(row))]
        if turns:
            connection.execute(sa.insert(ANSWERS), [answer_row(turn, ()) for turn in turns])
        if shown := [row for turn in turns for row in shown_rows(turn)]:
            connection.execute(sa.insert(SHOWN), shown)
