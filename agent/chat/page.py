"""The chat page: a conversation beside a shelf, in a browser.

Handlers take what the browser keeps (see `visitor`) and give back what to paint; nothing about a user lives in the
page object or in the module. Every endpoint is private, and buttons name a shelf and a rank, which are looked up
in this visitor's own conversation. Knows nothing about ranking, models or storage: the engine does all of it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import gradio as gr

from ...retrieval.catalogue import EventKind, Item, User
from ..errors import UnknownItemError
from ..turn import Profile
from . import words
from .conversation import TELLABLE, Conversation, Conversations, Exchange
from .facts import title_of
from .identity import IdentityError
from .images import Images
from .inert import cut, inert_message
from .item_page import item_page_html
from .lists import Talk, history_html, saved_html
from .masthead import live_html, masthead_html, model_html, notice_html, offline_html
from .openers import openers
from .profile_panel import profile_html
from .search_steps import steps_text, steps_title
from .share import PARAMETER, share_html, shared_html, unpack
from .shelf import shelf_html, waiting_html, welcome_html
from .standing import KINDS, Standing, standings
from .visitor import Visitor

if TYPE_CHECKING:
    from ..recommender import Recommender

Painting: TypeAlias = "dict[Any, Any]"
"""Component -> its new value: Gradio leaves what is not in it as it is."""

_BACK = ("undo", "unsave")
_PRESSES = ("like", "save", "seen", "dismiss", "more", "open", "share", *_BACK)
_DEEDS: frozenset[EventKind] = KINDS | {"rating", "purchase", "play", "share", "comment"}
"""What the history lists: deeds, not glances."""
_TALKS = 12
"""Conversations that it lists."""
_LISTENER: Mapping[str, Any] = {
    "api_visibility": "private",
    "concurrency_id": "page",
    "concurrency_limit": 32,
    "show_progress": "hidden",
}
_HERE = Path(__file__).parent
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Press:
    """A button, resolved: its kind, the item that it stands by, and the items of the shelf that this is on, if any."""

    kind: str
    item: Item
    beside: tuple[Item, ...]


class Page:
    """The page's components and what happens to them. Holds no visitor's state: those go in and out."""

    def __init__(
        self, engine: Recommender, conversations: Conversations, images: Images, *, signed_in: bool = False
    ) -> None:
        """With `signed_in`, visitors are whom the server says they are, and there are no demo viewers."""
        self._engine = engine
        self._signed_in = signed_in
        self._conversations = conversations
        self._images = images
        everybody = [] if signed_in else engine.users()
        self._viewers = {user.id: user for user in everybody if user.attributes.get("simulated") is True}
        self._openers = openers(engine.facets())
        self._judging = threading.Lock()
        self.blocks = gr.Blocks(title=words.NAME, analytics_enabled=False, fill_width=True)
        with self.blocks:
            self._lay_out()
            self._listen()

    def _lay_out(self) -> None:
        # A fixed key and secret: with Gradio's random ones no browser would be recognised after a restart.
        # The secret only obscures what lies in the visitor's own browser; the token in it is the credential.
        self._kept = gr.BrowserState(None, storage_key="sommelier-visitor", secret="sommelier-visitor")
        with gr.Row(elem_id="som-top"):
            gr.HTML(masthead_html(self._engine.catalogue_size))
            self._viewer = gr.Dropdown(
                self._choices(), value="", label=words.VIEWING_AS, elem_id="som-viewer", visible=bool(self._viewers)
            )
            self._saved = gr.Button(words.SAVED_LIST, elem_id="som-saved", size="sm")
            self._history = gr.Button(words.HISTORY, elem_id="som-history", size="sm")
            self._fresh = gr.Button(words.NEW_CONVERSATION, elem_id="som-fresh", size="sm")
        with gr.Row(elem_id="som-main"):
            with gr.Column(elem_id="som-talk"):
                self._lay_out_talk()
            with gr.Column(elem_id="som-side"):
                self._shelf = gr.HTML(welcome_html(), js_on_load=_script("shelf.js"))
                self._profile = gr.HTML()
        self._drawer = gr.HTML(elem_id="som-drawer", js_on_load=_script("drawer.js") + _script("share.js"))
        self._live = gr.HTML(elem_id="som-live", js_on_load=_script("live.js"))
        self._lifeline = gr.HTML(offline_html(), elem_id="som-lifeline", js_on_load=_script("lifeline.js"))

    def _lay_out_talk(self) -> None:
        self._chat = gr.Chatbot(
            label=words.CONVERSATION, show_label=False, container=False, elem_id="som-chat", height="100%",
            render_markdown=False, sanitize_html=True, allow_tags=False, latex_delimiters=[], buttons=[],
            feedback_options=None, group_consecutive_messages=False,
            placeholder=f"<h2>{words.WELCOME}</h2><p>{words.WELCOME_HINT}</p>",
        )  # fmt: skip
        with gr.Row(elem_id="som-openers") as self._chips:
            self._chip_buttons = [gr.Button(line, size="sm", elem_classes="som-chip") for line in self._openers]
        self._notice = gr.HTML(elem_id="som-notice")
        self._again = gr.Button(words.TRY_AGAIN, elem_id="som-again", size="sm", visible=False)
        with gr.Row(elem_id="som-composer"):
            self._message = gr.Textbox(
                label=words.YOUR_MESSAGE, show_label=False, container=False, lines=1, max_lines=5, scale=1,
                placeholder=words.IN_YOUR_OWN_WORDS, elem_id="som-message", autofocus=True,
            )  # fmt: skip
            self._send = gr.Button(words.ASK, variant="primary", elem_id="som-send", scale=0, min_width=88)
            self._stop = gr.Button(words.STOP, elem_id="som-stop", scale=0, min_width=88, visible=False)
        gr.HTML(model_html(self._engine.model_card))

    def _listen(self) -> None:
        buttons = [self._send, self._stop, self._again]
        face = [self._chat, self._shelf, self._profile, self._notice, self._chips, self._live, self._drawer, *buttons]
        arrival = [self._kept, self._viewer, *face]
        for coming in (self.blocks.load, self._lifeline.click):
            coming(self.arrived, self._kept, arrival, **_LISTENER)
        self._stop.click(self.stopped, self._kept, face, **_LISTENER)
        self._again.click(self.retried, self._kept, face, **_LISTENER)
        gr.on(
            [self._message.submit, self._send.click], self.asked, [self._kept, self._message],
            [self._message, *face], **_LISTENER,
        )  # fmt: skip
        for line, chip in zip(self._openers, self._chip_buttons, strict=True):
            chip.click(self._opening(line), self._kept, [self._message, *face], **_LISTENER)
        # Two cards may be judged in quick succession, so a press never waits for the one before it.
        for cards in (self._shelf, self._drawer):
            cards.click(self.pressed, self._kept, face, trigger_mode="multiple", **_LISTENER)
            cards.select(self.wanted_more, self._kept, [self._message, *face], **_LISTENER)
        self._drawer.submit(self.went_back, self._kept, arrival, **_LISTENER)
        self._saved.click(self.saved, self._kept, [self._drawer, self._notice], **_LISTENER)
        self._history.click(self.looked_back, self._kept, [self._drawer, self._notice], **_LISTENER)
        self._viewer.input(self.switched, [self._kept, self._viewer], arrival, **_LISTENER)
        self._fresh.click(self.renewed, self._kept, arrival, **_LISTENER)

    def _choices(self) -> list[tuple[str, str]]:
        return [(words.YOURSELF, ""), *((_label(user), user.id) for user in self._viewers.values())]

    # What happens

    def arrived(self, kept: object, request: gr.Request) -> Iterator[Painting]:
        """The page opened or reloaded: show the conversation as it stands and follow a turn that still runs."""
        visitor = self._visitor(kept, request)
        yield from self._enter(visitor, self._received(visitor, request))

    def switched(self, kept: object, viewer: str, request: gr.Request) -> Iterator[Painting]:
        """Another demo viewer was picked, or "yourself" (an empty id)."""
        visitor = self._visitor(kept, request)
        if viewer == (visitor.viewer or ""):  # the picker also reports that it was left as it was
            yield {self._viewer: viewer}
            return
        yield from self._enter(visitor.looking_through(viewer or None))

    def renewed(self, kept: object, request: gr.Request) -> Iterator[Painting]:
        """A new conversation was asked for; the old one stays in the engine's log."""
        yield from self._enter(self._visitor(kept, request).afresh())

    def asked(self, kept: object, message: str, request: gr.Request) -> Iterator[Painting]:
        """A message was sent."""
        visitor = self._visitor(kept, request)
        try:
            conversation = self._conversation(visitor)
            conversation.ask(message)
        except Exception as error:
            yield self._saying(_plain(error))
            return
        yield {self._message: "", self._notice: ""}
        yield from self._follow(visitor, conversation)

    def stopped(self, kept: object, request: gr.Request) -> Painting:
        """The running answer is no longer wanted."""
        visitor = self._visitor(kept, request)
        try:
            conversation = self._conversation(visitor)
            conversation.halt()
            return self._paint(visitor, self._engine.profile(visitor.user), conversation.exchanges)
        except Exception as error:
            return self._saying(_plain(error))

    def retried(self, kept: object, request: gr.Request) -> Iterator[Painting]:
        """The last message is to be asked again."""
        visitor = self._visitor(kept, request)
        try:
            conversation = self._conversation(visitor)
            conversation.retry()
        except Exception as error:
            yield self._saying(_plain(error))
            return
        yield from self._follow(visitor, conversation)

    def pressed(self, kept: object, press: gr.EventData, request: gr.Request) -> Painting:
        """A button on a card was pressed: `press` says which shelf, rank and kind, and nothing else."""
        visitor = self._visitor(kept, request)
        try:
            found = self._resolved(visitor, press._data)
            if found is None:
                return self._saying(words.SHELF_IS_GONE)
            return self._answered(visitor, found)
        except Exception as error:
            return self._saying(_plain(error))

    def wanted_more(self, kept: object, press: gr.EventData, request: gr.Request) -> Iterator[Painting]:
        """ "More like this" was pressed: a look at the item, and a question that names it."""
        visitor = self._visitor(kept, request)
        try:
            found = self._resolved(visitor, press._data)
            if found is None:
                yield self._saying(words.SHELF_IS_GONE)
                return
            self._observe(visitor, found.item, "click")
        except Exception as error:
            yield self._saying(_plain(error))
            return
        yield from self.asked(kept, words.MORE_LIKE.format(title=title_of(found.item)), request)

    def saved(self, kept: object, request: gr.Request) -> Painting:
        """The list of saved items was asked for."""
        visitor = self._visitor(kept, request)
        try:
            return self._saved_list(visitor)
        except Exception as error:
            return self._saying(_plain(error))

    def looked_back(self, kept: object, request: gr.Request) -> Painting:
        """What was done and said so far was asked for."""
        visitor = self._visitor(kept, request)
        try:
            done = [
                (each, item) for each in self._engine.events(visitor.user, _DEEDS) if (item := self._item(each.item))
            ]
            mark = self._conversation(visitor).lay_out([item for _, item in done])
            return {self._drawer: history_html(done, mark, self._talks(visitor))}
        except Exception as error:
            return self._saying(_plain(error))

    def went_back(self, kept: object, press: gr.EventData, request: gr.Request) -> Iterator[Painting]:
        """An earlier conversation of this browser was picked, by its number."""
        number = press._data.get("rank") if isinstance(press._data, Mapping) else None
        visitor = self._visitor(kept, request)
        yield from self._enter(visitor.back_to(number) if type(number) is int else visitor)

    def _opening(self, line: str) -> Any:  # noqa: ANN401 - a handler; Gradio reads its signature
        def opened(kept: object, request: gr.Request) -> Iterator[Painting]:
            yield from self.asked(kept, line, request)

        return opened

    def _answered(self, visitor: Visitor, press: _Press) -> Painting:
        if press.kind == "open":
            return self._item_page(visitor, press.item)
        if press.kind == "share":
            return {self._drawer: share_html(press.beside)}
        said = self._take_back(visitor, press) if press.kind in _BACK else self._note(visitor, press)
        painted = self._paint(visitor, self._engine.profile(visitor.user), self._conversation(visitor).exchanges) | said
        if press.kind == "unsave":
            return painted | self._saved_list(visitor)
        return painted if press.beside else painted | self._item_page(visitor, press.item)

    def _resolved(self, visitor: Visitor, data: object) -> _Press | None:
        if not isinstance(data, Mapping):
            return None
        mark, rank, kind = data.get("shelf"), data.get("rank"), data.get("kind")
        if not isinstance(mark, str) or type(rank) is not int or not isinstance(kind, str):
            return None
        conversation = self._conversation(visitor)
        item = conversation.item_at(mark, rank)
        if item is None or kind not in _PRESSES:
            return None
        return _Press(kind, item, conversation.shelf(mark))

    def _note(self, visitor: Visitor, press: _Press) -> Painting:
        """Write the event that a button stands for, unless the item stands so already."""
        kind = cast(EventKind, press.kind)
        with self._judging:  # two quick presses arrive together, and are one judgement
            if not self._standings(visitor).get(press.item.id, Standing()).has(kind):
                self._observe(visitor, press.item, kind)
        return {self._live: live_html(words.OF_ITEM.format(action=words.DONE[kind], title=title_of(press.item)))}

    def _take_back(self, visitor: Visitor, press: _Press) -> Painting:
        """Undo what this visitor did last with an item, if that was on this page a moment ago; a saved item leaves
        its list at any time."""
        standing = self._standings(visitor).get(press.item.id, Standing())
        unsaved = press.kind == "unsave"
        undone = standing.save if unsaved else standing.last
        if undone is None:
            return self._saying(words.NOTHING_TO_UNDO)
        if not unsaved and not standing.may_undo(visitor.session):
            return self._saying(words.TOO_LATE)
        self._engine.undo(visitor.user, undone.id)
        return {self._live: live_html(words.UNDONE.format(title=title_of(press.item)))}

    def _observe(self, visitor: Visitor, item: Item, kind: EventKind) -> None:
        self._engine.observe(visitor.user, item.id, kind, context={"session": visitor.session})

    def _visitor(self, kept: object, request: gr.Request) -> Visitor:
        """Who is asking. Raises IdentityError where people are known and this one is not."""
        if not self._signed_in:
            return Visitor.recall(kept, self._viewers)
        if not request.username:
            raise IdentityError
        return Visitor.signed_in(kept, request.username)

    # What the drawer shows

    def _item_page(self, visitor: Visitor, item: Item) -> Painting:
        conversation, portrait = self._conversation(visitor), self._engine.portrait(item.id)
        marks = conversation.lay_out([item]), conversation.lay_out(portrait.similar)
        standing = self._standings(visitor).get(item.id, Standing())
        page = item_page_html(portrait, standing, self._images, marks, conversation.told_of(item.id))
        return {self._drawer: page}

    def _received(self, visitor: Visitor, request: gr.Request) -> str:
        """The shelf that the page's address brings along, if it does, in the drawer."""
        found = [self._item(each) for each in unpack(request.query_params.get(PARAMETER))]
        items = [each for each in found if each]
        return shared_html(items, self._images, self._conversation(visitor).lay_out(items)) if items else ""

    def _saved_list(self, visitor: Visitor) -> Painting:
        found = [self._item(each.item) for each in self._engine.events(visitor.user, {"save"})]
        items = list({item.id: item for item in found if item}.values())
        return {self._drawer: saved_html(items, self._images, self._conversation(visitor).lay_out(items))}

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

    # What is painted

    def _enter(self, visitor: Visitor, drawer: str = "") -> Iterator[Painting]:
        yield {self._kept: visitor.keep(), self._viewer: visitor.viewer or "", self._drawer: drawer}
        try:
            yield from self._follow(visitor, self._conversation(visitor))
        except Exception as error:
            yield self._saying(_plain(error))

    def _follow(self, visitor: Visitor, conversation: Conversation) -> Iterator[Painting]:
        profile = self._engine.profile(visitor.user)
        for exchanges in conversation.follow():
            if not (exchanges and exchanges[-1].state == "running"):
                profile = self._engine.profile(visitor.user)
            yield self._paint(visitor, profile, exchanges)

    def _paint(self, visitor: Visitor, profile: Profile, exchanges: Sequence[Exchange]) -> Painting:
        viewer = self._viewers.get(profile.user)
        changes = self._engine.changes(visitor.user, visitor.session)
        panel = profile_html(profile, _name(viewer) if viewer else words.YOU, changes)
        shown = self._talk(exchanges) | self._picks(visitor, exchanges)
        return shown | {self._profile: panel, self._notice: ""}

    def _talk(self, exchanges: Sequence[Exchange]) -> Painting:
        last = exchanges[-1] if exchanges else None
        running = last is not None and last.state == "running"
        return {
            self._chat: [message for exchange in exchanges for message in _messages(exchange)],
            self._chips: gr.Row(visible=not exchanges),
            self._send: gr.Button(visible=not running),
            self._stop: gr.Button(visible=running),
            self._again: gr.Button(visible=last is not None and last.unanswered),
        }

    def _picks(self, visitor: Visitor, exchanges: Sequence[Exchange]) -> Painting:
        busy = bool(exchanges) and exchanges[-1].state == "running"
        latest = next((each for each in reversed(exchanges) if each.recommendations), None)
        if latest is None:
            return {self._shelf: waiting_html(self._engine.shelf_size) if busy else welcome_html()}
        shown = shelf_html(
            latest.recommendations, latest.mark, self._standings(visitor), visitor.session, self._images,
            busy=busy and latest is not exchanges[-1],
        )  # fmt: skip
        return {self._shelf: shown}

    def _saying(self, notice: str) -> Painting:
        return {self._notice: notice_html(notice)}

    def _standings(self, visitor: Visitor) -> Mapping[str, Standing]:
        return standings(self._engine.events(visitor.user, KINDS, 500))

    def _conversation(self, visitor: Visitor) -> Conversation:
        return self._conversations.of(visitor.user, visitor.session)


