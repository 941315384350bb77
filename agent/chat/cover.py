"""A cover for every item, drawn from its facets: a catalogue without pictures still looks designed.

The kind of thing (genre, category) gives the colours, the item itself the motif and where it stands, so the same item
always has the same cover and neighbours differ. Plain SVG shapes and text: no script, no style, no reference, no id.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...retrieval.catalogue import Item
from ..knowledge.phrases import KINDS
from ..text import cut, inert, is_right_to_left
from .facts import title_of, year

WIDTH, HEIGHT = 200, 300
_ART = 178
"""Height of the drawing; the title stands below it."""
_MARGIN = 14
_LINES = 4
_WIDE = 1.18
"""How much wider letters without serifs are."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Four colours: the ground, two for the motif, and one for the title that reads on the ground (AA)."""

    ground: str
    middle: str
    bright: str
    ink: str


PALETTES = (
    Palette("#6d1f38", "#a8455a", "#edc1ab", "#fff3ec"),
    Palette("#1d4a3e", "#4a8a6f", "#d3dca6", "#f4f7e8"),
    Palette("#1f3352", "#4a6ea3", "#ecca86", "#f5f1e4"),
    Palette("#d9a441", "#a5641f", "#fbe9c3", "#2b170a"),
    Palette("#9c4022", "#d4794b", "#f6d2ae", "#fff4ea"),
    Palette("#43294f", "#8a5a92", "#ecc6d5", "#fbf0f6"),
    Palette("#37424c", "#76889a", "#e4e9e5", "#f7f9f8"),
    Palette("#ecc4ba", "#b85c5f", "#7a1f3d", "#3a0f1c"),
    Palette("#b9c6a8", "#5f7a5c", "#f6f1dd", "#1e2a1d"),
    Palette("#15171f", "#454b6e", "#e0a75f", "#f3eee6"),
)
Motif = Callable[["_Dice", Palette], Iterator[str]]


class _Dice:
    """Numbers that are the same for the same text, one after another."""

    def __init__(self, text: str) -> None:
        self._bytes = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        self._at = 0

    def pick(self, count: int) -> int:
        """0..count - 1."""
        self._at += 1
        return self._bytes[self._at % len(self._bytes)] % count


def cover_svg(item: Item) -> str:
    """The item's cover, 200 by 300 units. It says what the title beside it says, so it is hidden from readers."""
    kinds, dice = _kinds(item), _Dice(item.id)
    palette = PALETTES[_Dice("\0".join(kinds[:2]) or item.id).pick(len(PALETTES))]
    motif = "".join(_MOTIFS[dice.pick(len(_MOTIFS))](dice, palette))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.ground}"/>{motif}'
        f'<rect y="{_ART}" width="{WIDTH}" height="{HEIGHT - _ART}" fill="{palette.ground}"/>'
        f"{_lettering(item, kinds, palette, serif=dice.pick(3) > 0)}</svg>"
    )


def _kinds(item: Item) -> list[str]:
    """The values of the facet that says what kind of thing it is, else of the first facet there is."""
    facets = item.facets()
    leading = next((name for name, _ in facets if name.lower() in KINDS), facets[0][0] if facets else "")
    return [value for name, value in facets if name == leading]


def _lettering(item: Item, kinds: Sequence[str], palette: Palette, *, serif: bool) -> str:
    title = title_of(item, 90)
    lines, size = _fitted(title, 1.0 if serif else _WIDE)
    face = "Georgia, 'Iowan Old Style', 'Palatino Linotype', serif" if serif else "system-ui, sans-serif"
    top = _ART + 24 + size * 0.8
    drawn = "".join(
        _text(line, top + at * size * 1.16, size, palette.ink, f'font-family="{face}" font-weight="600"')
        for at, line in enumerate(lines)
    )
    small = " · ".join(each for each in (cut(kinds[0], 22) if kinds else "", year(item)) if each)
    start = WIDTH - _MARGIN - 26 if is_right_to_left(title) else _MARGIN
    rule = f'<rect x="{start}" y="{_ART + 12}" width="26" height="3" fill="{palette.bright}"/>'
    return rule + drawn + _text(small, HEIGHT - 12, 12.5, palette.ink, 'font-family="system-ui, sans-serif"')


def _text(line: str, y: float, size: float, colour: str, face: str) -> str:
    side = f'x="{WIDTH - _MARGIN}" direction="rtl"' if is_right_to_left(line) else f'x="{_MARGIN}"'
    return f'<text {side} y="{y:.1f}" font-size="{size:g}" fill="{colour}" {face}>{inert(line, 60)}</text>'


