"""The tables that a workspace's memory lies in today, and how it writes times. Knows no queries.

A change here needs a step in `migrations/versions`, which brings it to the databases that are there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

DAY = 86_400_000_000
"""Microseconds."""
WEEK = 7 * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

METADATA = sa.MetaData()
# Ids compare byte by byte in every database, so that "sorted by id" means the same everywhere.
Id = sa.String().with_variant(sa.String(collation="C"), "postgresql")
# Times are whole microseconds since 1970 in UTC: exact, ordered, and fast to read by the million.
Time = sa.BigInteger
Json = sa.JSON(none_as_null=True)
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

ITEMS = sa.Table(
    "items", METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("attributes", Json, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
)  # fmt: skip
USERS = sa.Table(
    "users", METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("attributes", Json, nullable=False),
)  # fmt: skip
EVENTS = sa.Table(
    "events", METADATA,
    sa.Column("arrival", _Number, sa.Identity(always=True), primary_key=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("user", Id, nullable=False, index=True),
    sa.Column("item", Id),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("at", Time),
    sa.Column("position", sa.BigInteger),
    sa.Column("context", Json),
    sqlite_autoincrement=True,
)  # fmt: skip
# What the statistics over items are read from.
sa.Index("ix_events_item", EVENTS.c.item, EVENTS.c.user, EVENTS.c.at, EVENTS.c.kind, EVENTS.c.value)
# In SQLite the index on `user` ends with the number anyway.
sa.Index("ix_events_user_arrival", EVENTS.c.user, EVENTS.c.arrival).ddl_if(dialect="postgresql")
# An event that was taken back leaves its id behind, so that it is not delivered a second time.
RETRACTIONS = sa.Table(
    "retractions", METADATA,
    sa.Column("event", Id, primary_key=True),
    sa.Column("user", Id, nullable=False, index=True),
    sa.Column("at", Time, nullable=False),
)  # fmt: skip
SUMMARIES = sa.Table(
    "summaries", METADATA,
    sa.Column("user", Id, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("written_by", sa.String(16), nullable=False),
    sa.Column("last_event", Id),
    sa.Column("at", Time, nullable=False),
)  # fmt: skip
TURNS = sa.Table(
    "turns", METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("session", Id, nullable=False, index=True),
    sa.Column("user", Id, nullable=False, index=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("recommendations", Json, nullable=False),
    sa.Column("timings", Json, nullable=False),
    sa.Column("prompts", Json, nullable=False),
    sa.Column("model", Json),
    sa.Column("at", Time, nullable=False),
    sa.Column("context", Json, nullable=False),
    sa.Column("counts", Json),
    sa.Column("dialogue", Json),
    sa.Column("replaces", Id),
)  # fmt: skip
# What is counted over many turns lies apart from their long texts, and goes when its turn goes.
ANSWERS = sa.Table(
    "answers", METADATA,
    sa.Column("turn", Id, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("at", Time, nullable=False, index=True),
    sa.Column("finished", sa.Boolean, nullable=False),
    sa.Column("shelf_seconds", sa.Double, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("timings", Json, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("sentences", sa.Integer, nullable=False),
    sa.Column("plain_sentences", sa.Integer, nullable=False),
    sa.Column("reasons", sa.Integer, nullable=False),
    sa.Column("plain_reasons", sa.Integer, nullable=False),
)  # fmt: skip
SHOWN = sa.Table(
    "shown", METADATA,
    sa.Column("turn", Id, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("user", Id, nullable=False),
    sa.Column("item", Id, nullable=False),
    sa.Column("at", Time, nullable=False, index=True),
)  # fmt: skip
# What holds for a person for good: `condition` names what `pin` asks of an item, however it was said.
PINS = sa.Table(
    "pins", METADATA,
    sa.Column("user", Id, primary_key=True),
    sa.Column("condition", sa.String(64), primary_key=True),
    sa.Column("pin", Json, nullable=False),
    sa.Column("at", Time, nullable=False),
)  # fmt: skip
SETTINGS = sa.Table(
    "settings", METADATA,
    sa.Column("key", Id, primary_key=True),
    sa.Column("value", Json),
)  # fmt: skip


# How far the migrations have come. Alembic's own name for it may be taken: a team's database has other tables, too.
REVISION = sa.Table("sommelier_version", METADATA, sa.Column("version_num", sa.String(32), primary_key=True))


def microseconds(at: datetime) -> int:
    """A moment as the tables hold it."""
    return (at - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """That moment again, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