def _script(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _messages(exchange: Exchange) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": inert_message(exchange.message)}]
    waiting = words.counted(words.AHEAD, exchange.ahead) if exchange.ahead else words.CHOOSING
    stopped = words.STOPPED if exchange.state == "stopped" else ""
    said = exchange.reply or (waiting if exchange.state == "running" else "")
    lines = [inert_message(line) for line in (said, stopped, exchange.problem) if line]
    messages += [{"role": "assistant", "content": line} for line in lines]
    if steps := steps_text(exchange.timings, exchange.counts, len(exchange.recommendations)):
        about = {"title": steps_title(exchange.timings), "status": "done"}
        messages.append({"role": "assistant", "content": steps, "metadata": about})
    return messages


def _name(viewer: User) -> str:
    return cut(str(viewer.attributes.get("name") or viewer.id), 40)


def _label(viewer: User) -> str:
    """A demo viewer's name and persona."""
    persona = viewer.attributes.get("persona")
    return f"{_name(viewer)}: {cut(str(persona), 50)}" if persona else _name(viewer)


def _plain(error: Exception) -> str:
    """An error as a sentence. Ours are written to be read; anything else goes to the log, not to the page."""
    if isinstance(error, TELLABLE):
        return str(error)
    _log.error("The chat page could not answer an event", exc_info=error)
    return words.WENT_WRONG
