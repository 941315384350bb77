"""Brings a database to the layout of today: a new one is made as `schema` says, an older one is migrated.

Knows which revision is today's. Alembic is loaded only where there is something to do: it takes longer than opening.
"""

from __future__ import annotations

import threading

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..errors import WorkspaceError
from .connection import Database
from .schema import METADATA, REVISION

TODAY = "0007"
"""The revision of `schema`: that of the newest file in `migrations/versions`."""
_UNNUMBERED = "0001"
"""What databases without a revision have at least."""
_migrating = threading.Lock()  # what Alembic works on is the same for all threads


def prepare(database: Database) -> None:
    """Bring the database up to date. Raises WorkspaceError when a newer version of the code wrote it."""
    with database.read() as connection:
        if _revision(connection) == TODAY:
            return
    with database.write() as connection:
        _wait_for_others(connection)
        revision = _revision(connection)
        if revision is None and not sa.inspect(connection).has_table("events"):
            METADATA.create_all(connection)
            connection.execute(sa.insert(REVISION), {"version_num": TODAY})
        elif revision is None or revision < TODAY:
            _migrate(connection, revision)
        elif revision > TODAY:
            raise WorkspaceError(
                f"The database {database.place} has layout {revision}, which a newer version of Sommelier wrote; this "
                f"one knows layouts up to {TODAY}: update Sommelier, or ingest into a new workspace."
            )


def _wait_for_others(connection: Connection) -> None:
    """Two that open an empty or an older database at once would both make what it lacks. SQLite lets in one anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('sommelier'))"))


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(REVISION.name):
        return None
    return connection.execute(sa.select(REVISION.c.version_num)).scalar_one_or_none()


def _migrate(connection: Connection, revision: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "sommelier.agent.memory:migrations")
    with _migrating:
        if revision is None:
            command.stamp(config, _UNNUMBERED)
        command.upgrade(config, TODAY)
