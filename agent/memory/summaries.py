"""The rolling summaries of users: every version is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from .connection import Database
from .events import lock_log, retractions
from .schema import SUMMARIES, microseconds, moment

WrittenBy = Literal["model", "facts"]


@dataclass(frozen=True, slots=True)
class Summary:
    """One version of a user's rolling summary. `version` starts at 1; `last_event` is the newest event it covers."""

    user: str
    version: int
    text: str
    written_by: WrittenBy
    last_event: str | None
    at: datetime


class SummaryStore:
    """The summaries of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self, user: str, text: str, written_by: WrittenBy, last_event: str | None, retracted: int | None = None
    ) -> Summary | None:
        """Keep a new version of a user's summary; earlier versions stay.

        `retracted`: how many events this user had taken back when the summary was begun. When more are by now, it may
        tell of one of them: nothing is kept, and None is returned.
        """
        newest = sa.select(sa.func.coalesce(sa.func.max(SUMMARIES.c.version), 0)).where(SUMMARIES.c.user == user)
        with self._database.write() as connection:
            lock_log(connection)  # as retracting does: one of the two comes first
            if retracted is not None and connection.execute(retractions(user)).scalar_one() != retracted:
                return None
            version = connection.execute(newest).scalar_one() + 1
            summary = Summary(user, version, text, written_by, last_event, datetime.now(UTC))
            connection.execute(sa.insert(SUMMARIES), {**asdict(summary), "at": microseconds(summary.at)})
        return summary

    def latest(self, user: str) -> Summary | None:
        """The newest version, or None."""
        versions = sa.select(SUMMARIES).where(SUMMARIES.c.user == user)
        statement = versions.order_by(SUMMARIES.c.version.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        return Summary(row.user, row.version, row.text, row.written_by, row.last_event, moment(row.at))
