"""What moved in a person's interests between two moments. Knows nothing of storage or models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..knowledge.phrases import DULL, PLACES
from ..turn import Interest

NOTABLE = 0.05
"""Interests that moved by less are as they were."""
MOST_ALIKE = 2
"""Of one facet, so many are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """An interest that is stronger or weaker than before; both strengths are -1..1, and 0 where there was none."""

    facet: str
    value: str
    before: float
    now: float


Faceted = TypeVar("Faceted", Interest, Change)


def changes_between(before: Sequence[Interest], now: Sequence[Interest], most: int = 4) -> tuple[Change, ...]:
    """The `most` interests that moved most, the furthest first, and no facet more than twice: one film moves its whole
    cast."""
    old = {(each.facet, each.value): each.strength for each in before}
    new = {(each.facet, each.value): each.strength for each in now}
    telling = [key for key in old | new if key[0].lower() not in DULL | PLACES]
    moved = [Change(*key, old.get(key, 0.0), new.get(key, 0.0)) for key in telling]
    notable = [each for each in moved if abs(each.now - each.before) >= NOTABLE]
    notable.sort(key=lambda each: (-abs(each.now - each.before), each.facet, each.value))
    return tuple(at_most(notable, MOST_ALIKE))[:most]


def at_most(several: Iterable[Faceted], most: int) -> Iterator[Faceted]:
    """Those of each facet that come first, up to `most`, in the order in which they came."""
    seen: Counter[str] = Counter()
    for each in several:
        seen[each.facet] += 1
        if seen[each.facet] <= most:
            yield each
