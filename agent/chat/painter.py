"""The page as it is to look: a conversation, its shelf and what is known, as values of the page's components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import gradio as gr

from ...retrieval.catalogue import User
from ..serving.chat_engine import ChatEngine
from ..serving.exchange import Exchange, chips_of, may_undo
from ..text import cut, inert_message
from ..turn import Profile
from . import words
from .actions import Actions
from .conditions import conditions_html, options_html
from .images import Images
from .layout import Layout
from .masthead import masthead_html, notice_html
from .openers import MOST, openers
from .profile_panel import profile_html
from .search_steps import steps_text, steps_title
from .shelf import shelf_html, waiting_html, welcome_html
from .visitor import Visitor

Painting: TypeAlias = "dict[Any, Any]"
"""Component -> its new value: Gradio leaves what is not in it as it is."""


class Painter:
    """Paints what one visitor sees. Holds nothing about any."""

    def __init__(
        self, engine: ChatEngine, layout: Layout, actions: Actions, images: Images, viewers: Mapping[str, User]
    ) -> None:
        self._engine = engine
        self._layout = layout
        self._actions = actions
        self._images = images
        self._viewers = viewers

    def everything(self, visitor: Visitor, profile: Profile, exchanges: Sequence[Exchange]) -> Painting:
        """The conversation, the newest shelf, and what is known about the person."""
        viewer = self._viewers.get(profile.user)
        changes = self._engine.changes(visitor.user, visitor.session)
        pins = self._engine.pins(visitor.user)
        panel = profile_html(profile, name_of(viewer) if viewer else words.YOU, changes, pins)
        shown = self._talk(exchanges) | self._around(exchanges) | self._picks(visitor, exchanges)
        return shown | {self._layout.profile: panel, self._layout.notice: ""}

    def catalogue(self) -> Painting:
        """What the catalogue has just now: how many items, and first lines to begin with."""
        lines = openers(self._engine.facets())
        shown = [gr.Button(line, visible=bool(line)) for line in (*lines, *[""] * (MOST - len(lines)))]
        buttons = dict(zip(self._layout.opener_buttons, shown, strict=True))
        return {self._layout.masthead: masthead_html(self._engine.catalogue_size), **buttons}

    def composing(self, text: str | None = None, editing: str = "") -> Painting:
        """The composer, with a text in it or (None) with the one that it has; `editing` is the mark of the message that
        it will replace, if any."""
        hint, label = (words.EDITING, words.ASK_ANEW) if editing else (words.IN_YOUR_OWN_WORDS, words.ASK)
        known: dict[str, Any] = {} if text is None else {"value": text}
        return {
            self._layout.message: gr.Textbox(placeholder=hint, **known),
            self._layout.editing: editing,
            self._layout.keep: gr.Button(visible=bool(editing)),
            self._layout.send: gr.Button(value=label),
        }

    def saying(self, notice: str) -> Painting:
        """A line where things go wrong; all else stays."""
        return {self._layout.notice: notice_html(notice)}

    def _talk(self, exchanges: Sequence[Exchange]) -> Painting:
        last = exchanges[-1] if exchanges else None
        running = last is not None and last.state == "running"
        return {
            self._layout.chat: [message for exchange in exchanges for message in _messages(exchange)],
            self._layout.openers: gr.Row(visible=not exchanges),
            self._layout.send: gr.Button(visible=not running),
            self._layout.stop: gr.Button(visible=running),
            self._layout.again: gr.Button(visible=last is not None and last.unanswered),
        }

    def _around(self, exchanges: Sequence[Exchange]) -> Painting:
        """What holds, what the open question offers, and what can be done about the last message."""
        last = exchanges[-1] if exchanges else None
        running = last is not None and last.state == "running"
        return {
            self._layout.conditions: conditions_html(chips_of(exchanges), busy=running),
            self._layout.options: options_html(last.options if last else ()),
            self._layout.edit: gr.Button(visible=last is not None and not running and last.drop is None),
            self._layout.undo: gr.Button(visible=may_undo(exchanges)),
        }

    def _picks(self, visitor: Visitor, exchanges: Sequence[Exchange]) -> Painting:
        busy = bool(exchanges) and exchanges[-1].state == "running"
        latest = next((each for each in reversed(exchanges) if each.recommendations), None)
        if latest is None:
            waiting = busy and exchanges[-1].late and not exchanges[-1].reply
            return {self._layout.shelf: waiting_html(self._engine.shelf_size) if waiting else welcome_html()}
        shown = shelf_html(
            latest.recommendations, latest.mark, self._actions.standings(visitor), visitor.session, self._images,
            busy=busy and latest is not exchanges[-1], current=chips_of([latest]) == chips_of(exchanges),
        )  # fmt: skip
        return {self._layout.shelf: shown}


def name_of(viewer: User) -> str:
    """What a demo viewer is called."""
    return cut(str(viewer.attributes.get("name") or viewer.id), 40)


def _messages(exchange: Exchange) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": inert_message(exchange.message)}]
    choosing = words.WRITING_WHY if exchange.recommendations else words.CHOOSING
    waiting = words.counted(words.AHEAD, exchange.ahead) if exchange.ahead else choosing
    stopped = ""
    if exchange.state == "stopped":
        stopped = words.STOPPED if exchange.recommendations or exchange.reply else words.STOPPED_EARLY
    said = exchange.reply or (waiting if exchange.state == "running" else "")
    lines = [inert_message(line) for line in (said, stopped, exchange.problem) if line]
    messages += [{"role": "assistant", "content": line} for line in lines]
    if steps := steps_text(exchange.timings, exchange.counts, len(exchange.recommendations)):
        about = {"title": steps_title(exchange.timings), "status": "done"}
        messages.append({"role": "assistant", "content": steps, "metadata": about})
    return messages
