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

from ...retrieval.catalogue import EventKind, User
from ..turn import Profile, Recommendation
from . import words
from .conversation import TELLABLE, Conversation, Conversations, Exchange, MessageError
from .facts import title_of
from .images import Images
from .inert import cut, inert_message
from .masthead import live_html, masthead_html, model_html, notice_html
from .openers import openers
from .profile_panel import profile_html
from .shelf import shelf_html
from .standing import KINDS, Standing, standings
from .visitor import Visitor

if TYPE_CHECKING:
    from ..recommender import Recommender

Painting: TypeAlias = "dict[Any, Any]"
"""Component -> its new value: Gradio leaves what is not in it as it is."""

_PRESSES = ("like", "save", "seen", "dismiss", "undo", "more")
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
    """A button on a card, resolved: what it was and what was shown there."""

    kind: str
    shown: Recommendation


class Page:
    """The page's components and what happens to them. Holds no visitor's state: those go in and out."""

    def __init__(self, engine: Recommender, conversations: Conversations, images: Images) -> None:
        self._engine = engine
        self._conversations = conversations
        self._images = images
        self._viewers = {user.id: user for user in engine.users() if user.attributes.get("simulated") is True}
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
            self._fresh = gr.Button(words.NEW_CONVERSATION, elem_id="som-fresh", size="sm")
        with gr.Row(elem_id="som-main"):
            with gr.Column(elem_id="som-talk"):
                self._lay_out_talk()
            with gr.Column(elem_id="som-side"):
                self._shelf = gr.HTML(
                    shelf_html((), "", {}, "", self._images, busy=False), js_on_load=_script("shelf.js")
                )
                self._profile = gr.HTML()
        self._live = gr.HTML(elem_id="som-live", js_on_load=_script("live.js"))

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
        with gr.Row(elem_id="som-composer"):
            self._message = gr.Textbox(
                label=words.YOUR_MESSAGE, show_label=False, container=False, lines=1, max_lines=5, scale=1,
                placeholder=words.IN_YOUR_OWN_WORDS, elem_id="som-message", autofocus=True,
            )  # fmt: skip
            self._send = gr.Button(words.ASK, variant="primary", elem_id="som-send", scale=0, min_width=88)
        gr.HTML(model_html(self._engine.model_card))

    def _listen(self) -> None:
        face = [self._chat, self._shelf, self._profile, self._notice, self._chips, self._live]
        arrival = [self._kept, self._viewer, *face]
        self.blocks.load(self.arrived, self._kept, arrival, **_LISTENER)
        gr.on(
            [self._message.submit, self._send.click], self.asked, [self._kept, self._message],
            [self._message, *face], **_LISTENER,
        )  # fmt: skip
        for line, chip in zip(self._openers, self._chip_buttons, strict=True):
            chip.click(self._opening(line), self._kept, [self._message, *face], **_LISTENER)
        # Two cards may be judged in quick succession, so a press never waits for the one before it.
        self._shelf.click(self.pressed, self._kept, face, trigger_mode="multiple", **_LISTENER)
        self._shelf.select(self.wanted_more, self._kept, [self._message, *face], **_LISTENER)
        self._viewer.input(self.switched, [self._kept, self._viewer], arrival, **_LISTENER)
        self._fresh.click(self.renewed, self._kept, arrival, **_LISTENER)

    def _choices(self) -> list[tuple[str, str]]:
        return [(words.YOURSELF, ""), *((_label(user), user.id) for user in self._viewers.values())]

    # What happens

    def arrived(self, kept: object) -> Iterator[Painting]:
        """The page opened or reloaded: show the conversation as it stands and follow a turn that still runs."""
        yield from self._enter(Visitor.recall(kept, self._viewers))

    def switched(self, kept: object, viewer: str) -> Iterator[Painting]:
        """Another demo viewer was picked, or "yourself" (an empty id)."""
        visitor = Visitor.recall(kept, self._viewers)
        if viewer == (visitor.viewer or ""):  # the picker also reports that it was left as it was
            yield {self._viewer: viewer}
            return
        yield from self._enter(visitor.looking_through(viewer or None))

    def renewed(self, kept: object) -> Iterator[Painting]:
        """A new conversation was asked for; the old one stays in the engine's log."""
        yield from self._enter(Visitor.recall(kept, self._viewers).afresh())

    def asked(self, kept: object, message: str) -> Iterator[Painting]:
        """A message was sent."""
        visitor = Visitor.recall(kept, self._viewers)
        try:
            conversation = self._conversation(visitor)
            conversation.ask(message)
        except MessageError as error:
            yield self._saying(str(error))
            return
        except Exception as error:
            yield self._saying(_plain(error))
            return
        yield {self._message: "", self._notice: ""}
        yield from self._follow(visitor, conversation)

    def pressed(self, kept: object, press: gr.EventData) -> Painting:
        """A button on a card was pressed: `press` says which shelf, rank and kind, and nothing else."""
        visitor = Visitor.recall(kept, self._viewers)
        try:
            found = self._resolved(visitor, press._data)
            if found is None:
                return self._saying(words.SHELF_IS_GONE)
            said = self._take_back(visitor, found.shown) if found.kind == "undo" else self._note(visitor, found)
            profile = self._engine.profile(visitor.user)
            return self._paint(visitor, profile, self._conversation(visitor).exchanges) | said
        except Exception as error:
            return self._saying(_plain(error))

    def wanted_more(self, kept: object, press: gr.EventData) -> Iterator[Painting]:
        """ "More like this" was pressed: a look at the item, and a question that names it."""
        visitor = Visitor.recall(kept, self._viewers)
        try:
            found = self._resolved(visitor, press._data)
            if found is None:
                yield self._saying(words.SHELF_IS_GONE)
                return
            self._observe(visitor, found.shown, "click")
        except Exception as error:
            yield self._saying(_plain(error))
            return
        yield from self.asked(kept, words.MORE_LIKE.format(title=title_of(found.shown.item)))

    def _opening(self, line: str) -> Any:  # noqa: ANN401 - a handler; Gradio reads its signature
        def opened(kept: object) -> Iterator[Painting]:
            yield from self.asked(kept, line)

        return opened

    def _resolved(self, visitor: Visitor, data: object) -> _Press | None:
        if not isinstance(data, Mapping):
            return None
        mark, rank, kind = data.get("shelf"), data.get("rank"), data.get("kind")
        if not isinstance(mark, str) or type(rank) is not int or not isinstance(kind, str):
            return None
        shown = self._conversation(visitor).shown(mark, rank)
        return _Press(kind, shown) if shown and kind in _PRESSES else None

    def _note(self, visitor: Visitor, press: _Press) -> Painting:
        """Write the event that a button stands for, unless the item stands so already."""
        kind = cast(EventKind, press.kind)
        with self._judging:  # two quick presses arrive together, and are one judgement
            if not self._standings(visitor).get(press.shown.item.id, Standing()).has(kind):
                self._observe(visitor, press.shown, kind)
        return {self._live: live_html(words.OF_ITEM.format(action=words.DONE[kind], title=title_of(press.shown.item)))}

    def _take_back(self, visitor: Visitor, shown: Recommendation) -> Painting:
        """Undo what this visitor did last with an item, if that was on this page a moment ago."""
        standing = self._standings(visitor).get(shown.item.id, Standing())
        if standing.last is None:
            return self._saying(words.NOTHING_TO_UNDO)
        if not standing.may_undo(visitor.session):
            return self._saying(words.TOO_LATE)
        self._engine.undo(visitor.user, standing.last.id)
        return {self._live: live_html(words.UNDONE.format(title=title_of(shown.item)))}

    def _observe(self, visitor: Visitor, shown: Recommendation, kind: EventKind) -> None:
        self._engine.observe(visitor.user, shown.item.id, kind, context={"session": visitor.session})

    # What is painted

    def _enter(self, visitor: Visitor) -> Iterator[Painting]:
        yield {self._kept: visitor.keep(), self._viewer: visitor.viewer or ""}
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
        panel = profile_html(profile, _name(viewer) if viewer else words.YOU)
        shown = self._talk(exchanges) | self._picks(visitor, exchanges)
        return shown | {self._profile: panel, self._notice: ""}

    def _talk(self, exchanges: Sequence[Exchange]) -> Painting:
        messages = [message for exchange in exchanges for message in _messages(exchange)]
        return {self._chat: messages, self._chips: gr.Row(visible=not exchanges)}

    def _picks(self, visitor: Visitor, exchanges: Sequence[Exchange]) -> Painting:
        busy = bool(exchanges) and exchanges[-1].state == "running"
        latest = next((each for each in reversed(exchanges) if each.recommendations), None)
        shelf, mark = (latest.recommendations, latest.mark) if latest else ((), "")
        choosing = busy and latest is not exchanges[-1]
        standing = self._standings(visitor) if shelf else {}
        return {self._shelf: shelf_html(shelf, mark, standing, visitor.session, self._images, busy=choosing)}

    def _saying(self, notice: str) -> Painting:
        return {self._notice: notice_html(notice)}

    def _standings(self, visitor: Visitor) -> Mapping[str, Standing]:
        return standings(self._engine.events(visitor.user, KINDS, 500))

    def _conversation(self, visitor: Visitor) -> Conversation:
        return self._conversations.of(visitor.user, visitor.session)


def _script(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _messages(exchange: Exchange) -> list[dict[str, str]]:
    messages = [{"role": "user", "content": inert_message(exchange.message)}]
    reply = exchange.reply or (words.CHOOSING if exchange.state == "running" else "")
    if reply:
        messages.append({"role": "assistant", "content": inert_message(reply)})
    if exchange.problem:
        messages.append({"role": "assistant", "content": inert_message(exchange.problem)})
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
