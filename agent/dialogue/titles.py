"""Titles in a message: by name, also where a name is a word or a number, or is misspelt. Knows no grammar but what
stands right beside a title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from ...retrieval.attribute_roles import year_of
from ...retrieval.catalogue import Item
from ...retrieval.text.vocabulary import STOPWORDS
from ..knowledge.language import LanguagePack
from .catalogue_phrases import pieces
from .lexicon import Lexicon
from .marked_text import MarkedText, Word, key_of, unaccented
from .short_titles import LONGEST as LONGEST_PART
from .short_titles import ShortTitles

LONGEST = 12
"""Words of a title that are looked up."""
_SIMILAR = 84.0
"""From which similarity (0..100) on another spelling is the same title."""
TELLING = 10_000
"""Items whose descriptions tell the words of their language: more would add ever rarer ones."""
_LETTERS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"\s*[(\[](?P<year>(?:18|19|20)\d\d)[)\]]")
_ARTICLE = re.compile(r"^(?:the|a|an|der|die|das|le|la|les|el|los|las|l) ")
_DEFINITE = frozenset({"the", "der", "die", "das", "den", "dem", "le", "la", "les", "el", "los", "las"})
_QUOTES = "'\"\u201c\u2018\u00ab\u300a\u201e"
_PRONOUNS = frozenset(
    {"it", "her", "him", "them", "us", "she", "he", "you", "me", "no", "one", "once", "that", "this", "go", "nope"}
)
_THIS = "\uf8ff"
"""Stands for the words in question while the words around them are looked at."""
_AROUND = 60
"""Characters on either side that are."""


class Titles:
    """The items of a catalogue by title."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = {item.id: item for item in items}
        self._ids: dict[str, list[str]] = {}
        self._common: set[str] = set()
        for item in items:
            self._ids.setdefault(title_key(item.title), []).append(item.id)
        for item in items[:TELLING]:
            self._common |= {each for each in _LETTERS.findall(item.text) if each.islower()}
        for key in list(self._ids):
            without = _ARTICLE.sub("", key)
            if without != key and len(without) > 3:
                self._ids.setdefault(without, self._ids[key])
        self._starts = {key.split(" ", 1)[0] for key in self._ids}
        self.short = ShortTitles({item.id: item.title for item in items})

    def of(self, key: str) -> tuple[str, ...]:
        """Ids of the items with this `title_key`."""
        return tuple(self._ids.get(key, ()))

    def mark(self, marked: MarkedText, pack: LanguagePack, lexicon: Lexicon, shown: Sequence[str] = ()) -> None:
        """Replace the titles that a message names; `what` is their ids. Those of the items that were `shown` last may
        be named by any part."""
        _Search(self, marked, pack, lexicon, frozenset(shown)).run()

    def alike(self, key: str) -> tuple[str, ...]:
        """Ids of the title that is spelt most like this one; none if it is not near enough."""
        near = [each for size in range(len(key) - 3, len(key) + 4) for each in self._keys.get(size, ())]
        found = process.extractOne(key, near, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
        return self.of(found[0]) if found else ()

    def from_year(self, ids: Iterable[str], year: int | None) -> tuple[str, ...]:
        """Those of the year, if any is."""
        known = tuple(ids)
        return tuple(each for each in known if year_of(self._items[each]) == year) or known

    def is_common(self, word: str) -> bool:
        """Whether descriptions use the word as one of the language."""
        return word in self._common

    def may_begin(self, word: str) -> bool:
        """Whether a title begins so."""
        return word in self._starts

    @cached_property
    def _keys(self) -> Mapping[int, Sequence[str]]:
        """Titles by their length: only those that are about as long can be alike."""
        found: dict[int, list[str]] = {}
        for key in self._ids:
            found.setdefault(len(key), []).append(key)
        return {size: keys for size, keys in found.items() if size >= 5}


def title_key(title: str) -> str:
    """A title as it is looked up: folded, without accents and punctuation."""
    return key_of(title_pieces(title))


def title_pieces(text: str) -> list[str]:
    """The words of a title; an apostrophe parts them, as it does in a language that elides: "L'Avventura"."""
    return pieces(text.replace("\u2019", "'").replace("'", " "))


class _Search:
    def __init__(
        self, titles: Titles, marked: MarkedText, pack: LanguagePack, lexicon: Lexicon, shown: frozenset[str]
    ) -> None:
        self._titles, self._marked, self._pack, self._lexicon, self._shown = titles, marked, pack, lexicon, shown
        self._shouted = marked.text.isupper() or (marked.text.istitle() and len(marked.text.split()) > 3)

    def run(self) -> None:
        words = self._marked.words()
        key = key_of([piece for word in words for piece in pieces(word.plain)])
        if self._titles.of(key) and self._is_all_of_it(words):
            self._mark(words[0].start, words[-1].end, self._titles.of(key))
        at = 0
        while at < len(words := self._marked.words()):
            found = (
                self._named(words, at)
                or self._short(words, at)
                or self._misspelt(words, at)
                or self._part(words, at)
                or self._like_shown(words, at)
            )
            if found:
                end, ids = found
                self._mark(words[at].start, words[end - 1].end, ids)
            at += 1

    def _is_all_of_it(self, words: list[Word]) -> bool:
        """Whether a message that is a title and nothing else is meant as one: as it is written, or for want of another
        sense."""
        capital = self._marked.text[words[0].start].isupper() and not self._shouted
        return (capital or len(words) > 1) and self._means_nothing_else(words)

    def _mark(self, start: int, end: int, ids: tuple[str, ...]) -> None:
        """With the year that follows in brackets."""
        dated = _YEAR.match(self._marked.text, end)
        if dated:
            ids, end = self._titles.from_year(ids, int(dated["year"])), dated.end()
        self._marked.mark(start, end, "title", ids)

    def _named(self, words: list[Word], at: int) -> tuple[int, tuple[str, ...]] | None:
        """The longest title that begins at a word."""
        if not self._titles.may_begin(key_of(title_pieces(words[at].plain)[:1])):
            return None
        for end in range(min(len(words), at + LONGEST), at, -1):
            key = key_of([piece for word in words[at:end] for piece in title_pieces(word.plain)])
            ids = self._titles.of(key)
            if ids and not self._is_longer_name(words, at, end) and self._is_name(words, at, end):
                return end, ids
        return None

    def _is_longer_name(self, words: list[Word], at: int, end: int) -> bool:
        """Whether a person's name begins with these words: "Emma" of "Emma Stone"."""
        for stop in range(end + 1, min(len(words), end + 3) + 1):
            meaning = self._lexicon.meaning([word.plain for word in words[at:stop]])
            if meaning and meaning[0].kind == "person" and all(not word.before for word in words[at + 1 : stop]):
                return True
        return False

    def _is_name(self, words: list[Word], at: int, end: int) -> bool:
        """Whether words that are some title are used as one here."""
        text = self._marked.text[words[at].start : words[end - 1].end]
        quoted = words[at].start > 0 and self._marked.text[words[at].start - 1] in _QUOTES
        if quoted or _YEAR.match(self._marked.text, words[end - 1].end) or self._is_framed(words, at, end):
            return True
        if self._is_cry(text, words, at, end):
            return False
        if end > at + 1 and self._titles.short.of(key_of([each.plain for each in words[at:end]]), self._shown):
            return self._says_something(words[at:end])
        if (self._pack.joined and not text.isdigit()) or self._is_unusual(words[at:end]):
            return self._means_nothing_else(words[at:end]) or self._is_pointed_at(words, at, end)
        return self._is_written_as_name(text, words, at, end) or self._is_pointed_at(words, at, end)

    def _is_framed(self, words: list[Word], at: int, end: int) -> bool:
        """Whether the words around say that a title stands here: "what's moon about", "do you have jungle book?"."""
        if self._marked.mention(words[at]) or (end == at + 1 and words[at].plain in _PRONOUNS):
            return False
        start = max(0, words[at].start - _AROUND)
        after = self._marked.text[words[end - 1].end :][:_AROUND]
        around = f"{self._marked.text[start : words[at].start]}{_THIS}{after}"
        several = self._means_nothing_else(words[at:end]) and (end > at + 1 or self._is_strange(words[at]))
        frames = ("framed", "framed_long") if several else ("framed",)
        known = (self._pack.patterns("titles", each) for each in frames)
        return any(pattern is not None and pattern.search(around) for pattern in known)

    def _is_cry(self, text: str, words: list[Word], at: int, end: int) -> bool:
        """Whether a word stands for itself, however it is written: "ugh NO.", "Oh no"."""
        if end > at + 1 or words[at].plain not in self._pack.words("answers"):
            return False
        ends = end == len(words) or bool(words[end].before)
        return ((ends and bool(at)) or (len(text) > 1 and text.isupper())) and not self._is_pointed_at(words, at, end)

    def _says_something(self, words: list[Word]) -> bool:
        """Whether words are more than grammar, and no value of the catalogue as a whole."""
        telling = [each for each in words if not self._lexicon.is_everyday(each.plain)]
        return bool(telling) and self._lexicon.meaning([each.plain for each in words]) is None

    def _is_unusual(self, words: list[Word]) -> bool:
        """Whether a word is none of the language's, or so many stand together that it is no chance."""
        strange = [each for each in words if not self._is_everyday(each.plain)]
        return (bool(strange) and (len(words) > 1 or not strange[0].plain.isdigit())) or len(words) > 3

    def _is_everyday(self, word: str) -> bool:
        plain = word.split("'")[0]
        common = self._titles.is_common(plain) or plain in self._pack.words("everyday")
        return common or word in STOPWORDS or self._lexicon.is_everyday(word)

    def _means_nothing_else(self, words: list[Word]) -> bool:
        plain = [each.plain for each in words]
        last = self._lexicon.phrases.last_names.get(plain[0]) if len(plain) == 1 else None
        return self._lexicon.meaning(plain) is None and last is None

    def _is_written_as_name(self, text: str, words: list[Word], at: int, end: int) -> bool:
        """Capitals that no beginning of a sentence explains."""
        if self._shouted or not (text[0].isupper() or (text[0].isdigit() and end > at + 1)):
            return False
        if words[at].plain == "i" and end == at + 1:
            return False
        begins = at == 0 or words[at].before not in ("", ",", ":", "/")
        capitals = sum(word[0].isupper() for word in text.split())
        own = self._means_nothing_else(words[at:end]) or self._is_theme_by_its_stem(words[at:end])
        return (capitals > 1 or not begins) and own

    def _is_theme_by_its_stem(self, words: list[Word]) -> bool:
        """Whether the words are a theme in another form: "Alien" is a film where "aliens" is a keyword."""
        plain = [each.plain for each in words]
        meaning = self._lexicon.meaning(plain) or ()
        written = {value.casefold() for each in meaning for value in each.values if isinstance(value, str)}
        return bool(meaning) and all(each.kind == "theme" for each in meaning) and " ".join(plain) not in written

    def _is_pointed_at(self, words: list[Word], at: int, end: int) -> bool:
        """Whether what stands before or after says that this is something to watch, read or have."""
        text = self._marked.text[words[at].start : words[end - 1].end]
        if words[at].plain in _PRONOUNS and end == at + 1 and not (text[0].isupper() and at):
            return False
        before = self._marked.text[: words[at].start].rstrip()
        after = self._marked.text[words[end - 1].end :]
        lead = self._pack.patterns("titles", "before")
        follow = self._pack.patterns("titles", "after")
        pointed = bool(
            lead and any(each.end() == len(before) for each in lead.finditer(before, max(0, len(before) - 40)))
        )
        return (pointed and self._ends_here(words, at, end)) or bool(follow and follow.match(after.lstrip()))

    def _ends_here(self, words: list[Word], at: int, end: int) -> bool:
        """Whether the name is the whole of what is pointed at: "like Up" and not "like up to ninety minutes"."""
        if end - at > 1 or end == len(words) or words[end].before not in ("",):
            return True
        text = self._marked.text[words[at].start : words[end - 1].end]
        return text[0].isupper() or words[end].plain in self._pack.words("always_end") | self._pack.words(
            "adverbs"
        ) | self._pack.words("and") | self._pack.words("or")

    def _misspelt(self, words: list[Word], at: int) -> tuple[int, tuple[str, ...]] | None:
        """A run of words with a strange one in it that is nearly a title."""
        for end in range(min(len(words), at + 5), at, -1):
            run = words[at:end]
            key = key_of([piece for word in run for piece in title_pieces(word.plain)])
            if (
                len(key) < 5
                or (self._pack.joined and not key[0].isascii())
                or (end == at + 1 and not self._is_strange_name(words, at))
                or any(word.before not in ("", ",") for word in run[1:])
                or not self._may_be_misspelt(run)
                or any((named := self._named(words, later)) and named[0] >= end for later in range(at + 1, end))
            ):
                continue
            if ids := self._titles.alike(key):
                return end, ids
        return None

    def _short(self, words: list[Word], at: int) -> tuple[int, tuple[str, ...]] | None:
        """The longest part of a title that stands for it here."""
        for end in range(min(len(words), at + LONGEST_PART), at, -1):
            run = words[at:end]
            if any(self._marked.mention(word) for word in run) or any(word.before for word in run[1:]):
                continue
            if ids := self._ids_of_part(words, at, end, key_of([p for word in run for p in title_pieces(word.plain)])):
                return end, ids
        return None

    def _ids_of_part(self, words: list[Word], at: int, end: int, key: str) -> tuple[str, ...]:
        """Of the last shelf, or else of all, where a word of it belongs to nothing else, or it is pointed at."""
        short, run = self._titles.short, words[at:end]
        shown = short.of(key, self._shown) if self._shown else ()
        ids = shown or short.head(key) or short.of(key)
        if not ids or (not shown and not (len(run) > 1 and self._says_something(run))):
            return ()
        if self._is_framed(words, at, end):
            return ids
        whole = len(run) > 1 and self._says_something(run) and bool(short.head(key) or self._titles.of(key))
        strange = any(map(self._is_strange, run))
        if whole and (strange or shown):
            return ids
        return ids if (whole or strange) and self._is_meant(words, at, end, strange=strange) else ()

    def _is_meant(self, words: list[Word], at: int, end: int, *, strange: bool) -> bool:
        """Whether words are pointed at, or strange ones written as a name."""
        text = self._marked.text[words[at].start : words[end - 1].end]
        capitals = (
            strange and end > at + 1 and not self._shouted and sum(each[0].isupper() for each in text.split()) > 1
        )
        definite = strange and at > 0 and end == at + 1 and words[at - 1].plain in _DEFINITE and bool(self._shown)
        return capitals or definite or self._is_pointed_at(words, at, end)

    def _is_strange(self, word: Word) -> bool:
        """Whether a word is none of the language's and nobody's name."""
        known = self._is_everyday(word.plain) or word.plain in self._pack.known_words
        return len(word.plain) > 3 and not known and self._means_nothing_else([word])

    def _part(self, words: list[Word], at: int) -> tuple[int, tuple[str, ...]] | None:
        """The one strange word of a title, where it is pointed at: "Totoro" of "My Neighbor Totoro"."""
        plain = words[at].plain
        ids = self._titles.short.of(unaccented(plain)) if len(plain) > 4 else ()
        if not ids or not self._is_strange(words[at]):
            return None
        return (at + 1, ids) if self._is_pointed_at(words, at, at + 1) or self._is_framed(words, at, at + 1) else None

    def _like_shown(self, words: list[Word], at: int) -> tuple[int, tuple[str, ...]] | None:
        """A misspelt word of a title of the last shelf, where it is said to be one: "the chiken one"."""
        if not self._shown or self._marked.mention(words[at]) or not self._is_strange(words[at]):
            return None
        ids = self._titles.short.spelt_like(unaccented(words[at].plain), self._shown)
        return (at + 1, ids) if ids and self._is_framed(words, at, at + 1) else None

    def _is_strange_name(self, words: list[Word], at: int) -> bool:
        """One misspelt word is a title only where it is written or pointed at as one."""
        text = self._marked.text[words[at].start : words[at].end]
        capital = len(text) > 6 and text[0].isupper() and bool(at)
        return capital or (len(text) > 4 and self._is_pointed_at(words, at, at + 1))

    def _may_be_misspelt(self, words: list[Word]) -> bool:
        if any(self._marked.mention(word) for word in words) or (
            self._lexicon.is_everyday(words[0].plain) and len(words) == 1
        ):
            return False
        first = words[0].plain  # "not terminator" is no "The Terminator": a word of grammar is rarely misspelt
        if len(words) > 1 and self._lexicon.is_everyday(first) and not self._titles.may_begin(first):
            return False
        strange = [each.plain for each in words if not self._is_everyday(each.plain) and len(each.plain) > 3
                   and each.plain not in self._pack.known_words]  # fmt: skip
        return bool(strange) and all(self._means_nothing_else([each]) for each in words if each.plain in strange)
