"""Settings: what the parts of a workspace keep for themselves, one JSON value per key."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .connection import Database, replace
from .schema import SETTINGS


class SettingStore:
    """The settings of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: object = None) -> Any:  # noqa: ANN401 - whatever JSON was put there
        """The JSON value stored under `key`, else `default`."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(SETTINGS.c.value).where(SETTINGS.c.key == key)).one_or_none()
        return default if row is None else row.value

    def put(self, key: str, value: object) -> None:
        """Store a JSON value under `key`."""
        with self._database.write() as connection:
            connection.execute(replace(connection, SETTINGS), {"key": key, "value": value})
