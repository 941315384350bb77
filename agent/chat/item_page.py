"""An item's own page in the drawer: everything about it, whom it suits, and what is like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ...retrieval.catalogue import Item
from ...retrieval.related_items import RelatedItems
from ..knowledge.phrases import KINDS, THEMES, listed
from ..text import cut
from ..turn import Recommendation
from . import words
from .button import Button
from .card import actions
from .components import show
from .facts import facts, popularity_lines, title_of
from .images import Images
from .item_state import ItemState
from .picture import Picture, picture
from .row import Row, rows, title_and_year
from .why import Why, why

_MOST_FACTS, _MOST_VALUES = 40, 30
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person was told of an item that was recommended to them."""

    reason: str
    why: Why


@dataclass(frozen=True, slots=True)
class ItemPage:
    """What the page shows. `audience` are lines on whom the item suits."""

    title: str
    picture: Picture
    text: str
    actions: Sequence[Button]
    facts: Sequence[tuple[str, str]]
    audience: Sequence[str]
    shown: Shown | None
    similar: Sequence[Row]


def item_page_html(
    related_items: RelatedItems,
    state: ItemState,
    images: Images,
    marks: tuple[str, str],
    shown: Recommendation | None,
) -> Markup:
    """The page. `marks` name the item alone and those like it; `shown` is what the person was told of it, if it was
    recommended to them."""
    item, (mark, similar) = related_items.item, marks
    page = ItemPage(
        title=title_and_year(item), picture=picture(item, images), text=item.text.strip(),
        actions=actions(item, mark, 1, state), facts=facts(item, _MOST_FACTS, _MOST_VALUES),
        audience=_audience(related_items), shown=Shown(shown.explanation.text, why(shown)) if shown else None,
        similar=rows(related_items.similar, images, similar),
    )  # fmt: skip
    return show("item_page.html", page)


def _audience(related_items: RelatedItems) -> list[str]:
    """Whom it suits, from what it is and who chose it; nothing that is not in the catalogue or the log."""
    kinds = _values(related_items.item, KINDS)
    themes = _values(related_items.item, THEMES)
    along = [title_of(each, 60) for each in related_items.along[:_NAMED]]
    lines = [
        words.FOR_KINDS.format(kinds=listed(kinds)) if kinds else "",
        words.FOR_THEMES.format(themes=listed(themes)) if themes else "",
        words.ALONG.format(titles=listed(along)) if along else "",
        *popularity_lines(related_items.popularity),
    ]
    return [line for line in lines if line]


def _values(item: Item, facets: frozenset[str]) -> list[str]:
    return [cut(value, 40) for name, value in item.facets() if name.lower() in facets][:_NAMED]
