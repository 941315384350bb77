"""The catalogue: items, and what is known of users beside their events."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...retrieval.catalogue import AttributeValue, Item, User
from ..errors import UnknownItemError
from .connection import Database, chunks, replace, to_json
from .schema import EVENTS, ITEMS, USERS


@dataclass(frozen=True, slots=True)
class Changes:
    """What an upsert did: the ids that are new, those whose content changed, and how many stayed as they were."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int

    @property
    def ids(self) -> tuple[str, ...]:
        """Everything that is not as it was before."""
        return self.new + self.changed


class CatalogueStore:
    """Items and users of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def upsert_items(self, items: Iterable[Item]) -> Changes:
        """Add items or replace those whose content differs, in one transaction."""
        rows = {item.id: _item_row(item) for item in items}
        return self._upsert_rows(ITEMS, rows, ITEMS.c.content_hash, lambda row: row["content_hash"])

    def delete_items(self, ids: Iterable[str]) -> int:
        """Remove items; return how many were there. Their events stay."""
        with self._database.write() as connection:
            return sum(
                connection.execute(sa.delete(ITEMS).where(ITEMS.c.id.in_(chunk))).rowcount for chunk in chunks(ids)
            )

    def items(self) -> list[Item]:
        """The catalogue, by id."""
        columns = ITEMS.c
        statement = sa.select(columns.id, columns.title, columns.text, columns.attributes).order_by(columns.id)
        with self._database.read() as connection:
            return [Item(*row[:3], _attributes(row[3])) for row in connection.execute(statement)]

    def item(self, id: str) -> Item:
        """One item. Raises UnknownItemError."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(ITEMS).where(ITEMS.c.id == id)).one_or_none()
        if row is None:
            raise UnknownItemError(f"There is no item {id!r} in the catalogue.")
        return Item(row.id, row.title, row.text, _attributes(row.attributes))

    def item_ids(self) -> set[str]:
        """The ids of all items."""
        with self._database.read() as connection:
            return set(connection.execute(sa.select(ITEMS.c.id)).scalars())

    def upsert_users(self, users: Iterable[User]) -> Changes:
        """Add users or replace the attributes of those that differ, in one transaction."""
        rows = {user.id: {"id": user.id, "attributes": dict(user.attributes)} for user in users}
        return self._upsert_rows(USERS, rows, USERS.c.attributes, lambda row: _stored(row["attributes"]))

    def users(self) -> list[User]:
        """Everyone with attributes or events, by id."""
        everyone = sa.union(sa.select(USERS.c.id), sa.select(EVENTS.c.user)).subquery()
        statement = (
            sa.select(everyone.c.id, USERS.c.attributes)
            .select_from(everyone.outerjoin(USERS, USERS.c.id == everyone.c.id))
            .order_by(everyone.c.id)
        )
        with self._database.read() as connection:
            return [User(id, _attributes(attributes or {})) for id, attributes in connection.execute(statement)]

    def user(self, id: str) -> User:
        """One user; someone who never said anything is a user without attributes."""
        with self._database.read() as connection:
            found = connection.execute(sa.select(USERS.c.attributes).where(USERS.c.id == id)).scalar()
        return User(id, _attributes(found or {}))

    def _upsert_rows(
        self, table: sa.Table, rows: Mapping[str, dict[str, Any]], column: sa.Column[Any],
        content: Callable[[dict[str, Any]], object],
    ) -> Changes:  # fmt: skip
        with self._database.write() as connection:
            known: dict[str, object] = {}
            for chunk in chunks(rows):
                found = connection.execute(sa.select(table.c.id, column).where(table.c.id.in_(chunk)))
                known.update((row[0], row[1]) for row in found)
            new = tuple(id for id in rows if id not in known)
            changed = tuple(id for id, before in known.items() if before != content(rows[id]))
            if new or changed:
                connection.execute(replace(connection, table), [rows[id] for id in new + changed])
        return Changes(new, changed, len(rows) - len(new) - len(changed))


def content_hash(item: Item) -> str:
    """SHA-256 (hex) over everything that an item says; equal content, equal hash."""
    content = [item.title, item.text, sorted(_stored(item.attributes).items())]
    return hashlib.sha256(to_json(content).encode()).hexdigest()


def _item_row(item: Item) -> dict[str, Any]:
    return {"id": item.id, "title": item.title, "text": item.text, "attributes": _stored(item.attributes),
            "content_hash": content_hash(item)}  # fmt: skip


def _stored(attributes: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Attributes as JSON gives them back: tuples as lists."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in attributes.items()}


def _attributes(stored: Mapping[str, Any]) -> dict[str, AttributeValue]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
