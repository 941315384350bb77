"""One line of what an item is, made of its attributes, for items whose description gives none.

"A 1957 crime drama by Sidney Lumet, about justice and prejudice." Knows items and words; no users, no evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...retrieval.attribute_roles import year_of
from ...retrieval.catalogue import Item
from ..knowledge.phrases import (
    CASTS,
    KINDS,
    LONGEST_VALUE,
    MAKERS,
    PLACES,
    THEMES,
    article,
    is_plain_kind,
    kinds_named,
    listed,
    noun,
    shorten,
)  # fmt: skip
from ..knowledge.proper_names import demonym, lowered
from ..knowledge.tags import kind_of, phrase_of

NO_NOUN = "pick"
_SAYABLE = re.compile(r"[^\W_][\w '\u2019.,&()+/-]*")


def attribute_lines(item: Item) -> list[str]:
    """The line in several lengths, the one that says most first; empty where no attribute can be said."""
    made = _made(item)
    if noun(item) == NO_NOUN or not (kinds := _plain_kinds(item)):
        return _shelved(item)
    named = kinds_named(kinds, noun(item))
    starts = [f"{_capital(article(' '.join([*before, named])))}{made}" for before in _adjectives(item)]
    themes = [phrase_of(tag) for tag in said_values(item, THEMES) if kind_of(tag) == "subject"][:2]
    about = [f"{starts[0]}, about {listed(themes)}."] if themes else []
    return list(dict.fromkeys([*about, *(f"{start}." for start in starts)]))


def _adjectives(item: Item) -> list[list[str]]:
    """What stands before the kind: the year and where it comes from, one of them, nothing."""
    year, origin = _year(item), _from(item)
    return [[part for part in parts if part] for parts in ((year, origin), (origin,), (year,), ())]


def said_values(item: Item, roles: Iterable[str]) -> list[str]:
    """The values of those fields that a sentence can hold: short, on one line, no markup."""
    values = [value for facet, value in item.facets() if facet in frozenset(roles)]
    return [value for value in dict.fromkeys(values) if is_sayable(value)]


def is_sayable(value: str) -> bool:
    """Whether it stands in a sentence as it is."""
    return len(value) <= LONGEST_VALUE and shorten(value) == value and bool(_SAYABLE.fullmatch(value))


def _shelved(item: Item) -> list[str]:
    """ "One of Inkwell's staplers.", "By Inkwell, in Pens & Markers.": where no noun is known for the item."""
    makers, kinds = said_values(item, MAKERS)[:1], said_values(item, KINDS)[:1]
    if makers and kinds and kinds[0].replace(" ", "").isalpha():
        kind = lowered(kinds[0])
        return [f"One of {makers[0]}'s {kind}." if kind.endswith("s") else f"{kinds[0]} by {makers[0]}."]
    if makers:
        return [f"By {makers[0]}{f', in {kinds[0]}' if kinds else ''}."]
    return [f"Found in {kinds[0]}."] if kinds else []


def _made(item: Item) -> str:
    """ " by Sidney Lumet", or " with Henry Fonda and Ed Begley" where no maker is named."""
    facet = next((name for name in item.attributes if name in MAKERS), "")
    if makers := said_values(item, [facet])[:2]:
        return f" by {listed(makers)}"
    cast = said_values(item, CASTS)[:2]
    return f" with {listed(cast)}" if cast else ""


def _plain_kinds(item: Item) -> list[str]:
    return [value for value in said_values(item, KINDS) if is_plain_kind(value)]


def _year(item: Item) -> str:
    """The year, unless the title says it already."""
    year = str(year_of(item) or "")
    return "" if year in item.title else year


def _from(item: Item) -> str:
    """The adjective of the one country that it comes from; of several, or of one without an adjective, none."""
    places = said_values(item, PLACES)
    return demonym(places[0]) if len(places) == 1 else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
