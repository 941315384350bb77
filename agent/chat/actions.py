"""What visitors do with items: a button on the page becomes an event in the engine's log, or takes one back.

A button names a shelf and a rank, which are looked up in this visitor's own conversation; nothing else counts.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from ...retrieval.catalogue import EventKind, Item
from ..errors import SommelierError
from ..serving.chat_engine import ChatEngine
from ..serving.sessions import Conversation
from . import words
from .facts import title_of
from .item_state import KINDS, ItemState, standings
from .visitor import Visitor

_PRESSES = ("like", "save", "seen", "dismiss", "more", "open", "share", "undo", "unsave")
_ALL = 100_000
_NEWEST = 500
"""A visitor's newest events, from which the states of items are read."""


class ActionError(SommelierError):
    """An action that is not possible: its shelf is gone, there is nothing to undo, or it is too late to."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button, resolved: its kind, the item that it stands by, the items of the shelf that this is on, if any, and
    for an undo the mark of the action that it takes back (`ItemState.deed`)."""

    kind: str
    item: Item
    beside: tuple[Item, ...]
    deed: object = None


def resolve(conversation: Conversation, data: object) -> Press:
    """What a browser says was pressed. Raises ActionError when this conversation never showed it."""
    fields = data if isinstance(data, Mapping) else {}
    mark, rank, kind = fields.get("shelf"), fields.get("rank"), fields.get("kind")
    if isinstance(mark, str) and type(rank) is int and isinstance(kind, str) and kind in _PRESSES:
        item = conversation.item_at(mark, rank)
        if item is not None:
            return Press(kind, item, conversation.shelf(mark), fields.get("deed"))
    raise ActionError(words.SHELF_IS_GONE)


class Actions:
    """Writes what visitors do, and takes it back. Safe to use from several threads."""

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine
        self._acting = threading.Lock()

    def standings(self, visitor: Visitor) -> Mapping[str, ItemState]:
        """The states of items for a visitor, by item id."""
        return standings(self._engine.events(visitor.user, KINDS, _NEWEST))

    def observe(self, visitor: Visitor, item: Item, kind: EventKind) -> None:
        """Write an event."""
        self._engine.observe(visitor.user, item.id, kind, context={"session": visitor.session})

    def do(self, visitor: Visitor, press: Press) -> str:
        """Do what a button stands for, or take it back; returns what was done, as a line. Raises ActionError."""
        with self._acting:  # two quick presses arrive together, and count once
            if press.kind == "unsave":
                return self._unsave(visitor, press.item)
            return self._undo(visitor, press) if press.kind == "undo" else self._note(visitor, press)

    def _note(self, visitor: Visitor, press: Press) -> str:
        """Write the event that a button stands for, unless the item is in that state already."""
        kind = cast(EventKind, press.kind)
        if not self._state(visitor, press.item).has(kind):
            self.observe(visitor, press.item, kind)
        return words.OF_ITEM.format(action=words.DONE[kind], title=title_of(press.item))

    def _undo(self, visitor: Visitor, press: Press) -> str:
        """Take back the action that the button was made for, if that was on this page a moment ago."""
        state = self._state(visitor, press.item)
        if state.last is None or press.deed != state.deed:
            raise ActionError(words.NOTHING_TO_UNDO)
        if not state.may_undo(visitor.session):
            raise ActionError(words.TOO_LATE)
        self._engine.undo(visitor.user, state.last.id)
        return words.UNDONE.format(title=title_of(press.item))

    def _unsave(self, visitor: Visitor, item: Item) -> str:
        """Take an item off the saved list, however often and however long ago it was saved."""
        saves = [each for each in self._engine.events(visitor.user, {"save"}, _ALL) if each.item == item.id]
        if not saves:
            raise ActionError(words.NOTHING_TO_UNDO)
        for each in saves:
            self._engine.undo(visitor.user, each.id)
        return words.UNDONE.format(title=title_of(item))

    def _state(self, visitor: Visitor, item: Item) -> ItemState:
        return self.standings(visitor).get(item.id, ItemState())
