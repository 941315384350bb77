"""The event log: what people did, in the order in which it was committed.

Events are never changed, only retracted whole by whoever made them, and they outlive their items: an item that leaves
the catalogue and comes back finds its history again, which is why no foreign key ties the two.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...retrieval.catalogue import EVENT_KINDS, Event, EventKind
from ...retrieval.readers.sources import is_storable
from ..errors import InvalidEventError
from .connection import Database, chunks, insert_new
from .schema import EVENTS, RETRACTIONS, SUMMARIES, microseconds, moment

_FETCH = 10_000
_LARGEST_POSITION = 2**53
# A reader that saw number n has seen every smaller one: writers are let in one after the other, and each numbers its
# events only once it is in. No number is given twice, also when what had the highest one is deleted. In SQLite the
# number is the row id, which the index on `user` ends with.
_ARRIVAL: Mapping[str, sa.ColumnElement[int]] = {
    "sqlite": sa.literal_column("events.rowid", sa.BigInteger),
    "postgresql": sa.literal_column("events.arrival", sa.BigInteger),
}
_ORDER = (EVENTS.c.user, EVENTS.c.at.nulls_first(), EVENTS.c.position.nulls_first(), EVENTS.c.id)
_EVENT = [column for column in EVENTS.c if column is not EVENTS.c.arrival]
_EVENTS_IN_ORDER = sa.select(*_EVENT).order_by(*_ORDER)


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


class EventStore:
    """The event log of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arrival = _ARRIVAL[database.dialect]

    def add(self, events: Iterable[Event]) -> int:
        """Append events in one transaction; return how many were new. An id that is already there, or that was
        retracted, is left alone.

        Raises InvalidEventError, before anything is written, for an empty id or user, an unknown kind, a missing
        item (only a search has none), a rating without a value, a value that is not finite, or a time without zone.
        """
        rows = [_event_row(event) for event in events]
        if not rows:
            return 0
        with self._database.write() as connection:
            lock_log(connection)
            gone = _retracted(connection, [row["id"] for row in rows])
            wanted = [row for row in rows if row["id"] not in gone] if gone else rows
            return insert_new(connection, EVENTS, wanted)

    def retract(self, user: str, event: str) -> Event | None:
        """Take one of a user's events back: it is gone from the log for good, and so are the summaries that were
        written since it happened. Returns the event; None when `user` has none with this id."""
        own = (EVENTS.c.id == event) & (EVENTS.c.user == user)
        with self._database.write() as connection:
            lock_log(connection)
            row = connection.execute(sa.select(*_EVENT).where(own)).one_or_none()
            if row is None:
                return None
            connection.execute(sa.delete(EVENTS).where(own))
            now = microseconds(datetime.now(UTC))
            connection.execute(sa.insert(RETRACTIONS), {"event": event, "user": user, "at": now})
            since = row.at if row.at is not None and row.at <= now else 0  # else nothing says which came after it
            knew = (SUMMARIES.c.at >= since) | (SUMMARIES.c.last_event == event)
            connection.execute(sa.delete(SUMMARIES).where(SUMMARIES.c.user == user, knew))
        return _event(row)

    def retracted(self, user: str) -> int:
        """How many events `user` has taken back."""
        with self._database.read() as connection:
            return int(connection.execute(retractions(user)).scalar_one())

    def newest(self, user: str, kinds: Collection[EventKind] | None = None, limit: int = 200) -> list[Event]:
        """The last `limit` events of `user`, of these kinds (None: all), newest first."""
        wanted = sa.select(*_EVENT).where(EVENTS.c.user == user)
        if kinds is not None:
            wanted = wanted.where(EVENTS.c.kind.in_(sorted(kinds)))
        backwards = (EVENTS.c.at.desc().nulls_last(), EVENTS.c.position.desc().nulls_last(), EVENTS.c.id.desc())
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(wanted.order_by(*backwards).limit(limit))]

    def history(self, user: str) -> list[Event]:
        """All events of `user`, oldest first: by (at, position, id). Events without a time come before dated ones."""
        statement = _EVENTS_IN_ORDER.where(EVENTS.c.user == user)
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(statement)]

    def arrivals(self, user: str, since: Mark | None = None) -> Arrivals:
        """Events of `user` committed after `since` (None: all), at a cost that does not depend on how many came before.

        Events are never changed; they go all together, when a user is forgotten, or one by one, when they are
        retracted, and `anew` says that either happened since.
        """
        own = sa.select(self._arrival, *_EVENT).where(EVENTS.c.user == user)
        with self._database.read() as connection:
            # Counted first: what is retracted between the two statements is then read anew the next time.
            retracted = connection.execute(retractions(user)).scalar_one()
            newer = own.where(self._arrival >= since.number) if since else own
            rows = connection.execute(newer.order_by(*_ORDER)).all()
            known = since and since.retracted == retracted and (since.number, since.event) in [row[:2] for row in rows]
            anew = not known
            if since and anew:
                rows = connection.execute(own.order_by(*_ORDER)).all()
        events = [_event(row[1:]) for row in rows if anew or since is None or row[0] > since.number]
        newest = max(rows, key=lambda row: row[0], default=None)
        return Arrivals(events, anew, Mark(newest[0], newest[1], retracted) if newest else None)

    def all(self) -> Iterator[Event]:
        """Every event, streamed: users by id, each user's events as `history` orders them."""
        with self._database.read() as connection:
            result = connection.execution_options(yield_per=_FETCH).execute(_EVENTS_IN_ORDER)
            for rows in result.partitions():
                yield from map(_event, rows)

    def arrived(self) -> int:
        """The number of the newest event by order of commit; 0 in an empty log."""
        with self._database.read() as connection:
            return int(
                connection.execute(
                    sa.select(sa.func.coalesce(sa.func.max(self._arrival), 0)).select_from(EVENTS)
                ).scalar_one()
            )

    def arrived_after(self, number: int) -> set[str]:
        """Ids of the events that were committed after the one of this number."""
        with self._database.read() as connection:
            return set(connection.execute(sa.select(EVENTS.c.id).where(self._arrival > number)).scalars())


def lock_log(connection: Connection) -> None:
    """Let no other writer into the log until this transaction ends. SQLite lets in one at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"))


def retractions(user: str) -> sa.Select[Any]:
    """Counts the events that `user` has taken back."""
    return sa.select(sa.func.count()).select_from(RETRACTIONS).where(RETRACTIONS.c.user == user)


def _retracted(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these event ids were taken back."""
    found: set[str] = set()
    for chunk in chunks(ids):
        wanted = sa.select(RETRACTIONS.c.event).where(RETRACTIONS.c.event.in_(chunk))
        found.update(connection.execute(wanted).scalars())
    return found


def _event(row: Sequence[Any]) -> Event:
    id, user, item, kind, value, at, position, context = row
    return Event(id, user, item, kind, value, None if at is None else moment(at), position, context or {})


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
    if event.kind == "rating" and event.value is None:
        return "it is a rating without a value; give one on your scale, for example 4.0"
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
