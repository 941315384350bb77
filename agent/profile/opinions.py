"""What people said about items, as numbers, and what is normal in a log: the ground that a rating is predicted from.

A user's value of an item is their opinion (-1..1: where a rating stands on its scale, 1 for a like, -1 for a dislike
or a dismissal) or, in logs without opinions, log(1 + times chosen). Norms are the mean of all values and how far
each item departs from it. Knows events and numbers; no vectors, no language model, no storage.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ...retrieval.catalogue import Event
from ...retrieval.event_kinds import chosen, polarity_of, rating_level
from ..config import Config

Measure: TypeAlias = Literal["opinion", "count"]

ITEM_PULL, USER_PULL = 5.0, 3.0
"""Departures are shrunk as if so many values at the norm had been seen too (Koren 2010, section 2.1)."""


@dataclass(frozen=True, slots=True)
class Norms:
    """What is normal. `items` maps an item id to (sum of its values' departures from `mean`, number of values)."""

    mean: float = 0.0
    items: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Iterable[Mapping[str, float]]) -> Norms:
        """From each user's values (item id -> value). Without any, everything is 0."""
        sums: dict[str, float] = {}
        counts: Counter[str] = Counter()
        for values in people:
            counts.update(values.keys())
            for item, value in values.items():
                sums[item] = sums.get(item, 0.0) + value
        mean = sum(sums.values()) / max(counts.total(), 1)
        return cls(mean, {item: (total - mean * counts[item], counts[item]) for item, total in sums.items()})

    def item(self, id: str) -> float:
        """How far an item is above the mean, shrunk; 0 for one that nobody valued."""
        departure, count = self.items.get(id, (0.0, 0))
        return departure / (count + ITEM_PULL)

    def residuals(self, values: Mapping[str, float]) -> dict[str, float]:
        """What a user's values say beyond what is normal for these items."""
        return {item: value - self.mean - self.item(item) for item, value in values.items()}


def user_departure(residuals: Iterable[float]) -> float:
    """How far a user is above the norm, shrunk; 0 without values."""
    known = list(residuals)
    return sum(known) / (len(known) + USER_PULL)


def opinion_of(event: Event, config: Config) -> float | None:
    """The opinion that one event gives, -1..1; None for one that gives none (a view, a play, a rating unset)."""
    if event.kind == "rating":
        return None if event.value is None else rating_level(event.value, config.rating_scale)
    return {"liked": 1.0, "disliked": -1.0, "neutral": None}[polarity_of(event, config.rating_scale)]


def values_of(events: Sequence[Event], config: Config, measure: Measure = "opinion") -> dict[str, float]:
    """A user's value of each item, from their events, oldest first. The newest opinion on an item holds."""
    if measure == "count":
        return {item: math.log1p(count) for item, count in Counter(chosen(events)).items()}
    given = ((event.item, opinion_of(event, config)) for event in events)
    return {item: opinion for item, opinion in given if item and opinion is not None}
