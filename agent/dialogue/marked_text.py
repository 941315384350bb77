"""A message while it is read: what was recognised in it is replaced by one symbol each, so that the grammar of the rest
need not know whether "No Country for Old Men", a genre or a span of years stands there.

Knows neither a language nor a catalogue.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import regex

MentionKind: TypeAlias = Literal["title", "value", "range", "reference", "attribute", "direction", "vague", "count"]

_FIRST, _LAST = 0xE000, 0xF8FF
"""The private use area: no letter, so no word of any language is confused with a symbol."""
_SYMBOL = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
_WORD = re.compile(r"[\ue000-\uf8ff]|[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+"
                   r"(?:'(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+)*[+#]*|[&$€£]")  # fmt: skip
_BREAK = re.compile(r"[.;!?¿¡()\[\]\n\u2013\u2014。！？；（）]|(?<=\s)-(?=\s)|\.\.\.")
_ELIDED = re.compile(r"(?<=(?<![\w'])[a-z])' (?=\w)|(?<=\bqu)' (?=\w)", re.IGNORECASE)
"""The gap behind an elided word, which nobody wrote: "d' une heure"."""
_WIDE = re.compile("[\u3001\u3002\uff01-\uff5e]")
_MARKS = {"\u3001": ",", "\u3002": "."}
MARKS = frozenset({"", ",", ":", "/"})
"""What may stand between words of one clause."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something recognised: `what` is told by its kind, `text` is how it was written."""

    kind: MentionKind
    what: Any
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a symbol. `plain` is folded; `before` the punctuation since the last word: a mark that ends a clause,
    ":", ",", "/" or ""."""

    plain: str
    start: int
    end: int
    before: str


@dataclass
class MarkedText:
    """The text with its symbols. Not shared between messages."""

    text: str
    mentions: list[Mention] = field(default_factory=list)
    _read: tuple[str, list[Word]] | None = None
    """The text whose words were read last, and they: most steps of a reading leave it as it is."""

    def mark(self, start: int, end: int, kind: MentionKind, what: object, said: str = "") -> None:
        """Replace a span by the symbol of what it is. `said` stands for how it was written, where that says little."""
        symbol = chr(_FIRST + len(self.mentions))
        self.mentions.append(Mention(kind, what, said or _ELIDED.sub("'", self.spoken(self.text[start:end]))))
        self.text = f"{self.text[:start]}{symbol}{self.text[end:]}"

    def mark_all(
        self, pattern: regex.Pattern[str] | None,
        read: Callable[[regex.Match[str]], tuple[MentionKind, object] | None], said: str = "",
    ) -> None:  # fmt: skip
        """Replace each match of a pattern that `read` makes something of; `said` as for `mark`."""
        at = 0
        while pattern is not None and len(self.mentions) < _LAST - _FIRST:
            match = pattern.search(self.text, at)
            if match is None:
                return
            found = read(match) if match.end() > match.start() else None
            if found is None:
                at = max(match.end(), at + 1)
            else:
                self.mark(match.start(), match.end(), *found, said)
                at = match.start() + 1

    def mention(self, word: Word) -> Mention | None:
        """What a symbol stands for; None for a word."""
        return self.at(word.plain)

    def at(self, symbol: str) -> Mention | None:
        """What a symbol stands for; None for anything else."""
        place = ord(symbol) - _FIRST if len(symbol) == 1 else -1
        return self.mentions[place] if 0 <= place < len(self.mentions) else None

    def spoken(self, text: str) -> str:
        """A piece of the text with its symbols as they were written."""
        return _SYMBOL.sub(lambda match: self.mentions[ord(match[0]) - _FIRST].text, text)

    def words(self) -> list[Word]:
        """The words and symbols in order."""
        if self._read is not None and self._read[0] is self.text:
            return self._read[1]
        found: list[Word] = []
        end = 0
        for match in _WORD.finditer(self.text):
            plain = "and" if match[0] == "&" else match[0].casefold()
            found.append(Word(plain, match.start(), match.end(), _punctuation(self.text[end : match.start()])))
            end = match.end()
        self._read = self.text, found
        return found


def clean(message: str, longest: int, elided: str = "") -> str:
    """A message as it is read: on straight apostrophes, without control characters, at most `longest` characters.
    `elided` are the words that an apostrophe parts from the next: "d'horreur" becomes "d' horreur"."""
    text = _WIDE.sub(lambda match: _narrow(match[0]), unicodedata.normalize("NFC", _whole(message[:longest])))
    text = _SYMBOL.sub(" ", text).replace("\u2019", "'").replace("\u00a0", " ").replace("\u202f", " ")
    text = "".join(" " if unicodedata.category(each) == "Cc" and each != "\n" else each for each in text)
    if elided:
        text = re.sub(rf"(?<![\w'])({'|'.join(elided.split())})'(?=\w)", r"\1' ", text, flags=re.IGNORECASE)
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


def _narrow(sign: str) -> str:
    """A full-width sign as other scripts have it; a mark with the blank after it that its width holds."""
    plain = _MARKS.get(sign) or unicodedata.normalize("NFKC", sign)
    return f"{plain} " if plain in ",.;:!?" else plain


def _whole(text: str) -> str:
    """The text without half characters, which no library takes."""
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=16384)
def unaccented(text: str) -> str:
    """Folded, without accents: "Amélie" is found as "amelie"."""
    plain = text.casefold()
    if plain.isascii():
        return plain
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(each for each in plain if not unicodedata.combining(each))


def key_of(words: Sequence[str]) -> str:
    """Words as they are looked up."""
    return unaccented(" ".join(words))


def _punctuation(gap: str) -> str:
    if gap in ("", " "):
        return ""
    found = _BREAK.search(gap)
    if found:
        return found[0]
    return next((mark for sign, mark in ((":", ":"), ("：", ":"), (",", ","), ("，", ","), ("、", ","), ("/", "/"))
                 if sign in gap), "")  # fmt: skip
