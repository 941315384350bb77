"""Buttons that say which shelf, rank and kind they mean, never an item's id: the server looks up what was shown."""

from __future__ import annotations

from dataclasses import dataclass

from ...retrieval.catalogue import Item
from . import words
from .facts import title_of


@dataclass(frozen=True, slots=True)
class Button:
    """`label` is what screen readers call it. `pressed` is None where it does not stay pressed; `deed` names the
    action that it takes back."""

    kind: str
    mark: str
    rank: int
    text: str
    label: str
    pressed: bool | None = None
    deed: str = ""


def item_button(
    kind: str, mark: str, rank: int, item: Item, text: str, *, pressed: bool | None = None, deed: str = ""
) -> Button:
    """A button that does something with an item."""
    label = words.OF_ITEM.format(action=text, title=title_of(item))
    return Button(kind, mark, rank, text, label, pressed, deed)


def opener(item: Item, mark: str, rank: int) -> Button:
    """The item's title as a button that opens its page."""
    title = title_of(item)
    return Button("open", mark, rank, title, words.OPEN.format(title=title))
