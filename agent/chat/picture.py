"""What an item looks like: its generated cover and, over it, its own picture."""

from __future__ import annotations

from dataclasses import dataclass

from ...retrieval.catalogue import Item
from .cover import Cover, cover
from .images import Images


@dataclass(frozen=True, slots=True)
class Picture:
    """`photo` is the address of the item's own picture, if it has one."""

    cover: Cover
    photo: str | None


def picture(item: Item, images: Images) -> Picture:
    """An item's picture."""
    return Picture(cover(item), images.of(item))
