"""A shelf to hand on: as a link, as a picture, as text. It names the items and nothing of the person they are for.

A link carries the items' ids itself; nothing is stored, and whoever opens it needs the same page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from ...retrieval.catalogue import Item
from . import words
from .components import show
from .cover import Cover, cover
from .facts import facts
from .images import Images
from .motifs import HEIGHT, WIDTH
from .row import rows, title_and_year

PARAMETER = "shelf"
"""The name of the link's query parameter."""
_MOST = 20
_LONGEST_LINK = 4000
_PER_ROW, _GAP, _TOP = 5, 28, 116
_ACTIONS = (
    ("copy", "link", words.COPY_LINK), ("copy", "text", words.COPY_TEXT),
    ("save", "png", words.SAVE_PNG), ("save", "svg", words.SAVE_SVG),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cover stands in the picture of a shelf."""

    x: int
    y: int


@dataclass(frozen=True, slots=True)
class ShelfPicture:
    """The covers of a shelf side by side; `label` says the same in words."""

    width: int
    height: int
    label: str
    covers: Sequence[tuple[Cover, Place]]
    margin: ClassVar[int] = _GAP


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is handed on: `query` is the link's, `lines` are the shelf as text. `actions` are (what to do, with what,
    the button's text); `limit` says what the link leaves out, or is ""."""

    query: str
    lines: Sequence[str]
    picture: ShelfPicture
    actions: Sequence[tuple[str, str, str]]
    limit: str


def share_html(items: Sequence[Item]) -> Markup:
    """The shelf's picture, and buttons to copy its link, copy it as text and save the picture."""
    linked = len(fitting(items))
    query, lines = f"{PARAMETER}={pack(items)}", shelf_text(items).split("\n")
    actions = [each for each in _ACTIONS if linked or each[1] != "link"]
    return show("share.html", Sheet(query, lines, shelf_picture(items), actions, _limit(linked, len(items[:_MOST]))))


def _limit(linked: int, shown: int) -> str:
    """What the link leaves out, where it leaves anything out."""
    if linked == shown:
        return ""
    return (words.LINK_IS_SHORT if linked else words.NO_LINK).format(count=linked, all=shown)


def shared_html(items: Sequence[Item], images: Images, mark: str) -> Markup:
    """A shelf that somebody handed on, as its receiver sees it."""
    return show("shared.html", rows(items, images, mark))


def shelf_text(items: Sequence[Item]) -> str:
    """The shelf as plain lines."""
    return "\n".join(
        [words.SHELF_FROM, *(f"{rank}. {_line(item)}" for rank, item in enumerate(items[:_MOST], start=1))]
    )


def shelf_svg(items: Sequence[Item]) -> Markup:
    """The covers side by side under a heading, as a picture that stands by itself."""
    return show("shelf_picture.svg", shelf_picture(items))


def shelf_picture(items: Sequence[Item]) -> ShelfPicture:
    """The picture, as what it shows."""
    shown = items[:_MOST]
    columns = max(1, min(len(shown), _PER_ROW))
    height = _TOP + -(-len(shown) // _PER_ROW) * (HEIGHT + _GAP)
    covers = [(cover(item), _place(number)) for number, item in enumerate(shown)]
    return ShelfPicture(columns * (WIDTH + _GAP) + _GAP, height, shelf_text(shown), covers)


def _place(number: int) -> Place:
    return Place(_GAP + (number % _PER_ROW) * (WIDTH + _GAP), _TOP + (number // _PER_ROW) * (HEIGHT + _GAP))


def fitting(items: Sequence[Item]) -> Sequence[Item]:
    """As many of the first items, 20 at most, as a link can carry."""
    counts = range(len(items[:_MOST]), 0, -1)
    return next((items[:count] for count in counts if len(_packed(items[:count])) <= _LONGEST_LINK), ())


def pack(items: Sequence[Item]) -> str:
    """The ids of those that fit, as one word for a link."""
    return _packed(fitting(items))


def _packed(items: Sequence[Item]) -> str:
    ids = json.dumps([each.id for each in items], ensure_ascii=False)
    return base64.urlsafe_b64encode(ids.encode()).decode().rstrip("=")


def unpack(packed: object) -> list[str]:
    """The ids in a link, at most 20; none when it is not one of ours."""
    if not isinstance(packed, str) or not 0 < len(packed) <= _LONGEST_LINK:
        return []
    try:
        ids = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return []
    found = [each for each in ids if isinstance(each, str)] if isinstance(ids, list) else []
    return list(dict.fromkeys(found))[:_MOST]


def _line(item: Item) -> str:
    about = ", ".join(value for _, value in facts(item, 2))
    return f"{title_and_year(item)}: {about}" if about else title_and_year(item)
