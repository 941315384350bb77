"""Text from outside, made safe and short. Titles, texts, attributes and messages are hostile until they were cut here,
and escaped by a template or `inert_message`.

Knows nothing of items, sessions or Gradio.
"""

from __future__ import annotations

import html
import unicodedata
from itertools import takewhile

import regex

# What cannot be seen and may reorder, hide or glue the text around it. Joiners stay (U+200C, U+200D), since scripts and
# emoji need them, and so do the marks of this category that are drawn, such as the Arabic number sign.
_INVISIBLE = frozenset(
    map(chr, (0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF,
              *range(0xFFF9, 0xFFFC)))
)  # fmt: skip
# Never characters in any text; a picture with U+FFFF in it is no XML.
_NONCHARACTERS = frozenset(
    map(chr, (*range(0xFDD0, 0xFDF0), *range(0xFFFE, 0x110000, 0x10000), *range(0xFFFF, 0x110000, 0x10000)))
)
_DROPPED = _INVISIBLE | _NONCHARACTERS
_CHARACTER = regex.compile(r"\X")
"""What a reader takes for one character: a letter with its marks, a family of joined emoji, a flag."""


def cut(text: str, longest: int) -> str:
    """`text` on one line, without what cannot be seen, at most `longest` code points, ending in an ellipsis if cut.

    It is cut between words where one ends in the second half, and never inside what a reader takes for one character
    (an extended grapheme cluster, Unicode Standard Annex 29), unless that alone is longer.
    """
    # Cleaning costs time per character: ten times the limit is plenty to fill it, and most text needs none.
    start = text[: longest * 10]
    line = " ".join((start if start.isprintable() else _cleaned(start)).split())
    if len(line) <= longest:
        return line
    head = _head(line, longest - 1)
    whole_words = head.rsplit(" ", 1)[0] if " " in head[longest // 2 :] and line[len(head)] != " " else head
    return f"{whole_words.rstrip(' ,;:-')}…"


def _cleaned(text: str) -> str:
    kept = (" " if unicodedata.category(each) in {"Cc", "Cs"} else each for each in text)
    return "".join(each for each in kept if each not in _DROPPED and unicodedata.category(each) != "Co")


def _head(line: str, longest: int) -> str:
    """The first whole characters of a line, at most `longest` code points."""
    if line.isascii():
        return line[:longest]
    ends = (match.end() for match in _CHARACTER.finditer(line))
    fitting = list(takewhile(lambda end: end <= longest, ends))
    return line[: fitting[-1] if fitting else longest]


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
