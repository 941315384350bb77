"""A shelf to hand on: as a link, as a picture, as text. It names the items and nothing of the person they are for.

A link carries the items' ids itself; nothing is stored, and whoever opens it needs the same page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from ...retrieval.catalogue import Item
from ..text import inert
from . import words
from .cover import HEIGHT, WIDTH, cover_svg
from .drawer import drawer_html, row_html
from .facts import facts, title_of, year
from .images import Images

PARAMETER = "shelf"
"""The name of the link's query parameter."""
_MOST = 20
_LONGEST_LINK = 4000
_PER_ROW, _GAP, _TOP = 5, 28, 116


def share_html(items: Sequence[Item]) -> str:
    """The shelf's picture, and buttons to copy its link, copy it as text and save the picture."""
    deeds = (("copy", "link", words.COPY_LINK), ("copy", "text", words.COPY_TEXT),
             ("save", "png", words.SAVE_PNG), ("save", "svg", words.SAVE_SVG))  # fmt: skip
    linked = len(fitting(items))
    buttons = "".join(
        f'<button type="button" data-{deed}="{kind}">{text}</button>'
        for deed, kind, text in deeds
        if linked or kind != "link"
    )
    return drawer_html(
        words.SHARE_TITLE,
        f'<div class="som-share" data-query="{PARAMETER}={pack(items)}" data-done="{words.COPIED}" '
        f'data-failed="{words.NOT_HERE}" data-text="{inert_lines(shelf_text(items))}">'
        f'<div class="som-picture">{shelf_svg(items)}</div><div class="som-buttons">{buttons}</div>'
        f'<p class="som-small" role="status"></p>{_limit(linked, len(items[:_MOST]))}'
        f'<p class="som-small">{words.SHARE_HINT}</p></div>',
    )


def _limit(linked: int, shown: int) -> str:
    """What the link leaves out, where it leaves anything out."""
    if linked == shown:
        return ""
    said = words.LINK_IS_SHORT if linked else words.NO_LINK
    return f'<p class="som-small">{said.format(count=linked, all=shown)}</p>'


def shared_html(items: Sequence[Item], images: Images, mark: str) -> str:
    """A shelf that somebody handed on, as its receiver sees it."""
    rows = "".join(row_html(each, images.of(each), mark, at) for at, each in enumerate(items, start=1))
    return drawer_html(words.SHARED_TITLE, f'<ol class="som-rows" data-received>{rows}</ol>')


def shelf_text(items: Sequence[Item]) -> str:
    """The shelf as plain lines."""
    return "\n".join([words.SHELF_FROM, *(f"{at}. {_line(each)}" for at, each in enumerate(items[:_MOST], start=1))])


def shelf_svg(items: Sequence[Item]) -> str:
    """The covers side by side under a heading, as a picture that stands by itself."""
    shown = items[:_MOST]
    columns = max(1, min(len(shown), _PER_ROW))
    width = columns * (WIDTH + _GAP) + _GAP
    height = _TOP + -(-len(shown) // _PER_ROW) * (HEIGHT + _GAP)
    covers = "".join(_placed(each, at) for at, each in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{inert(shelf_text(shown), 600)}"><rect width="{width}" height="{height}" '
        f'fill="#faf6f2"/><text x="{_GAP}" y="66" font-family="Georgia, serif" font-size="34" font-weight="600" '
        f'fill="#7a1f3d">{words.NAME}</text><text x="{_GAP}" y="94" font-family="system-ui, sans-serif" font-size="16" '
        f'fill="#6b575d">{words.SHELF_TITLE}</text>{covers}</svg>'
    )


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


def inert_lines(text: str) -> str:
    """Several lines as a quoted attribute."""
    return "&#10;".join(inert(line, 200) for line in text.split("\n"))


def _line(item: Item) -> str:
    when, about = year(item), ", ".join(value for _, value in facts(item, 2))
    title = f"{title_of(item)} ({when})" if when else title_of(item)
    return f"{title}: {about}" if about else title


def _placed(item: Item, at: int) -> str:
    x, y = _GAP + (at % _PER_ROW) * (WIDTH + _GAP), _TOP + (at // _PER_ROW) * (HEIGHT + _GAP)
    place = f'<svg x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" '
    return cover_svg(item).replace("<svg ", place, 1)
