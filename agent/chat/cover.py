"""A cover for every item, drawn from its facets: a catalogue without pictures still looks designed.

The kind of thing (genre, category) gives the colours, the item itself the motif and where it stands, so the same item
always has the same cover and neighbours differ. Plain shapes and text: no script, no style, no reference, no id.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from ...retrieval.catalogue import Item
from ..knowledge.phrases import KINDS
from ..text import cut, is_right_to_left
from .components import show
from .facts import title_of, year
from .motifs import ART, HEIGHT, MOTIFS, PALETTES, WIDTH, Dice, Palette, Shape

_MARGIN = 14
_RULE = 26
"""Length of the rule between drawing and title."""
_LINES = 4
_WIDE = 1.18
"""How much wider letters without serifs are."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of lettering; `y` is its baseline."""

    text: str
    y: float
    size: float
    serif: bool = False
    strong: bool = False

    @property
    def right_to_left(self) -> bool:
        """Whether it begins at the right."""
        return is_right_to_left(self.text)


@dataclass(frozen=True, slots=True)
class Cover:
    """What a cover shows: a motif, a rule that begins at `rule`, and below it the title and a line about the item."""

    palette: Palette
    motif: Sequence[Shape]
    rule: int
    lines: Sequence[Line]
    width: ClassVar[int] = WIDTH
    height: ClassVar[int] = HEIGHT
    art: ClassVar[int] = ART
    margin: ClassVar[int] = _MARGIN


def cover_svg(item: Item) -> Markup:
    """The item's cover, 200 by 300 units. It says what the title beside it says, so it is hidden from readers."""
    return show("cover.svg", cover(item))


def cover(item: Item) -> Cover:
    """The item's cover, as what it shows."""
    kinds, dice = _kinds(item), Dice(item.id)
    palette = PALETTES[Dice("\0".join(kinds[:2]) or item.id).pick(len(PALETTES))]
    motif = list(MOTIFS[dice.pick(len(MOTIFS))](dice, palette))
    title = title_of(item, 90)
    rule = WIDTH - _MARGIN - _RULE if is_right_to_left(title) else _MARGIN
    return Cover(palette, motif, rule, [*_lettering(title, serif=dice.pick(3) > 0), _about(item, kinds)])


def _kinds(item: Item) -> list[str]:
    """The values of the facet that says what kind of thing it is, else of the first facet there is."""
    facets = item.facets()
    leading = next((name for name, _ in facets if name.lower() in KINDS), facets[0][0] if facets else "")
    return [value for name, value in facets if name == leading]


def _lettering(title: str, *, serif: bool) -> Iterator[Line]:
    lines, size = _fitted(title, 1.0 if serif else _WIDE)
    top = ART + 24 + size * 0.8
    for place, line in enumerate(lines):
        yield Line(line, round(top + place * size * 1.16, 1), size, serif, strong=True)


def _about(item: Item, kinds: Sequence[str]) -> Line:
    """What kind of thing it is, and its year."""
    parts = (cut(kinds[0], 22) if kinds else "", year(item))
    return Line(" · ".join(part for part in parts if part), HEIGHT - 12.0, 12.5)


def _fitted(title: str, wide: float) -> tuple[list[str], int]:
    """The title in lines, in the largest size in which it fits. `wide` is how wide the face runs, 1 for a serif."""
    room = (WIDTH - 2 * _MARGIN) / wide
    for size, most in ((26, 2), (20, 3), (16, 4)):
        lines = list(_wrapped(title, room / size))
        if len(lines) <= most and all(_breadth(line) <= room / size for line in lines):
            return lines, size
    lines = [line for whole in _wrapped(title, room / 16) for line in _chopped(whole, room / 16)]
    kept = lines[:_LINES]
    return ([*kept[:-1], f"{kept[-1][:-1]}…"] if len(lines) > _LINES else kept), 16


def _wrapped(title: str, breadth: float) -> Iterator[str]:
    """`title` in lines of at most `breadth` (in font sizes) where its spaces allow it."""
    line = ""
    for word in title.split(" "):
        if line and _breadth(f"{line} {word}") > breadth:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _chopped(line: str, breadth: float) -> Iterator[str]:
    """A line without spaces, or in a script that has none, cut wherever it is full."""
    part = ""
    for letter in line:
        if part and _breadth(part + letter) > breadth:
            yield part
            part = ""
        part += letter
    yield part


def _breadth(text: str) -> float:
    """About how wide a line is, in font sizes: East Asian letters are square, others are half of that."""
    return sum(_letter_breadth(letter) for letter in text)


def _letter_breadth(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in "mwMW":
        return 1.0 if letter.isupper() else 0.85
    return 0.74 if letter.isupper() else 0.53
