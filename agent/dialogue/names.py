"""People and companies in a message: by their whole name, misspelt or not, by their last one, or by a first one that
only one of them has. An everyday word counts as a name only where it is written or introduced as one."""

from __future__ import annotations

from collections.abc import Callable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ..knowledge.language import LanguagePack
from .catalogue_phrases import Meaning, ValueChoice
from .lexicon import Lexicon
from .marked_text import MarkedText, Word, unaccented

Found = tuple[int, Meaning]
"""Where a name ends, and whose it is."""
_LONG, _SHORT = 6, 4
"""Letters from which on a strange word is a name wherever it stands, and where it is written small."""
_MISTAKES, _LETTERS = 2, 4
"""Mistakes that a misspelt part of a name may have, and the letters that it takes for each of them."""


class Names:
    """The names of one catalogue in one language. `is_common` says whether descriptions use a word as one of theirs."""

    def __init__(self, lexicon: Lexicon, pack: LanguagePack, is_common: Callable[[str], bool]) -> None:
        self._lexicon, self._pack, self._is_common = lexicon, pack, is_common

    def is_name(self, marked: MarkedText, words: list[Word], at: int, end: int) -> bool:
        """Whether words that are somebody's whole name are used so here: "North" and "Peak" may be none."""
        plain = words[at].plain
        if end > at + 1 or (not self._is_known(plain) and len(plain) > _LONG):
            return True
        following = words[end].plain if end < len(words) and not words[end].before else ""
        joined = following in self._pack.words("or") | self._pack.words("and")
        capital = self._is_capital(marked, words[at])
        return (capital and (bool(at) or joined or len(words) == 1)) or self._is_introduced(words, at)

    def find(self, marked: MarkedText, words: list[Word], at: int) -> Found | None:
        """A part of a name that stands for the whole."""
        if at and self._follows_first_name(marked, words[at - 1], words[at]):
            return None
        return (
            self._misspelt(words, at)
            or self._double(words, at)
            or self._last(marked, words, at)
            or self._other(marked, words, at)
        )

    def _misspelt(self, words: list[Word], at: int) -> Found | None:
        """A first and a last name of which one is right: "Tom Hnaks", "Scarlet Johansson"."""
        if at + 1 >= len(words) or words[at + 1].before:
            return None
        first, last = unaccented(words[at].plain), unaccented(_bare(words[at + 1]))
        phrases = self._lexicon.phrases
        near = self._nearest(first, phrases.last_names.get(last), 0) or self._nearest(
            last, phrases.first_names.get(first), 1
        )
        return (at + 2, near) if near else None

    def _nearest(self, part: str, meaning: Meaning | None, which: int) -> Meaning | None:
        """Of people, the one whose first (0) or last (1) name a strange word comes nearest to."""
        if meaning is None or not part.isalpha():
            return None
        people = {name: parts[-which] for name in meaning[0].values if (parts := unaccented(str(name)).split())}
        most = 0 if self._is_known(part) else min(_MISTAKES, len(part) // _LETTERS)
        found = process.extract(part, people, scorer=OSA.distance, score_cutoff=most, limit=2)
        if not found or (len(found) > 1 and found[0][1] == found[1][1]):
            return None
        return (ValueChoice(meaning[0].attributes, (found[0][2],), "person"),)

    def _double(self, words: list[Word], at: int) -> Found | None:
        """ "De Niro"."""
        if at + 1 >= len(words) or words[at + 1].before:
            return None
        meaning = self._lexicon.phrases.last_names.get(unaccented(f"{words[at].plain} {_bare(words[at + 1])}"))
        return (at + 2, meaning) if meaning else None

    def _last(self, marked: MarkedText, words: list[Word], at: int) -> Found | None:
        plain = unaccented(_bare(words[at]))
        meaning = self._lexicon.phrases.last_names.get(plain)
        if meaning is None or self._lexicon.is_everyday(plain):
            return None
        end = at + 2 if at + 1 < len(words) and words[at + 1].plain in self._pack.words("siblings") else at + 1
        strange = not self._is_common(plain) and plain not in self._pack.words("everyday")
        named = self._is_capital(marked, words[at]) and (bool(at) or strange)
        small = strange and len(plain) >= _SHORT and (len(plain) >= _LONG or plain not in self._pack.known_words)
        return (end, meaning) if named or small or end > at + 1 or self._is_introduced(words, at) else None

    def _other(self, marked: MarkedText, words: list[Word], at: int) -> Found | None:
        """A first name, or a company's without the word that says it is one."""
        plain = unaccented(_bare(words[at]))
        maker = self._lexicon.phrases.short_makers.get(plain)
        first = self._lexicon.phrases.first_names.get(plain)
        first = first if first and len(first[0].values) == 1 and len(plain) >= _SHORT else None
        if (maker is None and first is None) or self._is_known(plain):
            return None
        written = self._is_capital(marked, words[at]) and bool(at) and maker is not None
        return (at + 1, maker or first or ()) if written or self._is_introduced(words, at) else None

    def _follows_first_name(self, marked: MarkedText, before: Word, word: Word) -> bool:
        """Whether another name stands before: "Jimi Hendrix" is none of the Hendrixes that are known."""
        text = marked.text[before.start : before.end]
        known = self._lexicon.is_everyday(before.plain) or before.plain in self._pack.known_words
        return text[0].isupper() and not word.before and not known and marked.mention(before) is None

    def _is_known(self, word: str) -> bool:
        return self._is_common(word) or self._lexicon.is_everyday(word) or word in self._pack.known_words

    def _is_introduced(self, words: list[Word], at: int) -> bool:
        return bool(at) and words[at - 1].plain in self._pack.words("by")

    @staticmethod
    def _is_capital(marked: MarkedText, word: Word) -> bool:
        return marked.text[word.start].isupper()


def _bare(word: Word) -> str:
    return word.plain.removesuffix("'s")
