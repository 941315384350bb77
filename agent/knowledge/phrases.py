"""Plain words for catalogue facts, in any domain: what to call an item, a role, a kind of use.

Field names decide (a `director` makes a film); one that many sorts of thing have, such as `author`, needs a second
that settles it. An unknown catalogue gets neutral words. Knows nothing about people or models.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from ...retrieval.catalogue import EventKind, Item
from ...retrieval.event_kinds import MEANINGS, Polarity
from ..text import cut
from .proper_names import DEMONYMS, cased, place

__all__ = [
    "CASTS", "COMPANIES", "DEMONYMS", "DULL", "KINDS", "KIND_ADJECTIVES", "LONGEST_TITLE", "LONGEST_VALUE", "MAKERS",
    "MAKER_NOUNS", "PLACES", "STANDALONE", "THEMES", "VERBS", "article", "consumed", "is_plain_kind", "kind_phrase",
    "kinds_named", "listed", "noun", "plural_field", "plural_kind", "shorten", "statements", "verbs_for",
]  # fmt: skip

LONGEST_TITLE = 60
LONGEST_VALUE = 40

_ANY: frozenset[str] = frozenset()
_DOMAINS: tuple[tuple[frozenset[str], frozenset[str], str, str], ...] = (
    (frozenset({"director", "directors"}), _ANY, "film", "watched"),
    (frozenset({"author", "authors"}), frozenset({"isbn", "isbn13", "pages", "page_count", "num_pages"}),
     "book", "read"),
    (frozenset({"developer", "developers"}), frozenset({"platform", "platforms", "genre", "genres"}),
     "game", "played"),
    (frozenset({"designer", "designers"}),
     frozenset({"players", "players_min", "min_players", "playtime", "platform", "platforms"}), "game", "played"),
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

MAKER_NOUNS = {
    "director": "director", "directors": "director", "author": "author", "authors": "author", "writer": "writer",
    "writers": "writer", "developer": "developer", "developers": "developer", "publisher": "publisher",
    "brand": "brand", "manufacturer": "maker", "studio": "studio", "artist": "artist", "artists": "artist",
    "composer": "composer", "designer": "designer", "creator": "creator",
}  # fmt: skip
"""What one of them is called: "by the same director"."""
COMPANIES = frozenset({"brand", "developer", "maker", "publisher", "studio"})
"""Those that are no person: a thing is from them, not by them."""

CASTS = frozenset({"cast", "actor", "actors", "stars", "starring", "performers"})
KINDS = frozenset({"genre", "genres", "category", "categories", "type", "style", "subgenre"})
THEMES = frozenset(
    {"keywords", "keyword", "tags", "tag", "themes", "theme", "topics", "topic", "subjects", "mood", "moods"}
)
PLACES = frozenset({"country", "countries", "origin"})
DULL = frozenset({"age_rating", "language", "runtime", "year"})
"""Fields that are true but no reason to choose anything."""

KIND_ADJECTIVES = {
    "animation": "animated", "biography": "biographical", "history": "historical", "music": "musical",
    "romance": "romantic", "sport": "sports",
}  # fmt: skip
"""What sits better before a noun than the name of the kind itself."""

STANDALONE = (
    "documentary", "western", "thriller", "drama", "comedy", "musical", "adventure", "mystery", "romance",
)  # fmt: skip
"""Kinds of film and book that need no "film" after them, the one that comes last of several first: "a crime drama",
"a comedy drama", "a romantic comedy"."""
_TELLING = frozenset({"film", "book"})

_SOUNDED_VOWEL = re.compile(r"hour|honest|honou?r|heir|8|11(?:th)?\b|18(?:th)?\b|18\d\d(?:s|\b)", re.IGNORECASE)
_SOUNDED_CONSONANT = re.compile(
    r"uni(?:[^dnm]|m[^p]|$)|u[bst][aeiou]|uk|eu|ewe|one\b|one-|once|ura|uto|ufo|(?:us|usa|usb)\b", re.IGNORECASE
)
_SPELT = re.compile(r"(?!US|UK|NA|NE|RA|RO|LE|LA|MA|SA|SO|HA|HO)[AEFHILMNORSX](?:[A-Z]{1,4}\b|\d|-|\b(?!'))")
"""An abbreviation that is spelt out and begins with the sound of a vowel: "an FBI trainee", not "a NASA film"."""


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


def consumed(fields: Collection[str]) -> str:
    """What people do with a thing that has these fields: "watched", "read", or "chose" where they do not say."""
    return _domain(fields)[1]


def _domain(fields: Collection[str]) -> tuple[str, str]:
    names = set(fields)
    found = ((noun, verb) for one, other, noun, verb in _DOMAINS if one & names and (not other or other & names))
    return next(found, ("pick", "chose"))


def article(words: str) -> str:
    """`words` with "a" or "an" before them, by sound: "an hour", "a university", "an FBI trainee", "an 1890s drama"."""
    start = words.lstrip("\"'\u201c\u2018")
    vowel = start[:1].casefold() in set("aeiouáéíóúàèâêöäü") and not _SOUNDED_CONSONANT.match(start)
    return f"{'an' if vowel or _SOUNDED_VOWEL.match(start) or _SPELT.match(start) else 'a'} {words}"


def shorten(text: str, limit: int = LONGEST_TITLE) -> str:
    """`text` as it stands in a sentence: safe, on one line, at most `limit` characters, see `text.cut`."""
    return cut(text, limit)


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def kind_phrase(value: str, word: str) -> str:
    """ "a horror film"; a catalogue heading such as "Pens & Markers" becomes "a pick from Pens & Markers"."""
    named = kinds_named([value], word)
    return article(named) if is_plain_kind(value) else f"{article(word)} from {value}"


def is_plain_kind(value: str) -> bool:
    """Whether a kind is words of the language, "science-fiction", and no heading of a catalogue, "Pens & Markers"."""
    return value.islower() and len(value.split()) <= 2 and "&" not in value and "/" not in value


def kinds_named(values: Iterable[str], word: str) -> str:
    """Up to two kinds as what the item is called, without an article: "crime drama", "animated adventure", "horror
    film". One that stands alone comes last; a kind is not said twice ("musical" after "musical")."""
    kinds = [each for each in values if is_plain_kind(each)][:4]
    head = next((each for each in STANDALONE if each in kinds and word in _TELLING), word)
    before = [each for each in kinds if each not in {head, "drama"} or head == word]
    modifier = (
        ""
        if not before
        else before[0]
        if (before[0], head) == ("music", "documentary")
        else KIND_ADJECTIVES.get(before[0], before[0])
    )
    return f"{modifier} {head}" if modifier and modifier != head else head


