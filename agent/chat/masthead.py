"""The small standing parts of the page: its name, which model answers, and lines that say what happened."""

from __future__ import annotations

from markupsafe import Markup

from ..llm.language_model import ModelCard
from . import words
from .components import show
from .facts import model_line


def masthead_html(catalogue_size: int | None = None) -> Markup:
    """The page's name and how much it knows, once that is known."""
    return show("masthead.html", "" if catalogue_size is None else words.counted(words.ITEMS, catalogue_size))


def model_html(card: ModelCard) -> Markup:
    """Which model answers, how it is packed, and where it runs."""
    return show("model.html", model_line(card))


def placeholder_html() -> Markup:
    """What stands in the conversation's place before anything was said."""
    return show("placeholder.html")


def notice_html(text: str) -> Markup:
    """A plain sentence about something that did not work; nothing for none. The same one again is told again."""
    return show("notice.html", text) if text else Markup()


def offline_html() -> Markup:
    """The banner that stands while the engine cannot be reached."""
    return show("offline.html")


def live_html(text: str) -> Markup:
    """A plain sentence about something that was done, for screen readers only."""
    return show("live.html", text)
