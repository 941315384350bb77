"""What moved in a person's interests between two readings of them. Knows nothing of storage or models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .turn import Interest

NOTABLE = 0.05
"""Interests that moved by less are as they were."""


@dataclass(frozen=True, slots=True)
class Change:
    """An interest that is stronger or weaker than before; both strengths are -1..1, and 0 where there was none."""

    facet: str
    value: str
    before: float
    now: float


def changes_between(before: Sequence[Interest], now: Sequence[Interest], most: int = 4) -> tuple[Change, ...]:
    """The `most` interests that moved most, the furthest first."""
    old = {(each.facet, each.value): each.strength for each in before}
    new = {(each.facet, each.value): each.strength for each in now}
    moved = [Change(*key, old.get(key, 0.0), new.get(key, 0.0)) for key in old | new]
    notable = [each for each in moved if abs(each.now - each.before) >= NOTABLE]
    return tuple(sorted(notable, key=lambda each: (-abs(each.now - each.before), each.facet, each.value))[:most])
