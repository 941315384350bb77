"""What of a person's log a turn needs: their newest events, everything they consumed, and how much there was.

Knows events; knows no storage, items or strengths. Bringing it up to date costs as much as there is new, whatever lies
behind, and gives what reading the whole log again would, also where an event arrives late.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from ...retrieval.catalogue import Event
from ...retrieval.event_kinds import CONSUMING_KINDS

REMEMBERED = 500
"""Only this many of the newest events shape the interests; what was consumed is remembered for ever."""

Moment: TypeAlias = tuple[bool, datetime, bool, int, str]

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class UserHistory:
    """`recent`: the newest events, at most REMEMBERED, oldest first. `count`: all events there were."""

    recent: tuple[Event, ...] = ()
    consumed: frozenset[str] = frozenset()
    count: int = 0

    @classmethod
    def of(cls, history: Sequence[Event]) -> UserHistory:
        """From a whole log, oldest first."""
        return cls(tuple(history[-REMEMBERED:]), frozenset(_consumed(history)), len(history))

    def including(self, arrived: Sequence[Event]) -> UserHistory:
        """With events that are new to the log, in any order. Equal to `of` the whole log, sorted by `moment`."""
        if not arrived:
            return self
        recent = list(self.recent)
        for event in arrived:
            insort(recent, event, key=moment)
        consumed = set(_consumed(arrived))
        return UserHistory(
            recent=tuple(recent[-REMEMBERED:]),
            consumed=self.consumed if consumed <= self.consumed else self.consumed | consumed,
            count=self.count + len(arrived),
        )


def moment(event: Event) -> Moment:
    """Where an event stands in its user's log: by (at, position, id), those without a time before dated ones."""
    dated, placed = event.at is not None, event.position is not None
    return dated, event.at or _BEFORE_ALL, placed, event.position or 0, event.id


def _consumed(events: Iterable[Event]) -> Iterable[str]:
    return (event.item for event in events if event.item and event.kind in CONSUMING_KINDS)
