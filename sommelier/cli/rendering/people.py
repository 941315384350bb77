"""What is recommended to a person, and what is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from ...agent.text import cut
from .consoles import LONGEST_CELL, add_row, note_on, out, printable

if TYPE_CHECKING:
    from ...agent.dialogue_state import Constraint
    from ...agent.turn import Profile, Recommendation

INTERESTS = 12
"""The strongest interests that are shown of a person."""


def show_shelf(shelf: Sequence[Recommendation]) -> None:
    """Print recommendations, best first: title and score, the reason, and the id on a line of its own.

    Lines are as long as they are: an id that a table had cut or wrapped could not be copied.
    """
    for each in shelf:
        note_on(out, f"{each.rank:>3}  {cut(each.item.title, LONGEST_CELL)}  ({each.score:.2f})")
        note_on(out, f"     {printable(each.item.id)}")
        note_on(out, f"     {cut(each.explanation.text, LONGEST_CELL)}")


def show_profile(profile: Profile, pins: Sequence[Constraint] = ()) -> None:
    """Print the summary and the strongest interests of a person, and what they wanted remembered, by its places."""
    note_on(out, profile.summary)
    for place, pin in enumerate(pins, start=1):
        note_on(out, f"remembered for good, {place}: {cut(pin.chip, LONGEST_CELL)}")
    if not profile.interests:
        return
    table = Table("facet", "value", "strength", "events")
    for each in profile.interests[:INTERESTS]:
        add_row(table, each.facet, each.value, f"{each.strength:+.2f}", str(each.count))
    out.print(table)
