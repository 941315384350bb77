"""Tables and intervals as the generated pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. A bar within a cell, which would end it, becomes a slash."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in lines)


def interval(bounds: Sequence[float], decimals: int = 4) -> str:
    """The mean of (low, mean, high), and the other two in brackets."""
    low, mean, high = (f"{value:+.{decimals}f}" for value in bounds)
    return f"{mean} [{low}, {high}]"
