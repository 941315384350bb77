"""The chat page: a conversation beside a shelf, in a browser.

Handlers take what the browser keeps (see `visitor`) and give back what to paint; nothing about a user lives in the
page object or in the module. Every endpoint is private. Knows nothing about ranking, models or storage: the engine
does all of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import gradio as gr

from ...retrieval.catalogue import User
from ..serving.chat_engine import ChatEngine
from ..serving.conversations import Conversations
from ..serving.identity import IdentityError
from ..serving.sessions import TELLABLE, Conversation
from ..text import cut
from ..turn import Profile
from . import words
from .actions import Actions, Press, resolve
from .conditions import place_pressed
from .drawer_views import DrawerViews
from .facts import title_of
from .images import Images
from .layout import Layout
from .masthead import live_html
from .painter import Painter, Painting, name_of
from .profile_panel import pins_mark
from .share import PARAMETER, share_html
from .visitor import Visitor

_LISTENER: Mapping[str, Any] = {
    "api_visibility": "private",
    "concurrency_id": "page",
    "concurrency_limit": 32,
    "show_progress": "hidden",
}
# An answer is followed for minutes and takes no thread meanwhile, so any number may be followed at once.
_FOLLOWER: Mapping[str, Any] = {**_LISTENER, "concurrency_id": "followers", "concurrency_limit": None}
_TO_THE_COMPOSER = "() => document.querySelector('#som-message textarea')?.focus()"
_log = logging.getLogger(__name__)


class Page:
    """The page and what happens on it. Holds no visitor's state: that goes in and out."""

    def __init__(
        self, engine: ChatEngine, conversations: Conversations, images: Images, *, signed_in: bool = False
    ) -> None:
        """With `signed_in`, visitors are whom the server says they are, and there are no demo viewers."""
        self._engine = engine
        self._signed_in = signed_in
        self._conversations = conversations
        everybody = [] if signed_in else engine.users()
        self._viewers = {user.id: user for user in everybody if user.attributes.get("simulated") is True}
        self.blocks = gr.Blocks(title=words.NAME, analytics_enabled=False, fill_width=True)
        with self.blocks:
            picks = [(_label(user), user.id) for user in self._viewers.values()]
            self._layout = Layout(engine.model_card, picks)
            self._listen(self._layout)
        self._actions = Actions(engine)
        self._drawer_views = DrawerViews(engine, self._actions, images)
        self._painter = Painter(engine, self._layout, self._actions, images, self._viewers)

    def _listen(self, layout: Layout) -> None:
        changed, arrival = layout.answer, layout.arrival
        for arriving in (self.blocks.load, layout.connection.click):
            arriving(self.arrived, layout.kept, arrival, **_FOLLOWER)
        layout.stop.click(self.stopped, layout.kept, changed, **_LISTENER)
        layout.again.click(self.retried, layout.kept, layout.asking, **_FOLLOWER)
        self._listen_to_the_talk(layout)
        # Buttons of two cards may be pressed in quick succession: no press is dropped while another is answered.
        for cards in (layout.shelf, layout.drawer):
            cards.click(self.pressed, layout.kept, changed, trigger_mode="multiple", **_LISTENER)
            cards.select(self.wanted_more, layout.kept, layout.asking, **_FOLLOWER)
        layout.drawer.submit(self.went_back, layout.kept, arrival, **_FOLLOWER)
        layout.saved.click(self.saved, layout.kept, [layout.drawer, layout.notice], **_LISTENER)
        layout.history.click(self.looked_back, layout.kept, [layout.drawer, layout.notice], **_LISTENER)
        layout.viewer.input(self.switched, [layout.kept, layout.viewer], arrival, **_FOLLOWER)
        layout.fresh.click(self.renewed, layout.kept, arrival, **_FOLLOWER)

    def _listen_to_the_talk(self, layout: Layout) -> None:
        kept, changed = layout.kept, layout.asking
        sending = [layout.message.submit, layout.send.click]
        gr.on(sending, self.sent, [kept, layout.message, layout.editing], changed, **_FOLLOWER)
        for button in layout.opener_buttons:
            button.click(self.asked, [kept, button], changed, **_FOLLOWER)
        layout.options.click(self.picked, kept, changed, **_FOLLOWER)
        layout.conditions.click(self.dropped, kept, changed, **_FOLLOWER)
        layout.profile.click(self.unpinned, kept, changed, **_LISTENER)
        layout.undo.click(self.took_back, kept, changed, **_FOLLOWER)
        layout.edit.click(self.took_up, kept, changed, **_LISTENER).then(None, js=_TO_THE_COMPOSER)
        layout.keep.click(self.left_as_it_is, None, changed, **_LISTENER)

    # What happens

    async def arrived(self, kept: object, request: gr.Request) -> AsyncIterator[Painting]:
        """The page opened or reloaded: show the conversation as it stands and follow a turn that still runs."""
        async for painting in self._enter(self._visitor(kept, request), request.query_params.get(PARAMETER)):
            yield painting

    async def switched(self, kept: object, viewer: str, request: gr.Request) -> AsyncIterator[Painting]:
        """Another demo viewer was picked, or "yourself" (an empty id)."""
        visitor = self._visitor(kept, request)
        if viewer == (visitor.viewer or ""):  # the picker also reports that it was left as it was
            yield {self._layout.viewer: viewer}
            return
        async for painting in self._enter(visitor.looking_through(viewer or None)):
            yield painting

    async def renewed(self, kept: object, request: gr.Request) -> AsyncIterator[Painting]:
        """A new conversation was asked for; the old one stays in the engine's log."""
        visitor = self._visitor(kept, request)
        said = (await self._open(visitor)).exchanges
        async for painting in self._enter(visitor.afresh() if said else visitor):
            yield painting

    async def asked(self, kept: object, message: str, request: gr.Request) -> AsyncIterator[Painting]:
        """A message was asked."""
        async for painting in self._turn(kept, lambda conversation: conversation.ask(message), request, ""):
            yield painting

    async def sent(self, kept: object, message: str, editing: str, request: gr.Request) -> AsyncIterator[Painting]:
        """A message was sent from the composer; `editing` is the mark of the one that it replaces, if any."""
        if not editing:
            async for painting in self.asked(kept, message, request):
                yield painting
            return
        if editing != (await self._open(self._visitor(kept, request))).last_mark:
            yield self._painter.composing()  # what was to be edited is no longer the last
        async for painting in self._turn(kept, lambda talk: talk.edit(message, editing), request, ""):
            yield painting

    def took_up(self, kept: object, request: gr.Request) -> Painting:
        """The last message is to be edited: it goes into the composer."""
        visitor = self._visitor(kept, request)
        try:
            conversation = self._conversation(visitor)
            return self._painter.composing(conversation.editable(), conversation.last_mark)
        except Exception as error:
            return self._problem(error)

    def left_as_it_is(self) -> Painting:
        """The last message is not to be edited after all."""
        return self._painter.composing("")

    async def dropped(self, kept: object, press: gr.EventData, request: gr.Request) -> AsyncIterator[Painting]:
        """A condition was taken back, by its place."""
        place, mark = place_pressed(press._data)
        async for painting in self._turn(kept, lambda conversation: conversation.drop(place, mark), request):
            yield painting

    async def picked(self, kept: object, press: gr.EventData, request: gr.Request) -> AsyncIterator[Painting]:
        """An answer that the open question offers was picked: it is said."""
        place, mark = place_pressed(press._data)
        async for painting in self._turn(kept, lambda talk: talk.ask(talk.option(place, mark)), request):
            yield painting

    def unpinned(self, kept: object, press: gr.EventData, request: gr.Request) -> Painting:
        """What was remembered for good is to be forgotten, by its place."""
        visitor = self._visitor(kept, request)
        place, mark = place_pressed(press._data)
        try:
            pins = self._engine.pins(visitor.user)
            if mark != pins_mark(pins) or not 0 <= place < len(pins):
                return self._painter.saying(words.NO_SUCH_PIN)
            self._engine.unpin(visitor.user, place)
            return self._all_of(visitor)
        except Exception as error:
            return self._problem(error)

    async def took_back(self, kept: object, request: gr.Request) -> AsyncIterator[Painting]:
        """The last step is to be taken back."""
        async for painting in self._turn(kept, Conversation.undo, request):
            yield painting

    def stopped(self, kept: object, request: gr.Request) -> Painting:
        """The running answer is no longer wanted."""
        visitor = self._visitor(kept, request)
        try:
            self._conversation(visitor).halt()
            return self._all_of(visitor)
        except Exception as error:
            return self._problem(error)

    async def retried(self, kept: object, request: gr.Request) -> AsyncIterator[Painting]:
        """The last message is to be asked again."""
        async for painting in self._turn(kept, Conversation.retry, request):
            yield painting

    def pressed(self, kept: object, press: gr.EventData, request: gr.Request) -> Painting:
        """A button on a card was pressed: `press` says which shelf, rank and kind, and nothing else."""
        visitor = self._visitor(kept, request)
        try:
            return self._answered(visitor, resolve(self._conversation(visitor), press._data))
        except Exception as error:
            return self._problem(error)

    async def wanted_more(self, kept: object, press: gr.EventData, request: gr.Request) -> AsyncIterator[Painting]:
        """ "More like this" was pressed: a look at the item, and a question that names it."""
        visitor = self._visitor(kept, request)
        try:
            found = resolve(await self._open(visitor), press._data)
            await asyncio.to_thread(self._actions.observe, visitor, found.item, "click")
        except Exception as error:
            yield self._problem(error)
            return
        async for painting in self.asked(kept, words.MORE_LIKE.format(title=title_of(found.item)), request):
            yield painting

    def saved(self, kept: object, request: gr.Request) -> Painting:
        """The list of saved items was asked for."""
        visitor = self._visitor(kept, request)
        try:
            return {self._layout.drawer: self._drawer_views.saved(visitor, self._conversation(visitor))}
        except Exception as error:
            return self._problem(error)

    def looked_back(self, kept: object, request: gr.Request) -> Painting:
        """What was done and said so far was asked for."""
        visitor = self._visitor(kept, request)
        try:
            return {self._layout.drawer: self._drawer_views.history(visitor, self._conversation(visitor))}
        except Exception as error:
            return self._problem(error)

    async def went_back(self, kept: object, press: gr.EventData, request: gr.Request) -> AsyncIterator[Painting]:
        """An earlier conversation of this browser was picked, by its number."""
        number = press._data.get("rank") if isinstance(press._data, Mapping) else None
        visitor = self._visitor(kept, request)
        async for painting in self._enter(visitor.back_to(number) if type(number) is int else visitor):
            yield painting

    # What is answered

    def _answered(self, visitor: Visitor, press: Press) -> Painting:
        conversation, drawer = self._conversation(visitor), self._layout.drawer
        if press.kind == "open":
            return {drawer: self._drawer_views.item_page(visitor, conversation, press.item)}
        if press.kind == "share":
            return {drawer: share_html(press.beside)}
        said = {self._layout.live: live_html(self._actions.do(visitor, press))}
        painted = self._all_of(visitor) | said
        if press.kind == "unsave":
            return painted | {drawer: self._drawer_views.saved(visitor, conversation)}
        if not press.beside:
            return painted | {drawer: self._drawer_views.item_page(visitor, conversation, press.item)}
        return painted

    async def _enter(self, visitor: Visitor, packed: str | None = None) -> AsyncIterator[Painting]:
        """`packed` is the shelf that the page's address brings along."""
        layout = self._layout
        yield {layout.kept: visitor.keep(), layout.viewer: visitor.viewer or "", layout.drawer: ""}
        try:
            yield self._painter.composing() | await asyncio.to_thread(self._painter.catalogue)
            conversation = await self._open(visitor)
            yield {layout.drawer: await asyncio.to_thread(self._drawer_views.received, packed, conversation)}
            async for painting in self._follow(visitor, conversation):
                yield painting
        except Exception as error:
            yield self._problem(error)

    async def _turn(
        self, kept: object, begin: Callable[[Conversation], None], request: gr.Request, draft: str | None = None
    ) -> AsyncIterator[Painting]:
        """A turn that `begin` starts, to its end. `draft` is in the composer from then on; None: what was there."""
        visitor = self._visitor(kept, request)
        try:
            conversation = await self._open(visitor)
            begin(conversation)
            yield self._painter.composing(draft) | {self._layout.notice: ""}
            async for painting in self._follow(visitor, conversation):
                yield painting
        except Exception as error:
            yield self._problem(error)

    async def _follow(self, visitor: Visitor, conversation: Conversation) -> AsyncIterator[Painting]:
        profile: Profile | None = None
        async for exchanges in conversation.follow():
            if profile is None or not (exchanges and exchanges[-1].state == "running"):
                profile = await asyncio.to_thread(self._engine.profile, visitor.user)
            yield await asyncio.to_thread(self._painter.everything, visitor, profile, exchanges)

    def _all_of(self, visitor: Visitor) -> Painting:
        exchanges = self._conversation(visitor).exchanges
        return self._painter.everything(visitor, self._engine.profile(visitor.user), exchanges)

    def _problem(self, error: Exception) -> Painting:
        """An error as a sentence. Ours are written to be read; anything else goes to the log, not to the page."""
        if isinstance(error, TELLABLE):
            return self._painter.saying(str(error))
        _log.error("The chat page could not answer an event", exc_info=error)
        return self._painter.saying(words.WENT_WRONG)

    # Who is there

    def _visitor(self, kept: object, request: gr.Request) -> Visitor:
        """Who is asking. Raises IdentityError where people are known and this one is not."""
        if not self._signed_in:
            return Visitor.recall(kept, self._viewers)
        if not request.username:
            raise IdentityError
        return Visitor.signed_in(kept, request.username)

    def _conversation(self, visitor: Visitor) -> Conversation:
        return self._conversations.of(visitor.user, visitor.session)

    async def _open(self, visitor: Visitor) -> Conversation:
        """The same for a handler that is not in a thread of its own: the log may have to be read."""
        return await asyncio.to_thread(self._conversation, visitor)


def _label(viewer: User) -> str:
    """A demo viewer's name and persona."""
    persona = viewer.attributes.get("persona")
    return f"{name_of(viewer)}: {cut(str(persona), 50)}" if persona else name_of(viewer)
