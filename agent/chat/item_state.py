"""The states of items for one person: what they said of each, and what they may still take back.

Read from the log every time, so a reload, a second tab and a restarted server all agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...retrieval.catalogue import Event, EventKind
from ...retrieval.event_kinds import OPINIONS

UNDO_SECONDS = 10.0
"""How long the page offers to take something back."""
_GRACE = 3.0
"""Seconds more that the server accepts it: the press was made before it arrived here."""

KINDS: frozenset[EventKind] = OPINIONS | {"seen", "save"}
"""The kinds of event that change an item's state."""


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item: the newest opinion on it, whether it was seen, the event that saved it, and the newest of all these."""

    opinion: EventKind | None = None
    seen: bool = False
    save: Event | None = None
    last: Event | None = None

    def has(self, kind: EventKind) -> bool:
        """Whether an event of this kind would say nothing new."""
        return {"seen": self.seen, "save": self.save is not None}.get(kind, self.opinion == kind)

    @property
    def deed(self) -> str:
        """A mark of the newest event that does not give its id away; an undo takes back this one alone."""
        return hashlib.sha256(self.last.id.encode()).hexdigest()[:12] if self.last else ""

    def undoable(self, session: str, now: datetime | None = None) -> float:
        """Seconds left to take the newest event back; 0 when it was not made in this session or is too old."""
        if self.last is None or self.last.at is None or self.last.context.get("session") != session:
            return 0.0
        age = (now or datetime.now(UTC)) - self.last.at
        return max(0.0, UNDO_SECONDS - age.total_seconds()) if age >= timedelta(0) else 0.0

    def may_undo(self, session: str, now: datetime | None = None) -> bool:
        """Whether a press on undo that arrives now was made in time."""
        moment = now or datetime.now(UTC)
        return self.undoable(session, moment - timedelta(seconds=_GRACE)) > 0 or self.undoable(session, moment) > 0


def standings(events: Iterable[Event]) -> Mapping[str, ItemState]:
    """Item id -> its state, from a person's events, newest first."""
    found: dict[str, ItemState] = {}
    for event in events:
        if event.item and event.kind in KINDS:
            found[event.item] = _with_earlier(found.get(event.item, ItemState()), event)
    return found


def _with_earlier(so_far: ItemState, event: Event) -> ItemState:
    opinion = so_far.opinion or (event.kind if event.kind in OPINIONS else None)
    save = so_far.save or (event if event.kind == "save" else None)
    return ItemState(opinion, so_far.seen or event.kind == "seen", save, so_far.last or event)
