"""Plain words for catalogue facts, in any domain: what to call an item, a role, a kind of use.

Field names decide (a `director` makes a film); one that many sorts of thing have, such as `author`, needs a second
that settles it. An unknown catalogue gets neutral words. Knows nothing about people or models.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...retrieval.catalogue import EventKind, Item
from ...retrieval.event_kinds import MEANINGS, Polarity
from ..text import cut

LONGEST_TITLE = 60
LONGEST_VALUE = 40

_ANY: frozenset[str] = frozenset()
_DOMAINS: tuple[tuple[frozenset[str], frozenset[str], str, str], ...] = (
    (frozenset({"director", "directors"}), _ANY, "film", "watched"),
    (frozenset({"author", "authors"}), frozenset({"isbn", "isbn13", "pages", "page_count", "num_pages"}),
     "book", "read"),
    (frozenset({"developer", "developers"}), frozenset({"platform", "platforms", "genre", "genres"}),
     "game", "played"),
    (frozenset({"artist", "artists"}), frozenset({"album", "tracks", "label"}), "record", "listened to"),
)  # fmt: skip
"""Fields of which one must be there, fields of which one must be there too (any will do where empty), noun, verb."""

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
DULL = frozenset({"age_rating", "language", "runtime", "year"})
"""Fields that are true but no reason to choose anything."""

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


_FELT: dict[Polarity, tuple[str, ...]] = {
    "liked": MEANINGS["like"].verbs or (), "neutral": (), "disliked": MEANINGS["dislike"].verbs or (),
}  # fmt: skip
_GLANCED = MEANINGS["view"].verbs or ()
_CONSUMED = ("chose", *(verb for *_, verb in _DOMAINS))
VERBS = tuple(dict.fromkeys([*(verb for each in MEANINGS.values() for verb in each.verbs or ()), *_CONSUMED]))
"""Every verb that may be said of something in a person's history."""


def verbs_for(kind: EventKind | None, polarity: Polarity, fields: Collection[str] = ()) -> tuple[str, ...]:
    """Past-tense verbs that are true of an item, the plainest first; empty where nothing is to be said.

    `kind` is the event that counts for it (None where it is not known), `fields` the names of the item's attributes,
    e.g. `verbs_for("play", "neutral", {"director"})` is `("watched",)`.
    """
    if kind is None:
        return _FELT[polarity] or _GLANCED
    meaning = MEANINGS[kind]
    if kind == "rating":
        return (*_FELT[polarity], *(meaning.verbs or ()))
    if meaning.polarity != "neutral" and meaning.verbs == _FELT[meaning.polarity] and meaning.polarity != polarity:
        return _GLANCED  # a contradiction; that it was met is all that is certain
    return (_domain(fields)[1],) if meaning.verbs is None else meaning.verbs


def noun(item: Item) -> str:
    """What to call the item: "film", "book", "game", "record", or "pick" where the fields do not say."""
    return _domain(item.attributes)[0]


def _domain(fields: Collection[str]) -> tuple[str, str]:
    names = set(fields)
    found = ((noun, verb) for one, other, noun, verb in _DOMAINS if one & names and (not other or other & names))
    return next(found, ("pick", "chose"))


def article(words: str) -> str:
    """`words` with "a" or "an" before them."""
    return f"{'an' if words[:1].casefold() in set('aeiou') else 'a'} {words}"


def shorten(text: str, limit: int = LONGEST_TITLE) -> str:
    """`text` as it stands in a sentence: safe, on one line, at most `limit` characters, see `text.cut`."""
    return cut(text, limit)


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
