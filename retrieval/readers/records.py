"""Items, users and events made from the rows of a team's own files.

Knows which values a record needs and why a row is not one. Does not know files' formats, SQL or how much is loaded.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from ..catalogue import EVENT_KINDS, AttributeValue, Event, EventKind, Item, User
from .columns import CONTEXT_FIELDS, FIELDS, FieldMap, Schema, Table
from .inference import ColumnSample, is_missing, read_attribute
from .moments import parse_moment
from .rejects import RAW_LIMIT, Reason, Reject
from .sources import Row, is_storable, read_columns, read_rows

ItemOrReject: TypeAlias = "Item | Reject"
UserOrReject: TypeAlias = "User | Reject"
EventOrReject: TypeAlias = "Event | Reject"
Record = TypeVar("Record", Item, User, Event)

_LARGEST = 2**53
"""Whole numbers up to here are the same in Python, JSON and every database."""


class _BadRowError(ValueError):
    """Carries a reject's reason, detail and field out of the code that reads one value."""

    def __init__(self, reason: Reason, detail: str = "", field: str | None = None) -> None:
        super().__init__(reason, detail, field)
        self.reason, self.detail, self.field = reason, detail, field


def infer_schema(path: Path, table: Table, fields: FieldMap, stored: Schema | None = None) -> Schema:
    """Read `path` once to learn its fields and the types of its attributes.

    `stored`, the schema of an earlier ingest, keeps types stable when a later file shows less of them.
    Raises CatalogueError when the file cannot be read or a required field has no column.
    """
    columns = read_columns(path)
    if not columns:
        return Schema({}, ())
    assigned = fields.assign(table, columns)
    sources = _attribute_sources(assigned, table, columns)
    samples = {name: ColumnSample() for name in sources}
    for row in read_rows(path):
        if isinstance(row, Row):
            for name, source in sources.items():
                samples[name].add(row.values.get(source))
    earlier = stored.types() if stored else {}
    found = tuple(samples[name].column(name, source, earlier.get(name)) for name, source in sources.items())
    return Schema({field: column for field, column in assigned.items() if field in FIELDS[table]}, found)


def _attribute_sources(assigned: Mapping[str, str], table: Table, columns: Collection[str]) -> dict[str, str]:
    renamed = {column: field for field, column in assigned.items()}
    names = {renamed.get(column, column): column for column in columns}
    return {name: column for name, column in names.items() if name not in FIELDS[table] and name}


def describe_items(items: Iterable[Item]) -> Schema:
    """The schema of items that did not come from one table, judged by their attributes."""
    samples: dict[str, ColumnSample] = {}
    for item in items:
        for name, value in item.attributes.items():
            samples.setdefault(name, ColumnSample()).add(list(value) if isinstance(value, tuple) else value)
    return Schema({}, tuple(sample.column(name, name) for name, sample in samples.items()))


def read_items(path: Path, schema: Schema) -> Iterator[ItemOrReject]:
    """Items of `path` as `schema` says. The first row with an id wins; later ones are rejected."""

    def build(row: Row, identity: str) -> Item:
        written = row.values.get(schema.fields["title"])
        title = written.strip() if isinstance(written, str) else _text(written)  # a film may be called "Null"
        if not title:
            raise _BadRowError("missing title", field=schema.fields["title"])
        prose = [_text(row.values.get(schema.fields.get("text", "")))]
        prose += [_text(row.values.get(each.source)) for each in schema.columns if each.type == "text"]
        return Item(identity, title, "\n".join(filter(None, prose)), _attributes(row, schema, with_text=False))

    return _read_identified(path, schema, build)


def read_users(path: Path, schema: Schema) -> Iterator[UserOrReject]:
    """Users of `path` as `schema` says."""

    def build(row: Row, identity: str) -> User:
        return User(identity, _attributes(row, schema, with_text=True))

    return _read_identified(path, schema, build)


def row_id(values: Mapping[str, Any], schema: Schema) -> str:
    """The id that a row states, "" if none."""
    return _identity(values.get(schema.fields.get("id", "")))


def derive_event_id(
    user: str, item: str | None, kind: str, value: float | None, at: datetime | None, position: int | None
) -> str:
    """The id of an event that came without one: equal for equal facts, so that loading a file again adds nothing."""
    moment = at.isoformat() if at else ""
    facts = "\x1f".join((user, item or "", kind, "" if value is None else repr(float(value)), moment,
                         "" if position is None else str(position)))  # fmt: skip
    return "e" + hashlib.blake2b(facts.encode(), digest_size=12).hexdigest()


def read_events(path: Path, fields: FieldMap, items: Collection[str]) -> Iterator[EventOrReject]:
    """Events of `path`. `items` are the known item ids; an event on another item is rejected.

    Without a kind column an event is a "rating" if the file has values, else "seen". A log with neither times nor
    positions is taken in file order within each user. Raises CatalogueError as `infer_schema`.
    """
    columns = read_columns(path)
    if not columns:
        return (row for row in read_rows(path) if isinstance(row, Reject))
    assigned = fields.assign("events", columns)
    reader = _EventReader(assigned, fields.constant_kind(columns), items)
    return _read_each(path, reader.read)


def _read_identified(path: Path, schema: Schema, build: Callable[[Row, str], Record]) -> Iterator[Record | Reject]:
    seen: set[str] = set()

    def read(row: Row) -> Record:
        identity = row_id(row.values, schema)
        if not identity:
            raise _BadRowError("missing id", field=schema.fields["id"])
        if identity in seen:
            raise _BadRowError("duplicate id", identity, schema.fields["id"])
        record = build(row, identity)
        seen.add(identity)
        return record

    return _read_each(path, read)


