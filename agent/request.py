"""From a message to a typed request. Rules only, for now: the words that say what is wanted steer retrieval, and a
named facet value that is refused ("no horror", "not by X") becomes a filter, because an embedding cannot say "not"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..retrieval.vocabulary import words_of
from .turn import Request

MAX_CHARACTERS = 2000
_REFUSAL = r"\b(?:not?|without|nothing|except|hate|don't (?:like|want))\b"
_BETWEEN = r"\s+(?:(?:any|more|a|an|the|too|by|with|from|in|into|want|another|of)\s+){0,2}"


def read_request(message: str, facets: Iterable[tuple[str, str]]) -> Request:
    """Understand one message. `facets` are the (facet, value) pairs that the catalogue knows.

    A message without a content word ("recommend me something") asks for nothing in particular: its text is empty.
    """
    text = " ".join(message.replace("\u2019", "'").split())[:MAX_CHARACTERS]
    refused: dict[str, list[str]] = {}
    for facet, value in _mentioned(text, facets):
        named = re.escape(value).replace(r"\-", "[- ]")
        pattern = re.compile(rf"{_REFUSAL}{_BETWEEN}{named}\b(?: (?:films?|movies?|games?))?", re.IGNORECASE)
        if pattern.search(text):
            text = pattern.sub(" ", text)
            refused.setdefault(facet, []).append(value)
    wanted = text.strip(" ,.;:-") if words_of(text) else ""
    return Request(text=wanted, filters={facet: {"$nin": values} for facet, values in refused.items()})


def _mentioned(text: str, facets: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    folded = text.casefold().replace("-", " ")
    return [(facet, value) for facet, value in facets if value and value.casefold().replace("-", " ") in folded]
