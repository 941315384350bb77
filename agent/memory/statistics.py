"""What a workspace's log and turns come to, counted by the database. A period is from `since` to before `until`.

Reads only. Knows nothing about what the counts mean.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ...retrieval.event_kinds import BAD_RATING
from .connection import Database, chunks
from .schema import ANSWERS, DAY, EVENTS, ITEMS, SHOWN, SUMMARIES, TURNS, USERS, WEEK, microseconds, moment

_EVERYONE = sa.union(sa.select(USERS.c.id), sa.select(EVENTS.c.user))
"""Ids of all users with attributes or events."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is. `users` counts everyone with attributes or events."""

    items: int
    users: int
    events: int
    summaries: int
    turns: int


@dataclass(frozen=True, slots=True)
class Dates:
    """When things happened: the `first` and `last` event with a time that is not in the future, how many events have no
    time and how many are ahead of us, and the last turn `answered`. None where there is none."""

    first: datetime | None
    last: datetime | None
    undated: int
    ahead: int
    answered: datetime | None


@dataclass(frozen=True, slots=True)
class ShownItem:
    """How an item fared on shelves: shown so many `times` to so many `people`, of whom so many accepted it, or rejected
    it, after it was first shown to them."""

    item: str
    times: int
    people: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class AnswerTotals:
    """Turns of one day, or of a whole period: how many there were, were answered to the end and found nothing to show;
    sentences and reasons that the model was asked for, and how many of each were replaced by plain ones."""

    turns: int = 0
    finished: int = 0
    empty: int = 0
    sentences: int = 0
    plain_sentences: int = 0
    reasons: int = 0
    plain_reasons: int = 0

    @property
    def written(self) -> int:
        """Sentences and reasons that the model was asked for."""
        return self.sentences + self.reasons

    @property
    def fallback(self) -> float:
        """Share of these for which a plain one stands in; 0 where none was asked for."""
        return (self.plain_sentences + self.plain_reasons) / self.written if self.written else 0.0

    @property
    def cut_off(self) -> int:
        """Turns that ended before their answer did: the reader left, or something failed."""
        return self.turns - self.finished


