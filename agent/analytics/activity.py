"""What happens in the log, by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ...retrieval.event_kinds import middle
from ..memory.statistics import Statistics
from .period import Period


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC): kind -> events, and how many different items and people they were about."""

    date: date
    kinds: Mapping[str, int] = field(default_factory=dict)
    items: int = 0
    people: int = 0

    @property
    def events(self) -> int:
        """Of all kinds."""
        return sum(self.kinds.values())


def activity(statistics: Statistics, period: Period, scale: tuple[float, float]) -> list[Day]:
    """Every day of the period, quiet ones too. Events without a time are on no day. Ratings in the lower half of
    `scale` are a kind of their own."""
    kinds: dict[int, dict[str, int]] = {}
    for day, kind, events in statistics.events_by_day(period.since, period.until, middle(scale)):
        kinds.setdefault(day, {})[kind] = events
    reach = {day: (items, people) for day, items, people in statistics.reach_by_day(period.since, period.until)}
    return [Day(on, kinds.get(at, {}), *reach.get(at, (0, 0))) for at, on in enumerate(period.days)]
