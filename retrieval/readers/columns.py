"""Which column of a file is which field, and what type the remaining columns are.

Knows the usual names of columns, the `--map` entries and the schema that is shown and stored.
Does not read files or values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

from ..catalogue import EVENT_KINDS, CatalogueError

Table: TypeAlias = Literal["items", "events", "users"]

ColumnType: TypeAlias = Literal[
    "integer", "number", "flag", "date", "category", "categories", "text", "nested", "empty"
]
"""How an attribute is read. Text joins the item's description; nested and empty columns are not loaded."""

CONTEXT_FIELDS = ("place", "device", "session", "query")
"""Columns of an events file that go into the event's context."""

_ITEM_IDS = ("itemid", "movieid", "asin", "parentasin", "productid", "bookid", "trackid", "gameid", "articleid", "sku")
_USER_IDS = ("userid", "reviewerid", "customerid", "viewerid", "memberid", "uid")

FIELDS: Mapping[Table, Mapping[str, tuple[str, ...]]] = {
    "items": {
        "id": ("id", *_ITEM_IDS, "isbn"),
        "title": ("title", "name", "itemname", "itemtitle", "productname", "movietitle"),
        "text": ("text", "description", "overview", "plot", "summary", "synopsis", "abstract"),
    },
    "events": {
        "user": ("user", *_USER_IDS),
        "item": ("item", *_ITEM_IDS),
        "kind": ("kind", "event", "eventtype", "type", "action", "interaction", "behavior", "behaviour"),
        "value": ("value", "rating", "stars", "score", "overall"),
        "at": ("at", "timestamp", "time", "datetime", "date", "unixreviewtime", "createdat", "eventtime", "ts"),
        "position": ("position", "pos", "step"),
        "id": ("id", "eventid"),
        "context": ("context",),
        **{name: (name,) for name in CONTEXT_FIELDS},
    },
    "users": {"id": ("id", "user", *_USER_IDS)},
}
"""Table -> field -> the column names it goes by, best first (lower case, letters and digits only)."""

REQUIRED: Mapping[Table, tuple[str, ...]] = {"items": ("id", "title"), "events": ("user", "item"), "users": ("id",)}


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute of the catalogue: the column it comes from, its type, and what was seen of it."""

    name: str
    source: str
    type: ColumnType
    filled: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file was understood to hold: field -> column, and the typed attribute columns."""

    fields: Mapping[str, str]
    columns: tuple[Column, ...]

    def table(self) -> list[tuple[str, str, str, str]]:
        """Rows to show: (name, column, type, examples)."""
        fixed = [(name, column, "field", "") for name, column in self.fields.items()]
        return fixed + [(each.name, each.source, each.type, ", ".join(each.examples)) for each in self.columns]

    def types(self) -> dict[str, ColumnType]:
        """Attribute -> type."""
        return {column.name: column.type for column in self.columns}

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Schema:
        """The schema that `to_json` wrote."""
        columns = (Column(**{**each, "examples": tuple(each["examples"])}) for each in stored["columns"])
        return Schema(dict(stored["fields"]), tuple(columns))


class FieldMap:
    """The `--map field=column` entries of one ingest.

    An entry may name its table (`events.item=asin`); without one it holds for every file where the field or an
    attribute can be meant and the column exists, except `id`, which is the id of the first of items, users, events
    that has the column. `kind=purchase` gives every event that kind. Any other field name renames an attribute.
    """

    def __init__(self, entries: Sequence[str] | Mapping[str, str] = ()) -> None:
        pairs = entries.items() if isinstance(entries, Mapping) else [_entry(each) for each in entries]
        self._entries = {field.strip(): column.strip() for field, column in pairs}
        self._used: set[str] = set()
        self._seen: set[str] = set()

    def assign(self, table: Table, columns: Collection[str]) -> dict[str, str]:
        """field -> column for a file with these columns: mapped, then by name. Attributes keep their names.

        Raises CatalogueError when a required field has no column or two fields are mapped to one column.
        """
        self._seen.update(columns)
        chosen = self._mapped(table, columns)
        free = [column for column in columns if column not in chosen.values()]
        for field, names in FIELDS[table].items():
            match = None if field in chosen else _find(names, free)
            if match is not None:
                chosen[field] = match
                free.remove(match)
        missing = [field for field in REQUIRED[table] if field not in chosen]
        if missing:
            raise CatalogueError(
                f"The {table} file has no column for {missing[0]!r}; it has {', '.join(columns)}. "
                f"Say which one it is with --map {table}.{missing[0]}=COLUMN."
            )
        return chosen

    def constant_kind(self, columns: Collection[str]) -> str | None:
        """The kind that `--map kind=KIND` gives to all events, if it names a kind and not a column."""
        for entry in ("events.kind", "kind"):
            kind = self._entries.get(entry)
            if kind in EVENT_KINDS and kind not in columns:
                self._used.add(entry)
                return kind
        return None

    def check_used(self) -> None:
        """Raise CatalogueError if an entry named a column that no file has."""
        for entry, column in self._entries.items():
            if entry not in self._used and not (entry == "id" and column in self._seen):
                known = ", ".join(sorted(self._seen))
                raise CatalogueError(f"--map {entry}={column}: no file has a column {column!r}; there are {known}.")

    def _mapped(self, table: Table, columns: Collection[str]) -> dict[str, str]:
        chosen: dict[str, str] = {}
        for entry, column in self._entries.items():
            field = self._field(entry, table)
            if field is None or column not in columns:
                continue
            if column in chosen.values():
                raise CatalogueError(f"--map {entry}={column}: the column {column!r} is mapped twice.")
            chosen[field] = column
            self._used.add(entry)
        return chosen

    def _field(self, entry: str, table: Table) -> str | None:
        """The field of `table` that an entry speaks of, or None if it speaks of another table."""
        named, _, field = entry.rpartition(".")
        if named in get_args(Table):
            return field if named == table else None
        if entry == "id" and "id" in self._used:
            return None
        elsewhere = any(entry in FIELDS[other] for other in get_args(Table))
        renames = table != "events" and not elsewhere
        return entry if entry in FIELDS[table] or renames else None


def _entry(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not (equals and field.strip() and column.strip()):
        raise CatalogueError(f"--map {text}: write it as field=column, for example --map id=asin.")
    return field, column


def _find(names: Sequence[str], columns: Sequence[str]) -> str | None:
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_plain(column), column)
    return next((by_name[name] for name in names if name in by_name), None)


def _plain(column: str) -> str:
    """`Item_ID:token` -> `itemid`: RecBole files carry the type after a colon."""
    return re.sub(r"[^a-z0-9]", "", column.partition(":")[0].lower())