class Statistics:
    """Counts over one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> Counts:
        """How much there is of everything."""
        sizes = [
            sa.select(sa.func.count()).select_from(each).scalar_subquery()
            for each in (ITEMS, _EVERYONE.subquery(), EVENTS, SUMMARIES, TURNS)
        ]
        with self._database.read() as connection:
            return Counts(*connection.execute(sa.select(*sizes)).one())

    def user_ids(self) -> list[str]:
        """Everyone with attributes or events, in id order."""
        with self._database.read() as connection:
            return sorted(connection.execute(_EVERYONE).scalars())

    def dates(self, now: datetime) -> Dates:
        """When things happened, seen from `now`."""
        at, end = EVENTS.c.at, microseconds(now)
        past = sa.case((at <= end, at))
        ahead = sa.func.count(sa.case((at > end, 1)))
        statement = sa.select(sa.func.min(past), sa.func.max(past), sa.func.count() - sa.func.count(at), ahead)
        answered = sa.select(sa.func.max(ANSWERS.c.at)).where(ANSWERS.c.at <= end)
        with self._database.read() as connection:
            first, last, undated, coming = connection.execute(statement.select_from(EVENTS)).one()
            return Dates(_known(first), _known(last), undated, coming, _known(connection.execute(answered).scalar()))

    def events_by_day(self, since: datetime, until: datetime, middle: float) -> list[tuple[int, str, int]]:
        """(day, kind, events), days counted from `since`; days and kinds without events are left out. Ratings below
        `middle` are of the kind BAD_RATING."""
        day = _day(EVENTS.c.at, since)
        kind = sa.case((_badly_rated(middle), BAD_RATING), else_=EVENTS.c.kind).label("sort")
        inside = sa.select(day, kind).where(_within(EVENTS.c.at, since, until)).subquery()
        statement = sa.select(inside.c.day, inside.c.sort, sa.func.count()).group_by(inside.c.day, inside.c.sort)
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(statement.order_by(inside.c.day))]

    def reach_by_day(self, since: datetime, until: datetime) -> list[tuple[int, int, int]]:
        """(day, different items, different people), days counted from `since`; days without events are left out."""
        day = _day(EVENTS.c.at, since)
        items, people = (sa.func.count(sa.distinct(column)) for column in (EVENTS.c.item, EVENTS.c.user))
        statement = sa.select(day, items, people).where(_within(EVENTS.c.at, since, until))
        with self._database.read() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(statement.group_by(day).order_by(day))]

    def people_by_week(
        self, until: datetime, days: int, weeks: int, kinds: Collection[str], middle: float
    ) -> list[tuple[str, int, int]]:
        """(item, weeks ago, different people) in the `days` (up to 7) before `until`, and in the same days of each of
        the weeks before, `weeks` in all. Only items of the catalogue, and only events of these kinds, no rating below
        `middle`."""
        age = microseconds(until) - 1 - EVENTS.c.at
        week = (age // WEEK).label("week")
        here = _within(EVENTS.c.at, until - weeks * timedelta(days=7), until) & (age % WEEK < days * DAY)
        statement = (
            sa.select(EVENTS.c.item, week, sa.func.count(sa.distinct(EVENTS.c.user)))
            .join(ITEMS, ITEMS.c.id == EVENTS.c.item)
            .where(here & EVENTS.c.kind.in_(kinds) & ~_badly_rated(middle))
            .group_by(EVENTS.c.item, week)
        )
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def people_with(
        self, items: Sequence[str], since: datetime, until: datetime, kinds: Collection[str], middle: float
    ) -> set[str]:
        """Who did any of these kinds of thing with any of these items in the period, ratings below `middle` aside."""
        done = _within(EVENTS.c.at, since, until) & EVENTS.c.kind.in_(kinds) & ~_badly_rated(middle)
        own = sa.select(EVENTS.c.user).distinct().where(done)
        with self._database.read() as connection:
            return {
                user
                for chunk in chunks(items)
                for user in connection.execute(own.where(EVENTS.c.item.in_(chunk))).scalars()
            }

    def titles(self, ids: Sequence[str]) -> dict[str, str]:
        """Id -> title of those that are in the catalogue."""
        with self._database.read() as connection:
            return {
                row[0]: row[1]
                for chunk in chunks(ids)
                for row in connection.execute(sa.select(ITEMS.c.id, ITEMS.c.title).where(ITEMS.c.id.in_(chunk)))
            }

    def items_by_events(self, below: int) -> dict[int, int]:
        """Number of events -> how many items of the catalogue have it; `below` stands for that many and more."""
        counted = _events_of_items()
        sort = sa.case((counted.c.events < below, counted.c.events), else_=below)
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(sa.select(sort, sa.func.count()).group_by(sort))}

    def seldom_touched(self, below: int, count: int) -> list[tuple[str, int]]:
        """(item, events) of up to `count` items of the catalogue with fewer events than `below`, fewest first."""
        counted = _events_of_items()
        statement = sa.select(counted.c.id, counted.c.events).where(counted.c.events < below)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(counted.c.events, counted.c.id).limit(count))
            return [tuple(row) for row in rows]

    def shown_items(
        self, since: datetime, until: datetime, accepting: Collection[str], rejecting: Collection[str], middle: float
    ) -> list[ShownItem]:
        """How every item that was shown in the period fared, by id. Ratings from `middle` accept, lower ones reject."""
        rated = EVENTS.c.kind == "rating"
        accepts = EVENTS.c.kind.in_(accepting) | (rated & (EVENTS.c.value >= middle))
        rejects = EVENTS.c.kind.in_(rejecting) | (rated & (EVENTS.c.value < middle))
        offered = _offered(since, until)
        own = (EVENTS.c.item == offered.c.item) & (EVENTS.c.user == offered.c.user)
        later = own & (EVENTS.c.at >= offered.c.first) & (EVENTS.c.at < microseconds(until))
        statement = (
            sa.select(
                offered.c.item,
                sa.func.sum(offered.c.times),
                sa.func.count(),
                *(sa.func.count(sa.case((sa.exists().where(later & each), 1))) for each in (accepts, rejects)),
            )
            .group_by(offered.c.item)
            .order_by(offered.c.item)
        )
        with self._database.read() as connection:
            return [ShownItem(item, int(times), *rest) for item, times, *rest in connection.execute(statement)]

    def answers_by_day(self, since: datetime, until: datetime) -> dict[int, AnswerTotals]:
        """Day, counted from `since` -> its turns; days without turns are left out."""
        day = _day(ANSWERS.c.at, since)
        sums = (ANSWERS.c.sentences, ANSWERS.c.plain_sentences, ANSWERS.c.reasons, ANSWERS.c.plain_reasons)
        statement = (
            sa.select(
                day,
                sa.func.count(),
                sa.func.count(sa.case((ANSWERS.c.finished, 1))),
                sa.func.count(sa.case((ANSWERS.c.shown == 0, 1))),
                *map(sa.func.sum, sums),
            )
            .where(_within(ANSWERS.c.at, since, until))
            .group_by(day)
            .order_by(day)
        )
        with self._database.read() as connection:
            return {row[0]: AnswerTotals(*map(int, row[1:])) for row in connection.execute(statement)}

    def answer_seconds(self, since: datetime, until: datetime) -> list[tuple[int, float, float]]:
        """(day, seconds to the shelf, seconds to the end) of every turn that was answered to the end, oldest first."""
        day = _day(ANSWERS.c.at, since)
        statement = sa.select(day, ANSWERS.c.shelf_seconds, ANSWERS.c.seconds).where(
            ANSWERS.c.finished & _within(ANSWERS.c.at, since, until)
        )
        with self._database.read() as connection:
            return [tuple(row) for row in connection.execute(statement.order_by(ANSWERS.c.at))]

    def answer_timings(self, since: datetime, until: datetime, count: int) -> list[dict[str, float]]:
        """Seconds by step of the newest `count` turns that were answered to the end, newest first."""
        statement = sa.select(ANSWERS.c.timings).where(ANSWERS.c.finished & _within(ANSWERS.c.at, since, until))
        with self._database.read() as connection:
            return list(connection.execute(statement.order_by(ANSWERS.c.at.desc()).limit(count)).scalars())


def _known(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _within(at: sa.Column[int], since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    return (at >= microseconds(since)) & (at < microseconds(until))


def _badly_rated(middle: float) -> sa.ColumnElement[bool]:
    return (EVENTS.c.kind == "rating") & (sa.func.coalesce(EVENTS.c.value, middle) < middle)


def _day(at: sa.Column[int], since: datetime) -> sa.Label[int]:
    return ((at - microseconds(since)) // DAY).label("day")


def _events_of_items() -> sa.Subquery:
    """`id` of every item of the catalogue and how many `events` it has."""
    counts = (
        sa.select(EVENTS.c.item, sa.func.count().label("events"))
        .where(EVENTS.c.item.is_not(None))
        .group_by(EVENTS.c.item)
        .subquery()
    )
    events = sa.func.coalesce(counts.c.events, 0).label("events")
    everything = ITEMS.outerjoin(counts, counts.c.item == ITEMS.c.id)
    return sa.select(ITEMS.c.id, events).select_from(everything).subquery()


def _offered(since: datetime, until: datetime) -> sa.Subquery:
    """What was shown to whom: when `first`, and how many `times`."""
    seen = sa.select(
        SHOWN.c.user,
        SHOWN.c.item,
        sa.func.min(SHOWN.c.at).label("first"),
        sa.func.count().label("times"),
    )
    return seen.where(_within(SHOWN.c.at, since, until)).group_by(SHOWN.c.user, SHOWN.c.item).subquery()
