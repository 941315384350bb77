"""Items that hardly anybody has touched: nothing is learned from their behaviour yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..memory.statistics import Statistics

ENOUGH = 5
"""Events from which an item is not cold any more."""


@dataclass(frozen=True, slots=True)
class ColdItem:
    """One of them."""

    id: str
    title: str
    events: int


@dataclass(frozen=True, slots=True)
class Cold:
    """`items`: number of events, 0 to ENOUGH (that many and more) -> how many items have it. `coldest` are some of the
    items with fewest."""

    items: Mapping[int, int]
    coldest: Sequence[ColdItem]

    @property
    def cold(self) -> int:
        """How many items are cold."""
        return sum(items for events, items in self.items.items() if events < ENOUGH)

    @property
    def all(self) -> int:
        """How many items there are."""
        return sum(self.items.values())


def cold(statistics: Statistics, count: int = 10) -> Cold:
    """Over all times, and events without a time too; `count` items by name."""
    having = statistics.items_by_events(ENOUGH)
    least = statistics.seldom_touched(ENOUGH, count)
    titles = statistics.titles([id for id, _ in least])
    coldest = [ColdItem(id, titles.get(id, id), events) for id, events in least]
    return Cold({events: having.get(events, 0) for events in range(ENOUGH + 1)}, coldest)
