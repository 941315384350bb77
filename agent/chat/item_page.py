"""An item's own page in the drawer: everything about it, whom it suits, and what is like it."""

from __future__ import annotations

from collections.abc import Sequence

from ...retrieval.catalogue import Item
from ...retrieval.related_items import RelatedItems
from ..knowledge.phrases import KINDS, THEMES, listed
from ..text import cut, inert
from ..turn import Recommendation
from . import words
from .card import buttons_html, facts_html, picture_html, why_html
from .drawer import drawer_html, row_html
from .facts import popularity_lines, title_of, year
from .images import Images
from .item_state import ItemState

_LONGEST_TEXT = 1500
_MOST_FACTS, _MOST_VALUES = 40, 30
_LONGEST_FACT = 600
_NAMED = 3


def item_page_html(
    related_items: RelatedItems,
    standing: ItemState,
    images: Images,
    marks: tuple[str, str],
    shown: Recommendation | None,
) -> str:
    """The page. `marks` name the item alone and those like it; `shown` is what the person was told of it, if it was
    recommended to them."""
    item, (mark, similar) = related_items.item, marks
    when = year(item)
    text = f'<p class="som-text" dir="auto">{inert(item.text, _LONGEST_TEXT)}</p>' if item.text.strip() else ""
    told = facts_html(item, _MOST_FACTS, _MOST_VALUES, _LONGEST_FACT)
    content = (
        f'<div class="som-item">{picture_html(item, images.of(item))}<div>{text}'
        f'<div class="som-acts">{buttons_html(item, 1, mark, standing)}</div></div></div>'
        f"{_section(words.FACTS, told)}{_section(words.WHO_IT_IS_FOR, _audience(related_items))}"
        f"{_section(words.FOR_YOU, _for_you(shown))}"
        f"{_section(words.SIMILAR, _rows(related_items.similar, images, similar))}"
    )
    return drawer_html(f"{title_of(item)} ({when})" if when else title_of(item), content)


def _section(title: str, content: str) -> str:
    return f"<section><h3>{title}</h3>{content}</section>" if content else ""


def _audience(related_items: RelatedItems) -> str:
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
    rows = "".join(f'<li dir="auto">{inert(line, 400)}</li>' for line in lines if line)
    return f'<ul class="som-lines">{rows}</ul>'


def _values(item: Item, facets: frozenset[str]) -> list[str]:
    return [cut(value, 40) for name, value in item.facets() if name.lower() in facets][:_NAMED]


def _for_you(shown: Recommendation | None) -> str:
    return f'<p dir="auto">{inert(shown.explanation.text, 400)}</p>{why_html(shown)}' if shown else ""


def _rows(items: Sequence[Item], images: Images, mark: str) -> str:
    rows = "".join(row_html(each, images.of(each), mark, at) for at, each in enumerate(items, start=1))
    return f'<ol class="som-rows">{rows}</ol>' if rows else ""
