"""Where a command writes: results to `out`, everything else to `err`. Text is shown as it is, never read as markup."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from ...agent.text import cut

LONGEST_CELL = 300
"""Characters of a cell in a table."""

out = Console()
err = Console(stderr=True)


def note_on(console: Console, text: str) -> None:
    """Print a sentence on one line, however long: a terminal wraps it, and a file keeps it whole."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def printable(id: str) -> str:
    """An id whole, without what would move the cursor or colour the screen."""
    return cut(id, len(id))


def whole(header: str, cells: Iterable[str]) -> Column:
    """A column whose cells stand on one line each, however narrow the terminal: what is wrapped cannot be copied.

    Its table is to be printed with `crop=False`.
    """
    return Column(header, no_wrap=True, min_width=max(map(cell_len, cells), default=0))


def add_row(table: Table, *cells: str) -> None:
    """Add cells as they are: a title is no markup, and its control characters do not reach the terminal."""
    table.add_row(*(Text(cut(cell, LONGEST_CELL)) for cell in cells))
