"""Plots by day as inline SVG: no script and no file, colours from the style sheet, as wide as there is room.

The text stands around the drawing and not in it, so that it stays readable on a phone; `says` is what a screen reader
says instead of the drawing. Knows nothing about what is plotted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from markupsafe import Markup

from .components import show

Series = Mapping[str, Sequence["float | None"]]
"""Name -> a value for every day; None leaves a gap."""
_HEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar begins and how high it is, as text; the whole drawing is 100 high."""

    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """The bars of a day, counted from 0, the lowest first, and what they say when they are pointed at."""

    day: int
    bars: Sequence[Bar]
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """The line of the series at `place` (from 1), as the data of an SVG path."""

    place: int
    path: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What a plot shows: `names` of its series, three values on its `axis` from the top, its `first` and `last` day,
    and columns, or lines with a text for each of the `days`."""

    names: Sequence[str]
    axis: Sequence[str]
    first: str
    last: str
    says: str
    width: int
    columns: Sequence[Column] = ()
    lines: Sequence[Line] = ()
    days: Sequence[str] = ()


def bars(days: Sequence[date], series: Mapping[str, Sequence[float]], says: str) -> Markup:
    """Stacked bars, one per day, first series at the bottom."""
    top = ceiling(max((sum(values) for values in zip(*series.values(), strict=True)), default=0.0))
    texts = _texts(days, series, _count)
    columns = [
        Column(day, list(_stacked([values[day] for values in series.values()], top)), text)
        for day, text in enumerate(texts)
    ]
    return show("plot.html", _plot(days, series, top, says, _count, columns=columns))


def lines(days: Sequence[date], series: Series, says: str, unit: Callable[[float], str]) -> Markup:
    """One line per series. `unit` writes a value, as on the axis."""
    known = [value for values in series.values() for value in values if value is not None]
    top = ceiling(max(known, default=0.0))
    drawn = [
        Line(place, path)
        for place, values in enumerate(series.values(), start=1)
        if (path := " ".join(_strokes(values, top)))
    ]
    return show("plot.html", _plot(days, series, top, says, unit, lines=drawn, texts=_texts(days, series, unit)))


def spark(values: Sequence[int]) -> Markup:
    """A row of small bars, oldest first, the last one set off. Says nothing of its own to a screen reader."""
    top = max([*values, 1])
    return show("spark.svg", [_bar(_HEIGHT * value / top, _HEIGHT * value / top, digits=1) for value in values])


def ceiling(value: float) -> float:
    """The next of 1, 2, 5, 10, ... times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


@lru_cache(maxsize=512)  # every plot of a board names the same days
def short_date(on: date) -> str:
    """Day and month, e.g. "3 Oct"."""
    return f"{on.day} {on:%b}"


def _plot(
    days: Sequence[date], series: Series, top: float, says: str, unit: Callable[[float], str], *,
    columns: Sequence[Column] = (), lines: Sequence[Line] = (), texts: Sequence[str] = (),
) -> Plot:  # fmt: skip
    axis = [unit(top), unit(top / 2), unit(0)]
    return Plot(
        list(series), axis, short_date(days[0]), short_date(days[-1]), says, len(days), columns, lines, texts
    )  # fmt: skip


def _stacked(values: Sequence[float], top: float) -> Iterator[Bar]:
    below = 0.0
    for value in values:
        below += _HEIGHT * value / top
        yield _bar(below, _HEIGHT * value / top)


def _bar(end: float, height: float, digits: int = 2) -> Bar:
    """A bar that ends `end` above the ground."""
    return Bar(f"{_HEIGHT - end:.{digits}f}", f"{height:.{digits}f}")


def _strokes(values: Sequence[float | None], top: float) -> Iterator[str]:
    """SVG path steps through the middle of each day; a day between two gaps is a dot."""
    drawing = False
    for day, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        place = f"{day + 0.5:g} {_HEIGHT * (1 - value / top):.2f}"
        yield f"L{place}" if drawing else f"M{place} h0"
        drawing = True


def _texts(days: Sequence[date], series: Series, unit: Callable[[float], str]) -> list[str]:
    """What each day says when it is pointed at."""
    return [
        "; ".join([short_date(on), *(f"{name} {unit(value)}" for name, values in series.items()
                                     if (value := values[day]) is not None)])
        for day, on in enumerate(days)
    ]  # fmt: skip


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"