def _fitted(title: str, wide: float) -> tuple[list[str], float]:
    """The title in lines, in the largest size in which it fits. `wide` is how wide the face runs, 1 for a serif."""
    room = (WIDTH - 2 * _MARGIN) / wide
    for size, most in ((26.0, 2), (20.0, 3), (16.0, 4)):
        lines = list(_wrapped(title, room / size))
        if len(lines) <= most and all(_breadth(line) <= room / size for line in lines):
            return lines, size
    lines = [line for whole in _wrapped(title, room / 16) for line in _chopped(whole, room / 16)]
    kept = lines[:_LINES]
    return ([*kept[:-1], f"{kept[-1][:-1]}…"] if len(lines) > _LINES else kept), 16.0


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
    for each in line:
        if part and _breadth(part + each) > breadth:
            yield part
            part = ""
        part += each
    yield part


def _breadth(text: str) -> float:
    """About how wide a line is, in font sizes: East Asian letters are square, others are half of that."""
    return sum(_letter(each) for each in text)


def _letter(each: str) -> float:
    if unicodedata.east_asian_width(each) in "WF":
        return 1.0
    if each in "mwMW":
        return 1.0 if each.isupper() else 0.85
    return 0.74 if each.isupper() else 0.53


# --- motifs ----------------------------------------------------------------------------------------------------------


def _circle(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}"/>'


def _shape(points: Sequence[tuple[float, float]], fill: str) -> str:
    return f'<path d="M{" L".join(f"{x:g} {y:g}" for x, y in points)}Z" fill="{fill}"/>'


def _rings(dice: _Dice, colours: Palette) -> Iterator[str]:
    x, y = 40 + 30 * dice.pick(5), 50 + 20 * dice.pick(5)
    for at, radius in enumerate((112, 88, 64, 40, 18)):
        yield _circle(x, y, radius, (colours.middle, colours.ground, colours.bright)[at % 3])


def _sunrise(dice: _Dice, colours: Palette) -> Iterator[str]:
    yield _circle(50 + 25 * dice.pick(5), 92, 52 + 6 * dice.pick(3), colours.bright)
    for at in range(4):
        yield f'<rect y="{96 + 22 * at}" width="{WIDTH}" height="{5 + 4 * at}" fill="{colours.middle}"/>'


def _arches(dice: _Dice, colours: Palette) -> Iterator[str]:
    x = 70 + 15 * dice.pick(5)
    for at, half in enumerate((84, 64, 44, 24)):
        fill = (colours.middle, colours.ground, colours.bright, colours.ground)[at]
        yield f'<path d="M{x - half} {_ART}V{44 + half}a{half} {half} 0 0 1 {2 * half} 0V{_ART}Z" fill="{fill}"/>'


def _bands(dice: _Dice, colours: Palette) -> Iterator[str]:
    lean, start = 60 + 20 * dice.pick(4), -40 + 15 * dice.pick(4)
    for at in range(5):
        x = start + 58 * at
        fill = (colours.middle, colours.bright)[at % 2]
        yield _shape([(x, 0), (x + 27, 0), (x + 27 - lean, _ART), (x - lean, _ART)], fill)


def _peaks(dice: _Dice, colours: Palette) -> Iterator[str]:
    yield _circle(36 + 32 * dice.pick(5), 44, 22, colours.bright)
    for at in range(3):
        x, top = 20 + 80 * at + 10 * dice.pick(4), 58 + 14 * dice.pick(4)
        yield _shape([(x - 90, _ART), (x, top), (x + 90, _ART)], colours.middle)
        yield _shape([(x, top), (x + 90, _ART), (x + 22, _ART)], colours.ground)


def _seeds(dice: _Dice, colours: Palette) -> Iterator[str]:
    chosen = dice.pick(24)
    for at in range(24):
        x, y = 25 + 50 * (at % 4), 22 + 29 * (at // 4)
        yield _circle(x, y, 12 if at == chosen else 7, colours.bright if at == chosen else colours.middle)


def _tiles(dice: _Dice, colours: Palette) -> Iterator[str]:
    for at in range(6):
        x, y = 67 * (at % 3), 90 * (at // 3)
        corner = dice.pick(4)
        cx, cy = x + 67 * (corner % 2), y + 90 * (corner // 2)
        fill = (colours.middle, colours.bright)[dice.pick(2)]
        reach = [(math.cos(turn * math.pi / 24), math.sin(turn * math.pi / 24)) for turn in range(13)]
        sides = (1 if corner % 2 == 0 else -1, 1 if corner < 2 else -1)
        yield _shape([(cx, cy), *((cx + 67 * sides[0] * c, cy + 90 * sides[1] * s) for c, s in reach)], fill)


def _waves(dice: _Dice, colours: Palette) -> Iterator[str]:
    phase = dice.pick(8)
    for at in range(5):
        level = 34 + 34 * at
        crest = [(x, level + 12 * math.sin((x + 25 * (phase + at)) / 28)) for x in range(0, WIDTH + 1, 10)]
        fill = (colours.middle, colours.ground, colours.bright, colours.ground, colours.middle)[at]
        yield _shape([*((float(x), round(y, 1)) for x, y in crest), (WIDTH, _ART), (0, _ART)], fill)


_MOTIFS: tuple[Motif, ...] = (_rings, _sunrise, _arches, _bands, _peaks, _seeds, _tiles, _waves)
