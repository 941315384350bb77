"""Which language a message is in: by the words that the languages spoken here are known by, then by a library.

A message of two words is in no language for certain; what has no word of another language is taken for that of the
conversation. Knows no catalogue.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import regex

from ..knowledge.language import language_pack, languages
from ..knowledge.not_spoken import SORRY

ENOUGH = 4
"""Words from which on the library is asked; with fewer it guesses."""
SURE = 0.75
"""From which confidence on (0..1) it is believed about a language that is not spoken here."""
_WORD = regex.compile(
    r"(?<!\d|\p{L})\p{L}(?=['\u2019])|(?<!\d|\p{L})\p{L}{2,}|(?<!['\u2019\d\p{L}])\p{L}(?!['\u2019\p{L}])"
)
"""A word; of single letters beside an apostrophe only that before it: "j'ai" is French by its "j";
"70s" and "isn't" tell nothing by their last letter."""
_SCRIPTS = {
    "ja": r"[\p{Hiragana}\p{Katakana}]",
    "ko": r"\p{Hangul}",
    "zh": r"\p{Han}",
    "ru": r"\p{Cyrillic}",
    "ar": r"\p{Arabic}",
    "el": r"\p{Greek}",
    "he": r"\p{Hebrew}",
    "hi": r"\p{Devanagari}",
    "th": r"\p{Thai}",
}
"""The most spoken language of each script that no language with Latin letters has; Japanese has Han beside Kana."""
_LETTERS = {code: regex.compile(script) for code, script in _SCRIPTS.items()}


def detect_language(text: str, before: str = "en") -> str:
    """The BCP-47 code of a message's language: one of those spoken here, or one that a sentence is kept for, see
    `not_spoken`. `before` is the conversation's, which an undecided message is taken to be in."""
    words = [word.casefold() for word in _WORD.findall(text)]
    script = _by_script(text)
    if script in languages():
        return script
    if script:
        return _by_library(text, surely=False) or script
    votes = {code: _votes(words, code, before) for code in languages()}
    own = max(votes, key=lambda code: (votes[code], code == before, code == "en"), default=before)
    telling = sum(word in _function_words(own) for word in words)
    told = votes[own] if own == before and telling else telling  # staying is easy
    if own == "en" != before and not told and before in languages():
        return before  # "max 90 min" and "thriller" are English no more than what was spoken so far
    if votes.get(own, 0) > 0 and (len(words) < ENOUGH or 4 * told >= len(words)):
        return own
    foreign = _by_library(text) if len(words) >= ENOUGH else None
    return foreign or (own if votes.get(own, 0) > 0 else before)


def _by_script(text: str) -> str:
    """The language of the script that most letters are in; "" for Latin letters, and where it is a word in them. Two
    Han characters among Latin names are Chinese."""
    counts = {code: len(pattern.findall(text)) for code, pattern in _LETTERS.items()}
    code = max(counts, key=lambda each: (counts[each] > 0 and each in ("ja", "ko"), counts[each]))
    enough = 2 * sum(counts.values()) > len(regex.findall(r"\p{L}", text))
    return code if enough or (code == "zh" and counts["zh"] > 1) else ""


def _votes(words: Sequence[str], code: str, before: str) -> float:
    """Words that tell the language, and half for each that it has all the same: "plus under two hours" is English. In
    a conversation in French "45 minutes maximum" stays French."""
    telling, known = _function_words(code), _own_words(code) if code == before else _vocabulary(code)
    return sum(1.0 if word in telling else 0.5 * (word in known) for word in set(words))


_SPOKEN = ("words", "attributes", "directions", "units", "say")
"""Tables of a language's file that hold its own words."""


@lru_cache(maxsize=16)
def _own_words(code: str) -> frozenset[str]:
    """The words of a language's file; not what they stand for there, which is English."""
    pack = language_pack(code)
    if code == "en":
        return pack.known_words
    spoken = [*pack.table("values"), *(each for table in _SPOKEN for each in pack.table(table).values())]
    english = _WORD.findall(repr(list(pack.table("values").values())).casefold())
    return frozenset(_WORD.findall(repr(spoken).casefold())).difference(english)


@lru_cache(maxsize=16)
def _vocabulary(code: str) -> frozenset[str]:
    """The same without what English has, too."""
    own = _own_words(code)
    return own if code == "en" else own - language_pack("en").known_words


@lru_cache(maxsize=16)
def _function_words(code: str) -> frozenset[str]:
    """The words that tell a language: none of its own words of genres, which languages share."""
    pack = language_pack(code)
    return pack.words("telling") | pack.words("fillers")


def _by_library(text: str, surely: bool = True) -> str | None:
    detector = _detector()
    if detector is None:
        return None
    best = detector.compute_language_confidence_values(text)[:1]
    code = best[0].language.iso_code_639_1.name.casefold() if best and (best[0].value >= SURE or not surely) else ""
    return code if code in SORRY or code in languages() else None


@lru_cache(maxsize=1)
def _detector() -> Any:  # noqa: ANN401 - lingua's, where it is installed
    """The library's detector of the languages that something is said in; None where it is not installed."""
    if importlib.util.find_spec("lingua") is None:
        return None
    from lingua import Language, LanguageDetectorBuilder

    wanted = {*SORRY, *languages()}
    known = [each for each in Language.all() if each.iso_code_639_1.name.casefold() in wanted]
    return LanguageDetectorBuilder.from_languages(*known).with_low_accuracy_mode().build()
