"""From a message to a typed request. Rules only, for now: the words that say what is wanted steer retrieval, and a
named facet value that is refused ("no horror", "not by X") becomes a filter, because an embedding cannot say "not"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..retrieval.vocabulary import words_of
from .turn import Request

MAX_CHARACTERS = 2000
LONGEST_TITLE = 12
"""Words of a title that are looked up."""

_LIKE = re.compile(r"\b(?:like|similar to|reminds? me of)\s+", re.IGNORECASE)
_REFUSAL = r"\b(?:not?|without|nothing|except|hate|don't (?:like|want))\b"
_OR = r"\s*(?:,\s*)?\b(?:or|nor)\s+"
_BETWEEN = r"\s+(?:(?:any|more|a|an|the|too|by|with|from|in|into|want|like|another|of)\s+){0,2}"


def title_key(title: str) -> str:
    """A title as `read_request` looks it up: case-folded, without punctuation."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def read_request(
    message: str, facets: Iterable[tuple[str, str]], titles: Mapping[str, Iterable[str]] | None = None
) -> Request:
    """Understand one message. `facets` are the (facet, value) pairs that the catalogue knows, `titles` the ids of
    the items by `title_key`. An item that is named as an example ("like Alien") is excluded: it is not an answer.

    A message without a content word ("recommend me something") asks for nothing in particular: its text is empty.
    """
    text = " ".join(message.replace("\u2019", "'").split())[:MAX_CHARACTERS]
    refused: dict[str, list[str]] = {}
    for named, spellings in _mentioned(text, facets):
        listed = re.compile(rf"({_REFUSAL}){_BETWEEN}{named}{_OR}", re.IGNORECASE)  # "no X or Y" refuses Y too
        pattern = re.compile(rf"{_REFUSAL}{_BETWEEN}{named}(?!\w)(?: (?:films?|movies?|games?))?", re.IGNORECASE)
        if pattern.search(text):
            text = pattern.sub(" ", listed.sub(r"\1 ", text))
            for facet, value in spellings:
                refused.setdefault(facet, []).append(value)
    wanted = text.strip(" ,.;:-") if words_of(text) else ""
    excluding = {facet: {"$nin": values} for facet, values in refused.items()}
    return Request(text=wanted, filters=excluding, exclude=_examples(text, titles or {}))


def _examples(text: str, titles: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    for match in _LIKE.finditer(text):
        words = title_key(text[match.end() :]).split()[:LONGEST_TITLE]
        sizes = range(len(words), 0, -1)
        found.update(next((titles[key] for size in sizes if (key := " ".join(words[:size])) in titles), ()))
    return frozenset(found)


def _mentioned(text: str, facets: Iterable[tuple[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Values that the text contains, as patterns, each with the facets that have it; longer ones first, so that
    refusing "science fiction" does not refuse "science"."""
    folded = _plain(text)
    found: dict[str, list[tuple[str, str]]] = {}
    for facet, value in facets:
        if (plain := _plain(value)) and plain in folded:
            found.setdefault(plain, []).append((facet, value))
    return [(re.escape(plain).replace("\\ ", "[- ]"), found[plain]) for plain in sorted(found, key=len, reverse=True)]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("\u2019", "'").replace("-", " ").split())
