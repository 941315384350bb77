"""The drawer at the side: a modal sheet that other parts fill, and rows of items in it."""

from __future__ import annotations

import secrets

from ...retrieval.catalogue import Item
from ..text import inert
from . import words
from .card import button_html, picture_html
from .facts import facts, title_of, year


def drawer_html(title: str, content: str) -> str:
    """The open drawer. `title` is plain text, `content` ready HTML. Opening the same one again opens it again.
    The page behind an open drawer is inert: what is said there is said in the drawer's own two lines."""
    return (
        f'<dialog class="som-drawer" aria-labelledby="som-drawer-title" data-opening="{secrets.token_hex(4)}">'
        f'<header><h2 id="som-drawer-title" tabindex="-1" autofocus dir="auto">{inert(title, 160)}</h2>'
        f'<button type="button" data-close aria-label="{words.CLOSE}">✕</button></header>'
        '<div class="som-told"><p class="som-sr" role="status"></p><p class="som-notice" role="alert"></p></div>'
        f'<div class="som-drawer-body">{content}</div></dialog>'
    )


def row_html(item: Item, picture: str | None, mark: str, rank: int, extra: str = "") -> str:
    """An item on one line: a small cover, its title, which opens its page, and its first facts."""
    told = " · ".join([each for each in (year(item), *(value for _, value in facts(item, 2))) if each])
    return (
        f'<li class="som-row">{picture_html(item, picture)}<div>{opener_html(item, mark, rank)}'
        f'<p class="som-small" dir="auto">{inert(told, 120)}</p></div>{extra}</li>'
    )


def opener_html(item: Item, mark: str, rank: int) -> str:
    """The item's title as a button that opens its page."""
    title = title_of(item)
    return button_html("open", mark, rank, title, inert(title, 200), named=words.OPEN.format(title=title))
