"""Plain words for catalogue facts, in any domain: what to call an item, a role, a kind of use.

Field names decide (a `director` makes a film, an `author` a book); an unknown catalogue gets neutral words.
Knows nothing about people or models.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ..retrieval.catalogue import Item

LONGEST_TITLE = 60
LONGEST_VALUE = 40

_DOMAINS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"director", "directors"}), "film", "watched"),
    (frozenset({"author", "authors"}), "book", "read"),
    (frozenset({"developer", "developers", "platform", "platforms"}), "game", "played"),
    (frozenset({"artist", "artists", "album"}), "record", "heard"),
)

MAKERS = {
    "director": "directed by", "directors": "directed by", "author": "written by", "authors": "written by",
    "writer": "written by", "writers": "written by", "developer": "developed by", "developers": "developed by",
    "publisher": "published by", "brand": "made by", "manufacturer": "made by", "studio": "made by",
    "artist": "by", "artists": "by", "composer": "composed by", "designer": "designed by", "creator": "created by",
}  # fmt: skip
"""Facets that name who made the item, and how that is said."""

CASTS = frozenset({"cast", "actor", "actors", "stars", "starring", "performers"})
KINDS = frozenset({"genre", "genres", "category", "categories", "type", "style", "subgenre"})
THEMES = frozenset(
    {"keywords", "keyword", "tags", "tag", "themes", "theme", "topics", "topic", "subjects", "mood", "moods"}
)
PLACES = frozenset({"country", "countries", "origin"})

DEMONYMS = {
    "argentina": "argentine", "australia": "australian", "austria": "austrian", "belgium": "belgian",
    "brazil": "brazilian", "canada": "canadian", "chile": "chilean", "china": "chinese", "denmark": "danish",
    "finland": "finnish", "france": "french", "germany": "german", "greece": "greek", "hungary": "hungarian",
    "iceland": "icelandic", "india": "indian", "iran": "iranian", "ireland": "irish", "israel": "israeli",
    "italy": "italian", "japan": "japanese", "mexico": "mexican", "netherlands": "dutch", "new zealand": "new zealand",
    "norway": "norwegian", "poland": "polish", "portugal": "portuguese", "romania": "romanian", "russia": "russian",
    "south korea": "korean", "spain": "spanish", "sweden": "swedish", "switzerland": "swiss", "taiwan": "taiwanese",
    "turkey": "turkish", "ukraine": "ukrainian", "united kingdom": "british", "united states": "american",
}  # fmt: skip

KIND_ADJECTIVES = {
    "animation": "animated", "biography": "biographical", "history": "historical", "music": "musical",
    "romance": "romantic",
}  # fmt: skip
"""What sits better before a noun than the name of the kind itself."""


def noun(item: Item) -> str:
    """What to call the item: "film", "book", "game", "record", or "pick" where the fields do not say."""
    return next((word for fields, word, _ in _DOMAINS if fields & set(item.attributes)), "pick")


def used(item: Item) -> str:
    """The past-tense verb for having consumed such an item, e.g. "watched"."""
    return next((verb for fields, _, verb in _DOMAINS if fields & set(item.attributes)), "chose")


def article(words: str) -> str:
    """`words` with "a" or "an" before them."""
    return f"{'an' if words[:1].casefold() in set('aeiou') else 'a'} {words}"


def shorten(text: str, limit: int = LONGEST_TITLE) -> str:
    """`text` on one line without invisible characters, cut at a word boundary with an ellipsis beyond `limit`."""
    head = text[: limit * 20]  # a hostile title may be megabytes long
    shown = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in head
                    if unicodedata.category(c) not in {"Cf", "Co", "Cn", "Cs"})  # fmt: skip
    line = " ".join(shown.split())
    if len(line) <= limit and len(head) == len(text):
        return line
    cut = line[:limit]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:-") + "…"


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def kind_phrase(value: str, word: str) -> str:
    """ "a horror film"; a catalogue heading such as "Pens & Markers" becomes "a pick from Pens & Markers"."""
    plain = value.islower() and len(value.split()) <= 2
    adjective = KIND_ADJECTIVES.get(value, value)
    return article(f"{adjective} {word}") if plain else f"{article(word)} from {value}"


def statements(item: Item, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Predicates of the item that say `pairs` (facet, value), e.g. "is a horror film directed by Wes Craven",
    "stars Johnny Depp", "has themes of dreams and suburbia". Kinds first, themes last."""
    groups: dict[str, list[str]] = {}
    for facet, value in pairs:
        groups.setdefault(facet, []).append(shorten(value, LONGEST_VALUE))
    kinds = [v for f in groups if f in KINDS for v in groups[f]]
    makers = [f"{MAKERS[f]} {listed(groups[f])}" for f in groups if f in MAKERS]
    casts = [v for f in groups if f in CASTS for v in groups[f]]
    themes = [v for f in groups if f in THEMES for v in groups[f]]
    places = [f"from {v}" for f in groups if f in PLACES for v in groups[f]]
    said = []
    if kinds or makers or places:
        what = kind_phrase(kinds[0], noun(item)) if kinds else article(noun(item))
        said.append(" ".join(["is", what, *(makers or places)]))
    if casts:
        said.append(f"stars {listed(casts)}")
    if themes:
        said.append(f"has themes of {listed(themes)}")
    known = KINDS | set(MAKERS) | CASTS | THEMES | PLACES
    others = [facet for facet in groups if facet not in known]
    return said + [f"has {listed(groups[facet])} as its {facet.replace('_', ' ')}" for facet in others]
