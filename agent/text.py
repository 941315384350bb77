"""Text from outside, made harmless. Titles, texts, attributes and messages are hostile until they were cut here, and
escaped by a template or `inert_message`.

Knows nothing of items, sessions or Gradio.
"""

from __future__ import annotations

import html
import unicodedata

# Controls that reorder the text around them; joiners stay, since scripts and emoji need them.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Never characters in any text; a picture with U+FFFF in it is no XML.
_NONCHARACTERS = frozenset(
    map(chr, (*range(0xFDD0, 0xFDF0), *range(0xFFFE, 0x110000, 0x10000), *range(0xFFFF, 0x110000, 0x10000)))
)
_DROPPED = _REORDERING | _NONCHARACTERS


def cut(text: str, longest: int) -> str:
    """`text` on one line without control characters, at most `longest` characters, ending in an ellipsis if cut."""
    # Cleaning costs time per character: ten times the limit is plenty to fill it, and most text needs none.
    start = text[: longest * 10]
    line = " ".join((start if start.isprintable() else _cleaned(start)).split())
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return f"{head.rsplit(' ', 1)[0] if ' ' in head[longest // 2 :] else head}…"


def _cleaned(text: str) -> str:
    kept = (" " if unicodedata.category(each) in {"Cc", "Cs"} else each for each in text)
    return "".join(each for each in kept if each not in _DROPPED)


def inert_message(text: str, longest: int = 4000) -> str:
    """A chat message for a component that renders HTML: lines kept, cut and escaped."""
    lines = text[: longest + 1].splitlines()
    # Quotes stay: the component reads the same text out to screen readers without unescaping it.
    escaped = "\n".join(html.escape(cut(line, longest), quote=False) for line in lines)
    return f"{escaped}…" if len(text) > longest else escaped


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction is written from right to left."""
    directions = (unicodedata.bidirectional(each) for each in text)
    return next((each in {"R", "AL"} for each in directions if each in {"L", "R", "AL"}), False)


def percent(share: float, faint: str = "under 1%") -> str:
    """0.456 -> "46%"; a share that is small but not nothing is `faint`."""
    return faint if 0 < share < 0.01 else f"{share * 100:.0f}%"
