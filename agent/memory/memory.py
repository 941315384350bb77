"""The workspace's memory: items, users, the event log, summaries, turns and settings, in SQL.

Knows tables and transactions. What is returned from here has been committed. Knows nothing about files, vectors,
profiles or language models. Events are never changed, only retracted whole by whoever made them, and they outlive
their items: an item that leaves the catalogue and comes back finds its history again, which is why no foreign key ties
the two.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from itertools import islice
from typing import Any, Literal, TypeVar, cast

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url

from ...retrieval.catalogue import EVENT_KINDS, AttributeValue, Event, EventKind, Item, User
from ...retrieval.readers.sources import is_storable
from ..errors import ConfigError, InvalidEventError, UnknownItemError, WorkspaceError
from ..llm.language_model import ModelCard
from ..turn import LAST_STEP, SHELF_STEPS, Recommendation, Sentence, Turn
from .schema import (
    ANSWERS,
    EVENTS,
    ITEMS,
    METADATA,
    RETRACTIONS,
    SETTINGS,
    SHOWN,
    SUMMARIES,
    TURNS,
    USERS,
    microseconds,
    moment,
)  # fmt: skip
from .statistics import Statistics

log = logging.getLogger(__name__)

BUSY_SECONDS = 30
"""How long a writer waits for another process before it gives up."""

_SCHEMA_VERSION = 1
_CHUNK = 500
_FETCH = 10_000
_LARGEST_POSITION = 2**53
_RECOMMENDATIONS: TypeAdapter[tuple[Recommendation, ...]] = TypeAdapter(tuple[Recommendation, ...])

WrittenBy = Literal["model", "facts"]
T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Summary:
    """One version of a user's rolling summary. `version` starts at 1; `last_event` is the newest event it covers."""

    user: str
    version: int
    text: str
    written_by: WrittenBy
    last_event: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a user's log has been read: the newest event by order of commit, its number in that order and its id,
    and how many events had been retracted by then."""

    number: int
    event: str
    retracted: int = 0


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Events of a user that came in, oldest first as in `history`. `anew`: these are all there are, and what was
    read up to the mark that was asked for is no longer so. `mark` is None while there are none."""

    events: Sequence[Event]
    anew: bool
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class LoggedTurn:
    """A turn with what produced it: prompt name -> content hash, and the model."""

    turn: Turn
    prompts: Mapping[str, str] = field(default_factory=dict)
    model: ModelCard | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is. `users` counts everyone with attributes or events."""

    items: int
    users: int
    events: int
    summaries: int
    turns: int


class Memory:
    """The store of one workspace. Safe to share between threads; close it when done.

    `url` is an SQLAlchemy URL: `sqlite:///PATH` or `postgresql+psycopg://...`. In SQLite a commit is on disk before a
    method returns (WAL, synchronous=FULL) and what is deleted is overwritten (secure_delete). All methods raise
    WorkspaceError when the database cannot be reached, is damaged or stays locked.
    """

    def __init__(self, url: str) -> None:
        self._engine = _connect(url)
        self._upsert = _UPSERTS[self._engine.dialect.name]
        # SQLite has one writer at a time: waiting here is fair and quick, waiting in SQLite is polling.
        self._writing = threading.RLock()
        self._closed = False
        self._arrival = _ARRIVAL[self._engine.dialect.name]
        try:
            self._prepare()
            self._check_version()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back; whatever is asked of it from then on is a WorkspaceError."""
        self._closed = True
        self._engine.dispose()

    # --- events ---

    def add_events(self, events: Iterable[Event]) -> int:
        """Append events in one transaction; return how many were new. An id that is already there, or that was
        retracted, is left alone.

        Raises InvalidEventError, before anything is written, for an empty id or user, an unknown kind, a missing
        item (only a search has none), a value that is not finite, or a time without zone.
        """
        rows = [_event_row(event) for event in events]
        if not rows:
            return 0
        # The row count of a batch is not known in every database; what came back is.
        statement = self._upsert(EVENTS).on_conflict_do_nothing(index_elements=["id"]).returning(EVENTS.c.id)
        with self._write() as connection:
            for lock in _LOCKS[self._engine.dialect.name]:
                connection.execute(lock)
            gone = _retracted(connection, [row["id"] for row in rows])
            wanted = [row for row in rows if row["id"] not in gone] if gone else rows
            return len(connection.execute(statement, wanted).all()) if wanted else 0

    def retract(self, user: str, event: str) -> Event | None:
        """Take one of a user's events back: it is gone from the log for good, and so are the summaries that were
        written since it happened. Returns the event; None when `user` has none with this id."""
        own = (EVENTS.c.id == event) & (EVENTS.c.user == user)
        with self._write() as connection:
            for lock in _LOCKS[self._engine.dialect.name]:
                connection.execute(lock)
            row = connection.execute(sa.select(*_EVENT).where(own)).one_or_none()
            if row is None:
                return None
            connection.execute(sa.delete(EVENTS).where(own))
            now = microseconds(datetime.now(timezone.utc))
            connection.execute(sa.insert(RETRACTIONS), {"event": event, "user": user, "at": now})
            since = row.at if row.at is not None and row.at <= now else 0  # else nothing says which came after it
            knew = (SUMMARIES.c.at >= since) | (SUMMARIES.c.last_event == event)
            connection.execute(sa.delete(SUMMARIES).where(SUMMARIES.c.user == user, knew))
        return _event(row)

    def events(self, user: str, kinds: Collection[EventKind] | None = None, newest: int = 200) -> list[Event]:
        """The `newest` last events of `user`, of these kinds (None: all), newest first."""
        wanted = sa.select(*_EVENT).where(EVENTS.c.user == user)
        if kinds is not None:
            wanted = wanted.where(EVENTS.c.kind.in_(sorted(kinds)))
        backwards = (EVENTS.c.at.desc().nulls_last(), EVENTS.c.position.desc().nulls_last(), EVENTS.c.id.desc())
        with self._read() as connection:
            return [_event(row) for row in connection.execute(wanted.order_by(*backwards).limit(newest))]

    def history(self, user: str) -> list[Event]:
        """All events of `user`, oldest first: by (at, position, id). Events without a time come before dated ones."""
        statement = _EVENTS_IN_ORDER.where(EVENTS.c.user == user)
        with self._read() as connection:
            return [_event(row) for row in connection.execute(statement)]

    def arrivals(self, user: str, since: Mark | None = None) -> Arrivals:
        """Events of `user` committed after `since` (None: all), at a cost that does not depend on how many came before.

        Events are never changed; they go all together, when a user is forgotten, or one by one, when they are
        retracted, and `anew` says that either happened since.
        """
        own = sa.select(self._arrival, *_EVENT).where(EVENTS.c.user == user)
        with self._read() as connection:
            # Counted first: what is retracted between the two statements is then read anew the next time.
            retracted = connection.execute(_retractions(user)).scalar_one()
            newer = own.where(self._arrival >= since.number) if since else own
            rows = connection.execute(newer.order_by(*_ORDER)).all()
            known = since and since.retracted == retracted and (since.number, since.event) in [row[:2] for row in rows]
            anew = not known
            if since and anew:
                rows = connection.execute(own.order_by(*_ORDER)).all()
        events = [_event(row[1:]) for row in rows if anew or since is None or row[0] > since.number]
        newest = max(rows, key=lambda row: row[0], default=None)
        return Arrivals(events, anew, Mark(newest[0], newest[1], retracted) if newest else None)

    def all_events(self) -> Iterator[Event]:
        """Every event, streamed: users by id, each user's events as `history` orders them."""
        with self._read() as connection:
            result = connection.execution_options(yield_per=_FETCH).execute(_EVENTS_IN_ORDER)
            for rows in result.partitions():
                yield from map(_event, rows)

    def arrived(self) -> int:
        """The number of the newest event by order of commit; 0 in an empty log."""
        with self._read() as connection:
            return int(
                connection.execute(
                    sa.select(sa.func.coalesce(sa.func.max(self._arrival), 0)).select_from(EVENTS)
                ).scalar_one()
            )

    def arrived_after(self, number: int) -> set[str]:
        """Ids of the events that were committed after the one of this number."""
        with self._read() as connection:
            return set(connection.execute(sa.select(EVENTS.c.id).where(self._arrival > number)).scalars())

    # --- items and users ---

    def upsert_items(self, items: Iterable[Item]) -> Changes:
        """Add items or replace those whose content differs, in one transaction."""
        rows = {item.id: _item_row(item) for item in items}
        return self._upsert_rows(ITEMS, rows, ITEMS.c.content_hash, lambda row: row["content_hash"])

    def delete_items(self, ids: Iterable[str]) -> int:
        """Remove items; return how many were there. Their events stay."""
        with self._write() as connection:
            return sum(
                connection.execute(sa.delete(ITEMS).where(ITEMS.c.id.in_(chunk))).rowcount
                for chunk in _chunks(ids, _CHUNK)
            )

    def items(self) -> list[Item]:
        """The catalogue, by id."""
        columns = ITEMS.c
        statement = sa.select(columns.id, columns.title, columns.text, columns.attributes).order_by(columns.id)
        with self._read() as connection:
            return [Item(*row[:3], _attributes(row[3])) for row in connection.execute(statement)]

    def item(self, id: str) -> Item:
        """One item. Raises UnknownItemError."""
        with self._read() as connection:
            row = connection.execute(sa.select(ITEMS).where(ITEMS.c.id == id)).one_or_none()
        if row is None:
            raise UnknownItemError(f"There is no item {id!r} in the catalogue.")
        return Item(row.id, row.title, row.text, _attributes(row.attributes))

    def item_ids(self) -> set[str]:
        """The ids of all items."""
        with self._read() as connection:
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
        with self._read() as connection:
            return [User(id, _attributes(attributes or {})) for id, attributes in connection.execute(statement)]

    def user(self, id: str) -> User:
        """One user; someone who never said anything is a user without attributes."""
        with self._read() as connection:
            found = connection.execute(sa.select(USERS.c.attributes).where(USERS.c.id == id)).scalar()
        return User(id, _attributes(found or {}))

    # --- summaries ---

    def save_summary(
        self, user: str, text: str, written_by: WrittenBy, last_event: str | None, retracted: int | None = None
    ) -> Summary | None:
        """Keep a new version of a user's summary; earlier versions stay.

        `retracted`: how many events this user had taken back when the summary was begun. When more are by now, it may
        tell of one of them: nothing is kept, and None is returned.
        """
        newest = sa.select(sa.func.coalesce(sa.func.max(SUMMARIES.c.version), 0)).where(SUMMARIES.c.user == user)
        with self._write() as connection:
            for lock in _LOCKS[self._engine.dialect.name]:  # as `retract` does: one of the two comes first
                connection.execute(lock)
            if retracted is not None and connection.execute(_retractions(user)).scalar_one() != retracted:
                return None
            version = connection.execute(newest).scalar_one() + 1
            summary = Summary(user, version, text, written_by, last_event, datetime.now(timezone.utc))
            connection.execute(sa.insert(SUMMARIES), {**asdict(summary), "at": microseconds(summary.at)})
        return summary

    def retracted(self, user: str) -> int:
        """How many events `user` has taken back."""
        with self._read() as connection:
            return int(connection.execute(_retractions(user)).scalar_one())

    def latest_summary(self, user: str) -> Summary | None:
        """The newest version, or None."""
        versions = sa.select(SUMMARIES).where(SUMMARIES.c.user == user)
        statement = versions.order_by(SUMMARIES.c.version.desc()).limit(1)
        with self._read() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return Summary(row.user, row.version, row.text, row.written_by, row.last_event, moment(row.at))

    # --- turns ---

    def save_turn(
        self, turn: Turn, prompts: Mapping[str, str] | None = None, model: ModelCard | None = None,
        sentences: Sequence[Sentence] = (),
    ) -> None:  # fmt: skip
        """Log a turn; a turn with the same id is replaced. `sentences` are those of the reply, with who wrote them."""
        row = {
            **{name: getattr(turn, name) for name in ("id", "session", "user", "message", "reply")},
            "recommendations": _RECOMMENDATIONS.dump_python(turn.recommendations, mode="json"),
            "timings": dict(turn.timings),
            "prompts": dict(prompts or {}),
            "model": None if model is None else asdict(model),
            "at": microseconds(turn.at),
            "context": dict(turn.context),
            "counts": dict(turn.counts),
        }
        with self._write() as connection:
            connection.execute(self._replace(TURNS), row)
            connection.execute(self._replace(ANSWERS), _answer_row(turn, sentences))
            connection.execute(sa.delete(SHOWN).where(SHOWN.c.turn == turn.id))
            if turn.recommendations:
                connection.execute(sa.insert(SHOWN), _shown_rows(turn))

    def turns(self, user: str, session: str) -> list[LoggedTurn]:
        """A user's turns in a session, oldest first; nobody else's, whatever the session's id."""
        own = (TURNS.c.user == user) & (TURNS.c.session == session)
        statement = sa.select(TURNS).where(own).order_by(TURNS.c.at, TURNS.c.id)
        with self._read() as connection:
            return [_logged_turn(row) for row in connection.execute(statement)]

    def last_turn(self, user: str, session: str) -> datetime | None:
        """When a user's newest turn of a session was answered; None before the first."""
        own = (TURNS.c.user == user) & (TURNS.c.session == session)
        with self._read() as connection:
            newest = connection.execute(sa.select(sa.func.max(TURNS.c.at)).where(own)).scalar()
        return None if newest is None else moment(newest)

    # --- settings ---

    def get_setting(self, key: str, default: object = None) -> Any:  # noqa: ANN401 - whatever JSON was put there
        """The JSON value stored under `key`, else `default`."""
        with self._read() as connection:
            row = connection.execute(sa.select(SETTINGS.c.value).where(SETTINGS.c.key == key)).one_or_none()
        return default if row is None else row.value

    def put_setting(self, key: str, value: object) -> None:
        """Store a JSON value under `key`."""
        with self._write() as connection:
            connection.execute(self._replace(SETTINGS), {"key": key, "value": value})

    def counts(self) -> Counts:
        """How much there is of everything."""
        everyone = sa.union(sa.select(USERS.c.id), sa.select(EVENTS.c.user)).subquery()
        sizes = [
            sa.select(sa.func.count()).select_from(each).scalar_subquery()
            for each in (ITEMS, everyone, EVENTS, SUMMARIES, TURNS)
        ]
        with self._read() as connection:
            return Counts(*connection.execute(sa.select(*sizes)).one())

    @property
    def statistics(self) -> Statistics:
        """Counts over all of it, for whoever runs it."""
        return Statistics(self._read)

    # --- inside ---

    def _prepare(self) -> None:
        with self._write() as connection:
            for statement in _OPENING[self._engine.dialect.name]:
                connection.execute(statement)
            _number_events(connection)
            METADATA.create_all(connection)
            _add_columns(connection)
            for statement in _PREPARATIONS[self._engine.dialect.name]:
                connection.execute(statement)
            _count_turns(connection)

    def _check_version(self) -> None:
        version = self.get_setting("schema_version")
        if version is None:
            self.put_setting("schema_version", _SCHEMA_VERSION)
        elif version != _SCHEMA_VERSION:
            raise WorkspaceError(
                f"The database {self._engine.url.render_as_string()} has layout {version}, this version reads "
                f"{_SCHEMA_VERSION}. Use the version that wrote it, or ingest into a new workspace."
            )

    def _upsert_rows(
        self, table: sa.Table, rows: Mapping[str, dict[str, Any]], column: sa.Column[Any],
        content: Callable[[dict[str, Any]], object],
    ) -> Changes:  # fmt: skip
        with self._write() as connection:
            known: dict[str, object] = {}
            for chunk in _chunks(rows, _CHUNK):
                found = connection.execute(sa.select(table.c.id, column).where(table.c.id.in_(chunk)))
                known.update((row[0], row[1]) for row in found)
            new = tuple(id for id in rows if id not in known)
            changed = tuple(id for id, before in known.items() if before != content(rows[id]))
            if new or changed:
                connection.execute(self._replace(table), [rows[id] for id in new + changed])
        return Changes(new, changed, len(rows) - len(new) - len(changed))

    def _replace(self, table: sa.Table) -> sa.Executable:
        statement = self._upsert(table)
        keys = [column.name for column in table.primary_key]
        values = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
        return cast(sa.Executable, statement.on_conflict_do_update(index_elements=keys, set_=values))

    def _check_open(self) -> None:
        if self._closed:
            raise WorkspaceError("The workspace has been closed.")

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        self._check_open()
        with _sayable(self._engine), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._writing, _sayable(self._engine):
            self._check_open()
            writer = self._engine.execution_options(writes=True)
            with writer.begin() as connection:
                yield connection


