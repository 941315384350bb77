"""What is recommended to a person, and what is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from .consoles import add_row, note_on, out

if TYPE_CHECKING:
    from ...agent.turn import Profile, Recommendation

INTERESTS = 12
"""The strongest interests that are shown of a person."""


def show_shelf(shelf: Sequence[Recommendation]) -> None:
    """Print recommendations, best first."""
    table = Table("#", "item", "why", "score", "id")
    for each in shelf:
        add_row(table, str(each.rank), each.item.title, each.explanation.text, f"{each.score:.2f}", each.item.id)
    out.print(table)


def show_profile(profile: Profile, known_users: Sequence[str]) -> None:
    """Print the summary and the strongest interests of a person; of a stranger, whom one could have meant."""
    out.print(profile.summary, markup=False)
    if not profile.events:
        some = ", ".join(known_users)
        note_on(out, f"There is no event of {profile.user!r}. Known users, for example: {some}")
        return
    table = Table("facet", "value", "strength", "events")
    for each in profile.interests[:INTERESTS]:
        add_row(table, each.facet, each.value, f"{each.strength:+.2f}", str(each.count))
    out.print(table)
