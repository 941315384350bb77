"""What titles are called for short: "Butch Cassidy", "Jungle Book", "Lord of the Rings". Knows no message."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from rapidfuzz import fuzz, process

from ...retrieval.text.vocabulary import STOPWORDS
from .catalogue_phrases import pieces
from .marked_text import key_of

LONGEST = 4
"""Words of a part of a title that is looked up."""
_SIMILAR = 80.0
"""From which similarity (0..100) on another spelling is the same word."""
_HEAD = re.compile(r"\s*(?::|/|\s[-\u2013]\s|,?\s(?:and|&|vs\.?|und|et|y|e)\s|'s\s)")


class ShortTitles:
    """The parts of the titles of a catalogue; they are found when the first is looked up."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        """`titles` by the ids of their items."""
        self._titles = titles

    def of(self, key: str, among: Collection[str] = ()) -> tuple[str, ...]:
        """Ids of the items that this part of a title stands for: those of one title, the only one that has it, or only
        one of `among` that has; none otherwise."""
        found = self._parts.get(key, ())
        found = tuple(each for each in found if each in among) if among else found
        return found if len({self._titles[each] for each in found}) == 1 else ()

    def head(self, key: str) -> tuple[str, ...]:
        """Ids of the items whose titles begin with this before a colon, an "and" or a possessive: often a series."""
        return self._heads.get(key, ())

    def spelt_like(self, word: str, among: Iterable[str]) -> tuple[str, ...]:
        """Ids of the one item among these that has a word in its title which is spelt most like this one."""
        words = {part: each for each in among for part in _words(self._titles[each]) if _is_telling(part)}
        found = process.extractOne(word, words.keys(), scorer=fuzz.ratio, score_cutoff=_SIMILAR)
        return (words[found[0]],) if found else ()

    @cached_property
    def _parts(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for each, title in self._titles.items():
            for key in _runs(_words(title)):
                found.setdefault(key, {})[each] = None
        return {key: tuple(ids) for key, ids in found.items()}

    @cached_property
    def _heads(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for each, title in self._titles.items():
            first = _words(_HEAD.split(title.replace("\u2019", "'"), maxsplit=1)[0])
            first = first[1:] if first and not _is_telling(first[0]) else first
            if len(first) > 1 and _is_telling(first[0]) and _is_telling(first[-1]):
                found.setdefault(key_of(first), []).append(each)
        return {key: tuple(ids) for key, ids in found.items()}


def _words(title: str) -> list[str]:
    return [key_of([each]) for each in pieces(title.replace("\u2019", "'").replace("'", " "))]


def _runs(words: list[str]) -> Iterable[str]:
    """The parts of a title that begin and end with a word that says something."""
    for start in (at for at, word in enumerate(words) if _is_telling(word)):
        for end in range(start + 1, min(len(words), start + LONGEST) + 1):
            if _is_telling(words[end - 1]):
                yield " ".join(words[start:end])


def _is_telling(word: str) -> bool:
    return len(word) > 2 and word not in STOPWORDS
