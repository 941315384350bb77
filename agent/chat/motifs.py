"""What covers are drawn with: palettes, and motifs that are laid out by an item's own numbers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

WIDTH, HEIGHT = 200, 300
"""Of a cover, in its own units."""
ART = 178
"""Height of the drawing; the title stands below it."""


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


@dataclass(frozen=True, slots=True)
class Circle:
    """A shape of a motif."""

    x: int
    y: int
    radius: int
    fill: str
    kind: ClassVar[str] = "circle"


@dataclass(frozen=True, slots=True)
class Stripe:
    """A shape of a motif, right across the cover."""

    y: int
    height: int
    fill: str
    kind: ClassVar[str] = "stripe"


@dataclass(frozen=True, slots=True)
class Outline:
    """A shape of a motif, as the data of an SVG path."""

    path: str
    fill: str
    kind: ClassVar[str] = "outline"


Shape: TypeAlias = "Circle | Stripe | Outline"


class Dice:
    """Numbers that are the same for the same text, one after another."""

    def __init__(self, text: str) -> None:
        self._bytes = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        self._picked = 0

    def pick(self, count: int) -> int:
        """0..count - 1."""
        self._picked += 1
        return self._bytes[self._picked % len(self._bytes)] % count


def _polygon(points: Sequence[tuple[float, float]], fill: str) -> Outline:
    return Outline(f"M{' L'.join(f'{x:g} {y:g}' for x, y in points)}Z", fill)


def _rings(dice: Dice, colours: Palette) -> Iterator[Shape]:
    x, y = 40 + 30 * dice.pick(5), 50 + 20 * dice.pick(5)
    for ring, radius in enumerate((112, 88, 64, 40, 18)):
        yield Circle(x, y, radius, (colours.middle, colours.ground, colours.bright)[ring % 3])


def _sunrise(dice: Dice, colours: Palette) -> Iterator[Shape]:
    yield Circle(50 + 25 * dice.pick(5), 92, 52 + 6 * dice.pick(3), colours.bright)
    for wave in range(4):
        yield Stripe(96 + 22 * wave, 5 + 4 * wave, colours.middle)


def _arches(dice: Dice, colours: Palette) -> Iterator[Shape]:
    x = 70 + 15 * dice.pick(5)
    for arch, half in enumerate((84, 64, 44, 24)):
        fill = (colours.middle, colours.ground, colours.bright, colours.ground)[arch]
        yield Outline(f"M{x - half} {ART}V{44 + half}a{half} {half} 0 0 1 {2 * half} 0V{ART}Z", fill)


def _bands(dice: Dice, colours: Palette) -> Iterator[Shape]:
    lean, start = 60 + 20 * dice.pick(4), -40 + 15 * dice.pick(4)
    for band in range(5):
        x = start + 58 * band
        fill = (colours.middle, colours.bright)[band % 2]
        yield _polygon([(x, 0), (x + 27, 0), (x + 27 - lean, ART), (x - lean, ART)], fill)


def _peaks(dice: Dice, colours: Palette) -> Iterator[Shape]:
    yield Circle(36 + 32 * dice.pick(5), 44, 22, colours.bright)
    for peak in range(3):
        x, top = 20 + 80 * peak + 10 * dice.pick(4), 58 + 14 * dice.pick(4)
        yield _polygon([(x - 90, ART), (x, top), (x + 90, ART)], colours.middle)
        yield _polygon([(x, top), (x + 90, ART), (x + 22, ART)], colours.ground)


def _seeds(dice: Dice, colours: Palette) -> Iterator[Shape]:
    chosen = dice.pick(24)
    for seed in range(24):
        x, y = 25 + 50 * (seed % 4), 22 + 29 * (seed // 4)
        yield Circle(x, y, 12, colours.bright) if seed == chosen else Circle(x, y, 7, colours.middle)


def _tiles(dice: Dice, colours: Palette) -> Iterator[Shape]:
    for tile in range(6):
        x, y = 67 * (tile % 3), 90 * (tile // 3)
        corner = dice.pick(4)
        cx, cy = x + 67 * (corner % 2), y + 90 * (corner // 2)
        fill = (colours.middle, colours.bright)[dice.pick(2)]
        reach = [(math.cos(turn * math.pi / 24), math.sin(turn * math.pi / 24)) for turn in range(13)]
        sides = (1 if corner % 2 == 0 else -1, 1 if corner < 2 else -1)
        yield _polygon([(cx, cy), *((cx + 67 * sides[0] * c, cy + 90 * sides[1] * s) for c, s in reach)], fill)


def _waves(dice: Dice, colours: Palette) -> Iterator[Shape]:
    phase = dice.pick(8)
    for wave in range(5):
        level = 34 + 34 * wave
        crest = [(x, level + 12 * math.sin((x + 25 * (phase + wave)) / 28)) for x in range(0, WIDTH + 1, 10)]
        fill = (colours.middle, colours.ground, colours.bright, colours.ground, colours.middle)[wave]
        yield _polygon([*((float(x), round(y, 1)) for x, y in crest), (WIDTH, ART), (0, ART)], fill)


MOTIFS: tuple[Callable[[Dice, Palette], Iterator[Shape]], ...] = (
    _rings, _sunrise, _arches, _bands, _peaks, _seeds, _tiles, _waves,
)  # fmt: skip
"""Each draws its shapes, the lowest first."""
