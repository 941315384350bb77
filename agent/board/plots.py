"""Plots by day as inline SVG: no script and no file, colours from the style sheet, as wide as there is room.

The text stands around the drawing and not in it, so that it stays readable on a phone; `says` is what a screen reader
says instead of the drawing. Knows nothing about what is plotted.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

Series = Mapping[str, Sequence["float | None"]]
"""Name -> a value for every day; None leaves a gap."""
_HEIGHT = 100.0


def bars(days: Sequence[date], series: Mapping[str, Sequence[float]], says: str) -> str:
    """Stacked bars, one per day, first series at the bottom."""
    top = ceiling(max((sum(values) for values in zip(*series.values(), strict=True)), default=0.0))
    drawn = "".join(
        _bar(at, [values[at] for values in series.values()], top, _told(on, series, at, _count))
        for at, on in enumerate(days)
    )
    return _figure(days, list(series), drawn, top, says, _count)


def lines(days: Sequence[date], series: Series, says: str, unit: Callable[[float], str]) -> str:
    """One line per series. `unit` writes a value, as on the axis."""
    known = [value for values in series.values() for value in values if value is not None]
    top = ceiling(max(known, default=0.0))
    drawn = "".join(
        f'<path class="brd-line brd-{place}" d="{path}"/>'
        for place, values in enumerate(series.values(), start=1)
        if (path := " ".join(_strokes(values, top)))
    )
    hovers = "".join(
        f'<rect class="brd-day" x="{at}" y="0" width="1" height="{_HEIGHT:g}">'
        f"<title>{_told(on, series, at, unit)}</title></rect>"
        for at, on in enumerate(days)
    )
    return _figure(days, list(series), drawn + hovers, top, says, unit)


def spark(values: Sequence[int]) -> str:
    """A row of small bars, oldest first, the last one set off. Says nothing of its own to a screen reader."""
    top = max([*values, 1])
    drawn = "".join(
        f'<rect x="{at}" y="{_HEIGHT * (1 - value / top):.1f}" width=".8" height="{_HEIGHT * value / top:.1f}"/>'
        for at, value in enumerate(values)
    )
    return f'<svg class="brd-spark" viewBox="0 0 {len(values)} 100" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'  # noqa: E501


def ceiling(value: float) -> float:
    """The next of 1, 2, 5, 10, ... times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def short_date(on: date) -> str:
    """Day and month, e.g. "3 Oct"."""
    return f"{on.day} {on:%b}"


def _bar(at: int, values: Sequence[float], top: float, told: str) -> str:
    drawn, below = "", 0.0
    for place, value in enumerate(values, start=1):
        height = _HEIGHT * value / top
        below += height
        drawn += (
            f'<rect class="brd-{place}" x="{at + 0.1:.1f}" y="{_HEIGHT - below:.2f}" width=".8" height="{height:.2f}"/>'
        )
    return f'<g><rect class="brd-day" x="{at}" y="0" width="1" height="{_HEIGHT:g}"/>{drawn}<title>{told}</title></g>'


def _strokes(values: Sequence[float | None], top: float) -> Iterator[str]:
    """SVG path steps through the middle of each day; a day between two gaps is a dot."""
    drawing = False
    for at, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        place = f"{at + 0.5:g} {_HEIGHT * (1 - value / top):.2f}"
        yield f"L{place}" if drawing else f"M{place} h0"
        drawing = True


def _told(on: date, series: Series, at: int, unit: Callable[[float], str]) -> str:
    known = [(name, values[at]) for name, values in series.items()]
    return html.escape(
        "; ".join([short_date(on), *(f"{name} {unit(value)}" for name, value in known if value is not None)])
    )


def _figure(
    days: Sequence[date], names: Sequence[str], drawn: str, top: float, says: str, unit: Callable[[float], str]
) -> str:
    legend = "".join(f'<li class="brd-{place}">{html.escape(name)}</li>' for place, name in enumerate(names, start=1))
    grid = "".join(f'<line class="brd-grid" x1="0" x2="{len(days)}" y1="{y}" y2="{y}"/>' for y in (0, 50, 100))
    return (
        f'<div class="brd-plot"><ul class="brd-legend" aria-hidden="true">{legend}</ul>'
        f'<div class="brd-frame"><div class="brd-y" aria-hidden="true"><span>{unit(top)}</span>'
        f"<span>{unit(top / 2)}</span><span>{unit(0)}</span></div>"
        f'<svg role="img" aria-label="{html.escape(says, quote=True)}" viewBox="0 0 {len(days)} 100" '
        f'preserveAspectRatio="none">{grid}{drawn}</svg></div>'
        f'<div class="brd-x" aria-hidden="true"><span>{short_date(days[0])}</span>'
        f"<span>{short_date(days[-1])}</span></div></div>"
    )


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"
