"""The page as it is to look: a conversation, its shelf and what is known, as values of the page's components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import gradio as gr

from ...retrieval.catalogue import User
from ..serving.chat_engine import ChatEngine
from ..serving.exchange import Exchange
from ..text import cut, inert_message
from ..turn import Profile
from . import words
from .actions import Actions
from .images import Images
from .layout import Layout
from .masthead import notice_html
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
        panel = profile_html(profile, name_of(viewer) if viewer else words.YOU, changes)
        shown = self._talk(exchanges) | self._picks(visitor, exchanges)
        return shown | {self._layout.profile: panel, self._layout.notice: ""}

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

    def _picks(self, visitor: Visitor, exchanges: Sequence[Exchange]) -> Painting:
        busy = bool(exchanges) and exchanges[-1].state == "running"
        latest = next((each for each in reversed(exchanges) if each.recommendations), None)
        if latest is None:
            return {self._layout.shelf: waiting_html(self._engine.shelf_size) if busy else welcome_html()}
        shown = shelf_html(
            latest.recommendations, latest.mark, self._actions.standings(visitor), visitor.session, self._images,
            busy=busy and latest is not exchanges[-1],
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