def plural_kind(kind: str, word: str) -> str:
    """Several of a kind: "comedies", "horror films"."""
    named = kinds_named([kind], word)
    return f"{named[:-1]}ies" if named.endswith("y") else f"{named}s"


def plural_field(name: str) -> str:
    """What the values of a field are called together: "keywords", "tags"."""
    said = name.replace("_", " ")
    return said if said.endswith("s") else f"{said}s"


def statements(item: Item, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Predicates of the item that say `pairs` (facet, value), e.g. "is a horror film directed by Wes Craven",
    "stars Johnny Depp", "has themes of dreams and suburbia". Kinds first, themes last; each value once."""
    groups: dict[str, list[str]] = {}
    for facet, value in dict.fromkeys(pairs):
        groups.setdefault(facet, []).append(cased(shorten(value, LONGEST_VALUE)))
    kinds = [v for f in groups if f in KINDS for v in groups[f]]
    makers = [f"{MAKERS[f]} {listed(groups[f])}" for f in groups if f in MAKERS]
    casts = [v for f in groups if f in CASTS for v in groups[f]]
    themes = [v for f in groups if f in THEMES for v in groups[f]]
    places = [place(v) for f in groups if f in PLACES for v in groups[f]]
    said = []
    if kinds or makers or places:
        what = kind_phrase(kinds[0], noun(item)) if kinds else article(noun(item))
        origin = [f"from {listed(places)}"] if places else []
        said.append(" ".join(["is", what, *(makers or origin)]))
    if casts:
        said.append(f"stars {listed(casts)}")
    if themes:
        said.append(f"has themes of {listed(themes)}")
    known = KINDS | set(MAKERS) | CASTS | THEMES | PLACES
    others = [facet for facet in groups if facet not in known]
    return said + [f"has {listed(groups[facet])} as its {facet.replace('_', ' ')}" for facet in others]
