"""The small standing parts of the page: its name, which model answers, and lines that say what happened."""

from __future__ import annotations

import secrets

from ..llm.language_model import ModelCard
from ..text import inert
from . import words
from .facts import model_line


def masthead_html(catalogue_size: int) -> str:
    """The page's name and what it knows."""
    items = words.counted(words.ITEMS, catalogue_size)
    return f'<header class="som-masthead"><h1>{words.NAME}</h1><p class="som-badge">{items}</p></header>'


def model_html(card: ModelCard) -> str:
    """Which model answers, how it is packed, and where it runs."""
    return f'<p class="som-model">{inert(model_line(card), 120)}</p>'


def notice_html(text: str) -> str:
    """A plain sentence about something that did not work. The same one again is told again."""
    told = secrets.token_hex(4)
    return f'<p class="som-notice" role="alert" data-told="{told}">{inert(text, 400)}</p>' if text else ""


def offline_html() -> str:
    """The banner that stands while the engine cannot be reached."""
    return f'<p class="som-offline" role="alert">{words.OFFLINE}</p>'


def live_html(text: str) -> str:
    """The same for something that did, for screen readers only."""
    return f'<p class="som-sr">{inert(text, 300)}</p>'
