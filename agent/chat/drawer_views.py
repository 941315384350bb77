"""What the drawer shows: an item's page, the saved list, the history, a shelf to hand on or to receive."""

from __future__ import annotations

from ...retrieval.catalogue import Item
from ...retrieval.event_kinds import ACTIONS
from ..errors import UnknownItemError
from ..serving.chat_engine import ChatEngine
from ..serving.sessions import Conversation
from .actions import Actions
from .images import Images
from .item_page import item_page_html
from .item_state import ItemState
from .lists import Talk, history_html, saved_html
from .share import shared_html, unpack
from .visitor import Visitor

_TALKS = 12
"""Conversations that the history lists."""


class DrawerViews:
    """The drawer's contents as HTML; what is on them can be pressed in the conversation that they are laid out in."""

    def __init__(self, engine: ChatEngine, actions: Actions, images: Images) -> None:
        self._engine = engine
        self._actions = actions
        self._images = images

    def item_page(self, visitor: Visitor, conversation: Conversation, item: Item) -> str:
        """Everything about an item."""
        related_items = self._engine.related_items(item.id)
        marks = conversation.lay_out([item]), conversation.lay_out(related_items.similar)
        state = self._actions.standings(visitor).get(item.id, ItemState())
        return item_page_html(related_items, state, self._images, marks, conversation.told_of(item.id))

    def saved(self, visitor: Visitor, conversation: Conversation) -> str:
        """What the visitor saved, newest first."""
        found = [self._item(each.item) for each in self._engine.events(visitor.user, {"save"})]
        items = list({item.id: item for item in found if item}.values())
        return saved_html(items, self._images, conversation.lay_out(items))

    def history(self, visitor: Visitor, conversation: Conversation) -> str:
        """What the visitor did, and this browser's conversations."""
        done = [(each, item) for each in self._engine.events(visitor.user, ACTIONS) if (item := self._item(each.item))]
        return history_html(done, conversation.lay_out([item for _, item in done]), self._talks(visitor))

    def received(self, packed: str | None, conversation: Conversation) -> str:
        """The shelf that the page's address brings along; nothing when it brings none."""
        items = [item for each in unpack(packed) if (item := self._item(each))]
        return shared_html(items, self._images, conversation.lay_out(items)) if items else ""

    def _talks(self, visitor: Visitor) -> list[Talk]:
        """This browser's newest conversations that anything was said in."""
        numbers = range(visitor.newest, max(-1, visitor.newest - _TALKS), -1)
        found = [(at, self._engine.turns(visitor.user, visitor.back_to(at).session)) for at in numbers]
        return [Talk(at, turns[0].message, len(turns), at == visitor.conversation) for at, turns in found if turns]

    def _item(self, id: str | None) -> Item | None:
        """An item, if it is still in the catalogue."""
        try:
            return self._engine.item(id) if id else None
        except UnknownItemError:
            return None