# --- order of commit -------------------------------------------------------------------------------------------------

# A reader that saw number n has seen every smaller one: writers are let in one after the other, and each numbers its
# events only once it is in. No number is given twice, also when what had the highest one is deleted. In SQLite the
# number is the row id, which the index on `user` ends with.
_ARRIVAL: Mapping[str, sa.ColumnElement[int]] = {
    "sqlite": sa.literal_column("events.rowid", sa.BigInteger),
    "postgresql": sa.literal_column("events.arrival", sa.BigInteger),
}
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
_LOCKS: Mapping[str, Sequence[sa.TextClause]] = {
    "sqlite": (),
    "postgresql": (sa.text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"),),
}

# --- connections -----------------------------------------------------------------------------------------------------

_UPSERTS: Mapping[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _connect(url: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = sa.create_engine(parsed, json_serializer=_to_json)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise ConfigError(f"The database URL {url!r} cannot be used ({error}).") from None
    if engine.dialect.name not in _UPSERTS:
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


@contextmanager
def _sayable(engine: Engine) -> Iterator[None]:
    """Turn a database's failures into one sentence."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
        place = engine.url.render_as_string(hide_password=True)
        raise WorkspaceError(
            f"The database {place} cannot be used: {error.orig}. Check that it exists, is not damaged "
            f"and that no other process holds it."
        ) from error


# --- rows ------------------------------------------------------------------------------------------------------------

_ORDER = (EVENTS.c.user, EVENTS.c.at.nulls_first(), EVENTS.c.position.nulls_first(), EVENTS.c.id)
_EVENT = [column for column in EVENTS.c if column is not EVENTS.c.arrival]
_EVENTS_IN_ORDER = sa.select(*_EVENT).order_by(*_ORDER)


def content_hash(item: Item) -> str:
    """SHA-256 (hex) over everything that an item says; equal content, equal hash."""
    content = [item.title, item.text, sorted(_stored(item.attributes).items())]
    return hashlib.sha256(_to_json(content).encode()).hexdigest()


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _item_row(item: Item) -> dict[str, Any]:
    return {"id": item.id, "title": item.title, "text": item.text, "attributes": _stored(item.attributes),
            "content_hash": content_hash(item)}  # fmt: skip


def _stored(attributes: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Attributes as JSON gives them back: tuples as lists."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in attributes.items()}


def _attributes(stored: Mapping[str, Any]) -> dict[str, AttributeValue]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}


def _event_row(event: Event) -> dict[str, Any]:
    _check_event(event)
    at = None if event.at is None else microseconds(event.at)
    return {"id": event.id, "user": event.user, "item": event.item, "kind": event.kind, "value": event.value,
            "at": at, "position": event.position, "context": dict(event.context) or None}  # fmt: skip


def _check_event(event: Event) -> None:
    problem = _problem(event)
    if problem:
        raise InvalidEventError(f"The event {event.id!r} of user {event.user!r} cannot be stored: {problem}.")


def _problem(event: Event) -> str | None:
    if not event.id or not event.user:
        return "its id or its user is empty"
    if event.kind not in EVENT_KINDS:
        return f"its kind {event.kind!r} is none of {', '.join(sorted(EVENT_KINDS))}"
    if not event.item and event.kind != "search":
        return "it has no item, and only a search can do without"
    if event.value is not None and not math.isfinite(event.value):
        return f"its value is {event.value}, which is not a finite number"
    if event.at is not None and event.at.tzinfo is None:
        return f"its time {event.at} has no time zone; give an aware datetime, for example in UTC"
    if event.position is not None and abs(event.position) > _LARGEST_POSITION:
        return f"its position {event.position} is too large"
    return _text_problem(event)


def _text_problem(event: Event) -> str | None:
    text = event.id + event.user + (event.item or "")
    if event.context:
        text += "".join(map(str, (*event.context, *event.context.values())))
    return None if is_storable(text) else "its text is not valid Unicode or holds a NUL character"


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
    for ids in _chunks(connection.execute(uncounted).scalars().all(), _CHUNK):
        rows = connection.execute(sa.select(TURNS).where(TURNS.c.id.in_(ids)))
        turns = [turn for row in rows if (turn := _readable_turn(row))]
        if turns:
            connection.execute(sa.insert(ANSWERS), [_answer_row(turn, ()) for turn in turns])
        if shown := [row for turn in turns for row in _shown_rows(turn)]:
            connection.execute(sa.insert(SHOWN), shown)


def _retractions(user: str) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(RETRACTIONS).where(RETRACTIONS.c.user == user)


def _retracted(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these event ids were taken back."""
    found: set[str] = set()
    for chunk in _chunks(ids, _CHUNK):
        wanted = sa.select(RETRACTIONS.c.event).where(RETRACTIONS.c.event.in_(chunk))
        found.update(connection.execute(wanted).scalars())
    return found


def _event(row: Sequence[Any]) -> Event:
    id, user, item, kind, value, at, position, context = row
    return Event(id, user, item, kind, value, None if at is None else moment(at), position, context or {})


def _logged_turn(row: sa.Row[Any]) -> LoggedTurn:
    recommendations = _RECOMMENDATIONS.validate_python(row.recommendations)
    turn = Turn(row.id, row.session, row.user, row.message, row.reply, recommendations, row.timings, moment(row.at),
                row.context, row.counts or {})  # fmt: skip
    return LoggedTurn(turn, row.prompts, None if row.model is None else ModelCard(**row.model))


def _readable_turn(row: sa.Row[Any]) -> Turn | None:
    """A turn, unless what was logged of it cannot be read any more: nobody's workspace stays shut for that."""
    try:
        return _logged_turn(row).turn
    except (ValueError, TypeError, AttributeError) as error:
        log.warning("the logged turn %r cannot be read and is left out of the board (%s)", row.id, error)
        return None


def _answer_row(turn: Turn, sentences: Sequence[Sentence]) -> dict[str, Any]:
    finished = LAST_STEP in turn.timings  # until then the plain reasons stand in for those that are being written
    asked = [each for each in sentences if each.written_by != "rules"]
    reasons = turn.recommendations if finished else ()
    return {
        "turn": turn.id, "at": microseconds(turn.at), "finished": finished,
        "shelf_seconds": sum(turn.timings.get(step, 0.0) for step in SHELF_STEPS),
        "seconds": sum(turn.timings.values()), "timings": dict(turn.timings), "shown": len(turn.recommendations),
        "sentences": len(asked), "plain_sentences": sum(each.written_by == "evidence" for each in asked),
        "reasons": len(reasons), "plain_reasons": sum(each.explanation.written_by == "evidence" for each in reasons),
    }  # fmt: skip


def _shown_rows(turn: Turn) -> list[dict[str, Any]]:
    at = microseconds(turn.at)
    return [
        {"turn": turn.id, "rank": each.rank, "user": turn.user, "item": each.item.id, "at": at}
        for each in turn.recommendations
    ]


def _chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
