"""The days that a figure is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ..memory.statistics import Dates


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, from `since` to before `until`; the last one may not be over."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, days: int, last: datetime) -> Period:
        """The `days` that end with the one of `last`. Raises ValueError for less than one."""
        if days < 1:
            raise ValueError(f"a period has at least one day, not {days}")
        midnight = last.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        until = midnight + timedelta(days=1)
        return cls(until - timedelta(days=days), until)

    @property
    def days(self) -> list[date]:
        """Every day, oldest first."""
        return [(self.since + timedelta(days=at)).date() for at in range((self.until - self.since).days)]


def newest(dates: Dates, now: datetime) -> datetime:
    """The moment that figures are as of: the newest event or turn, `now` where there is neither."""
    return max((at for at in (dates.last, dates.answered) if at is not None), default=now)
