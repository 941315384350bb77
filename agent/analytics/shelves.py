"""How what was shown fared: accepted, rejected, or passed over by everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...retrieval.event_kinds import BAD_RATING, CHOSEN, TURNED_DOWN, middle
from ..memory.statistics import ShownItem, Statistics
from .period import Period

ACCEPTING = (CHOSEN | {"click"}) - {"rating"}
REJECTING = TURNED_DOWN - {BAD_RATING}
"""Ratings are told apart by their value."""
LEAST_PEOPLE = 5
"""So many people must have been shown an item before it is held against it that none accepted."""


@dataclass(frozen=True, slots=True)
class Fared:
    """An item, how it fared, and how many acceptances would have been `usual` for so many people."""

    title: str
    shown: ShownItem
    usual: float


@dataclass(frozen=True, slots=True)
class Shelves:
    """Pairs of a person and an item: `shown`, of these `accepted` and `rejected` afterwards. `passed_over`: items shown
    to at least LEAST_PEOPLE and accepted by nobody, most shown first. `refused`: items with rejections, most first."""

    shown: int
    accepted: int
    rejected: int
    passed_over: Sequence[Fared]
    refused: Sequence[Fared]

    @property
    def acceptance(self) -> float:
        """Share of the pairs that was accepted; 0 where nothing was shown."""
        return self.accepted / self.shown if self.shown else 0.0


def shelves(statistics: Statistics, period: Period, scale: tuple[float, float], count: int = 10) -> Shelves:
    """What became of what was shown in the period, by the end of it. Ratings in the upper half of `scale` accept,
    others reject. `count` items of each list."""
    shown = statistics.shown_items(period.since, period.until, ACCEPTING, REJECTING, middle(scale))
    people = sum(each.people for each in shown)
    accepted = sum(each.accepted for each in shown)
    passed = [each for each in shown if not each.accepted and each.people >= LEAST_PEOPLE]
    passed = sorted(passed, key=lambda each: (-each.people, -each.times, each.item))[:count]
    refused = sorted((each for each in shown if each.rejected), key=lambda each: (-each.rejected, each.item))[:count]
    titles = statistics.titles([each.item for each in passed + refused])
    rate = accepted / people if people else 0.0

    def named(items: Sequence[ShownItem]) -> list[Fared]:
        return [Fared(titles.get(each.item, each.item), each, each.people * rate) for each in items]

    return Shelves(people, accepted, sum(each.rejected for each in shown), named(passed), named(refused))
