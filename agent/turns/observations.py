"""What people do, appended to the log: only with items that the catalogue has, taken back only by whoever did it."""

from __future__ import annotations

from collections.abc import Iterable

from ...retrieval.catalogue import Event
from ..errors import UnknownEventError
from ..memory.memory import Memory
from .serving_pipeline import ServingPipeline
from .unknown_items import unknown_items


class Observations:
    """Safe to use from several threads: the memory commits one transaction after the other."""

    def __init__(self, memory: Memory, serving: ServingPipeline) -> None:
        self._memory = memory
        self._serving = serving

    def add(self, events: Iterable[Event]) -> int:
        """Append events in one transaction, all or none; returns how many were new.

        Raises UnknownItemError for an item outside the catalogue, InvalidEventError as the memory does.
        """
        batch = list(events)
        items = {event.item for event in batch if event.item is not None}
        index = self._serving.current.index
        if unknown := sorted(items - index.position.keys()):
            raise unknown_items(unknown, index)
        return self._memory.events.add(batch)

    def retract(self, user: str, event_id: str) -> Event:
        """Take back one of a user's own events, for good.

        Raises UnknownEventError when the user has no such event, be it somebody else's or one that is undone already.
        """
        retracted = self._memory.events.retract(user, event_id)
        if retracted is None:
            raise UnknownEventError(f"the user {user!r} has no event {event_id!r}; it may be undone already")
        return retracted
