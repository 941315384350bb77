"""Settings: what the parts of a workspace keep for themselves in its database.

Each is declared once, as a `Setting`, by the part that knows what it means; `tests/agent/memory/test_setting_store.py`
lists them all. Knows how they are stored and checked, not what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from ..errors import WorkspaceError
from .connection import Database
from .connection import replace as insert_or_replace
from .schema import SETTINGS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """What is kept under `key`: a value of the type `kind` (a plain type, a dataclass, or any of these in a container),
    and `default` until one is put."""

    key: str
    kind: Any
    default: T

    def of(self, name: str) -> Setting[T]:
        """One of several of its kind."""
        return replace(self, key=f"{self.key}:{name}")


class SettingStore:
    """The settings of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, setting: Setting[T]) -> T:
        """What was put last, else the default. Raises WorkspaceError where what is stored is of another kind."""
        with self._database.read() as connection:
            stored = sa.select(SETTINGS.c.value).where(SETTINGS.c.key == setting.key)
            row = connection.execute(stored).one_or_none()
        if row is None:
            return setting.default
        try:
            value: T = _adapter(setting.kind).validate_python(row.value)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise WorkspaceError(
                f"The setting {setting.key!r} in the database {self._database.place} cannot be read: "
                f"{place and place + ': '}{first['msg']}. Delete its row from the table settings; what wrote it "
                "writes it anew."
            ) from error
        return value

    def put(self, setting: Setting[T], value: T) -> None:
        """Store a value, in the place of the one before."""
        row = {"key": setting.key, "value": _adapter(setting.kind).dump_python(value, mode="json")}
        with self._database.write() as connection:
            connection.execute(insert_or_replace(connection, SETTINGS), row)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a type, or what stands for one
    return TypeAdapter(kind)
