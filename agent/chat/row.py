"""An item on one line of a list in the drawer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...retrieval.catalogue import Item
from .button import Button, opener
from .facts import facts, title_of, year
from .images import Images
from .picture import Picture, picture


@dataclass(frozen=True, slots=True)
class Row:
    """`about` is the item's first facts; `action` is what else can be done with it here."""

    picture: Picture
    opener: Button
    about: str
    action: Button | None = None


def row(item: Item, images: Images, mark: str, rank: int, action: Button | None = None) -> Row:
    """The item at `rank` (from 1) of the list that is called `mark`."""
    about = " · ".join([each for each in (year(item), *(value for _, value in facts(item, 2))) if each])
    return Row(picture(item, images), opener(item, mark, rank), about, action)


def rows(items: Sequence[Item], images: Images, mark: str) -> list[Row]:
    """Several, numbered from 1."""
    return [row(item, images, mark, rank) for rank, item in enumerate(items, start=1)]


def title_and_year(item: Item) -> str:
    """ "Heat (1995)"; the title alone where the year is unknown or in it."""
    when = year(item)
    return f"{title_of(item)} ({when})" if when else title_of(item)
