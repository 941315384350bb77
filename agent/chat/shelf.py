"""The shelf: the cards of one answer, the places that wait for them, and what stands there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from ..turn import Recommendation
from .card import card
from .components import show
from .images import Images
from .item_state import ItemState


def shelf_html(
    shelf: Sequence[Recommendation], mark: str, states: Mapping[str, ItemState], session: str, images: Images, *,
    busy: bool = False, current: bool = True,
) -> Markup:  # fmt: skip
    """The cards of one answer, best first. `states` are by item id; with `busy` another answer is on its way, and
    without `current` something else must be met by now than what these met."""
    best = max(each.score for each in shelf)
    cards = [card(each, mark, best, states.get(each.item.id, ItemState()), session, images) for each in shelf]
    return show("shelf.html", cards, mark, busy, current)


def waiting_html(places: int) -> Markup:
    """Cards without anything on them, of the size that they will have."""
    return show("waiting.html", places)


def welcome_html() -> Markup:
    """What stands there before anything was asked."""
    return show("welcome.html")