def _read_each(path: Path, read: Callable[[Row], Record]) -> Iterator[Record | Reject]:
    for row in read_rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            yield read(row)
        except _BadRowError as bad:
            raw = json.dumps(row.values, default=str, ensure_ascii=False)[:RAW_LIMIT]
            yield Reject(path.name, row.line, bad.reason, bad.detail, bad.field, raw, row.values)


class _EventReader:
    """Turns rows into events; remembers given ids and, in a log without order, how far each user has come."""

    def __init__(self, assigned: Mapping[str, str], constant_kind: str | None, items: Collection[str]) -> None:
        self._column = assigned
        self._user, self._item, self._id = assigned["user"], assigned["item"], assigned.get("id")
        self._at, self._position = assigned.get("at"), assigned.get("position")
        self._default_kind = constant_kind or ("rating" if "value" in assigned else "seen")
        self._kind = None if constant_kind else assigned.get("kind")
        self._context = {name: assigned[name] for name in CONTEXT_FIELDS if name in assigned}
        self._items = items
        self._seen: set[str] = set()
        self._next: defaultdict[str, int] | None = None if self._at or self._position else defaultdict(int)

    def read(self, row: Row) -> Event:
        """The event of one row. Raises _BadRowError."""
        values = row.values
        user = _identity(values.get(self._user))
        if not user:
            raise _BadRowError("missing user", field=self._user)
        kind = self._read_kind(values)
        item = self._read_item(values, kind)
        value = self._read_value(values, kind)
        at = _moment(values.get(self._at), self._at) if self._at else None
        context = self._read_context(values)
        position = self._read_position(values, user)
        identity = self._read_id(values) or derive_event_id(user, item, kind, value, at, position)
        return Event(identity, user, item, kind, value, at, position, context)

    def _read_kind(self, values: Mapping[str, Any]) -> EventKind:
        kind = self._default_kind if self._kind is None else str(values.get(self._kind) or "").strip().lower()
        if kind not in EVENT_KINDS:
            raise _BadRowError("unknown kind", f"{kind[:40]!r} is none of {', '.join(sorted(EVENT_KINDS))}", self._kind)
        return cast(EventKind, kind)

    def _read_item(self, values: Mapping[str, Any], kind: str) -> str | None:
        item = _identity(values.get(self._item))
        if item and item not in self._items:
            raise _BadRowError("unknown item", item, self._item)
        if not item and kind != "search":
            raise _BadRowError("missing item", field=self._item)
        return item or None

    def _read_value(self, values: Mapping[str, Any], kind: str) -> float | None:
        column = self._column.get("value")
        written = values.get(column) if column else None
        if kind != "rating" and (written is None or written == ""):
            return None
        try:
            number = float(written)  # type: ignore[arg-type]  # what float() refuses is what is rejected
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise _BadRowError("not a number", f"the value is {str(written)[:40]!r}", column)
        return number

    def _read_position(self, values: Mapping[str, Any], user: str) -> int | None:
        if self._next is not None:
            self._next[user] += 1
            return self._next[user] - 1
        written = values.get(self._position) if self._position else None
        if is_missing(written):
            return None
        try:
            number = float(cast(Any, written))
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not (number.is_integer() and abs(number) < _LARGEST):
            raise _BadRowError("not a whole number", str(written)[:40], self._position)
        return int(number)

    def _read_context(self, values: Mapping[str, Any]) -> dict[str, str]:
        context = _object(values.get(self._column["context"]), "context") if "context" in self._column else {}
        for name, column in self._context.items():
            if not is_missing(values.get(column)):
                context[name] = _text(values[column])
        return context

    def _read_id(self, values: Mapping[str, Any]) -> str:
        identity = _identity(values.get(self._id)) if self._id else ""
        if identity in self._seen:
            raise _BadRowError("duplicate id", identity, self._id)
        if identity:
            self._seen.add(identity)
        return identity


def _moment(written: object, column: str) -> datetime | None:
    if is_missing(written):
        return None
    try:
        return parse_moment(written)
    except ValueError as error:
        raise _BadRowError("unparsable date", str(error), column) from error


def _object(written: object, column: str) -> dict[str, str]:
    if is_missing(written):
        return {}
    try:
        found = json.loads(written) if isinstance(written, str) else written
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _BadRowError("not a JSON object", str(written)[:40], column)
    context = {str(key): _text(value) for key, value in found.items() if not is_missing(value)}
    if not all(map(is_storable, chain(context, context.values()))):
        raise _BadRowError("broken UTF-8", field=column)
    return context


def _attributes(row: Row, schema: Schema, *, with_text: bool) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    for column in schema.columns:
        if column.type == "text" and not with_text:
            continue
        value = read_attribute(row.values.get(column.source), column.type)
        if value is not None:
            attributes[column.name] = value
    return attributes


def _identity(value: object) -> str:
    """An id as text: whole floats lose their ".0", which pandas adds when a column has gaps."""
    if isinstance(value, str):
        text = value.strip()
        return "" if text.lower() in ("", "nan", "null", "\\n") else text
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return str(value)


def _text(value: object) -> str:
    if is_missing(value):
        return ""
    if isinstance(value, list):
        return " ".join(filter(None, map(_text, value)))
    return str(value).strip()
