"""What a language says it with: cues, numbers, units, acts and everyday words, read from `languages/*.toml`.

Data and how it is compiled. Knows no catalogue and no message.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import regex

from .accents import loosely, with_plain_spellings

NUMBER = r"(?:\d{1,3}(?:[,.]\d{3})+(?![\d])|\d+(?:[.,]\d+)?)"
"""A number in digits, as languages group them."""
SYMBOL = "[\ue000-\uf8ff]"
"""What stands for something that was recognised, see `dialogue.marked_text`."""
_FOLDER = Path(__file__).with_name("languages")


@dataclass(frozen=True, eq=False)
class LanguagePack:
    """One language. `data` is its file; what is asked often is compiled once."""

    code: str
    name: str
    data: Mapping[str, Any]

    def words(self, group: str) -> frozenset[str]:
        """The words of a group of `[words]`; none where the language has no such group."""
        return self._words.get(group, frozenset())

    @cached_property
    def _words(self) -> Mapping[str, frozenset[str]]:
        return {group: frozenset(text.split()) for group, text in self.data["words"].items()}

    @cached_property
    def fillers(self) -> frozenset[str]:
        """Words between a cue and what it is about; none of them says what an item is."""
        groups = ("fillers", "introductions", "softeners", "media", "adverbs", "blame")
        return frozenset().union(*(self.words(group) for group in groups))

    @cached_property
    def cues(self) -> regex.Pattern[str]:
        """Every cue, each kind as a group of that name; the kinds stand in the order of the file."""
        kinds = (f"(?P<{kind}>{'|'.join(map(self.spelled, each))})" for kind, each in self.data["cues"].items())
        return self._at_words("|".join(kinds))

    def patterns(self, table: str, name: str) -> regex.Pattern[str] | None:
        """The expressions of `[table] name` as one; None where the language has none."""
        return self._compiled.get((table, name))

    @cached_property
    def _compiled(self) -> Mapping[tuple[str, str], regex.Pattern[str]]:
        tables = {
            table: self.data.get(table, {})
            for table in (
                "acts",
                "narrative",
                "parts_of_people",
                "audience",
                "questions",
                "references",
                "titles",
                "amounts",
                "years",
                "idioms",
                "lasting",
            )
        }
        found = [((table, name), each) for table, named in tables.items() for name, each in named.items()]
        return {key: self._one_of([each] if isinstance(each, str) else each) for key, each in found}

    @cached_property
    def rewrites(self) -> Sequence[tuple[regex.Pattern[str], str]]:
        """Expressions of `[rewrites]` and what is read in their place."""
        return [(self._at_words(self.spelled(each)), said) for each, said in self.data.get("rewrites", {}).items()]

    def _one_of(self, expressions: Sequence[str]) -> regex.Pattern[str]:
        return self._at_words("|".join(map(self.spelled, expressions)))

    def _at_words(self, expression: str) -> regex.Pattern[str]:
        if self.joined:
            return regex.compile(f"(?:{expression})", regex.IGNORECASE)
        return regex.compile(rf"(?:(?<![\w'-])|(?<=\w)(?=')|(?<=\d-)(?=\d))(?:{expression})(?![\w'])", regex.IGNORECASE)

    def spelled(self, expression: str) -> str:
        """The expression with what its macros stand for; N alone is a number."""
        names = sorted(self._macros, key=len, reverse=True)
        spelled = regex.sub("|".join(names), lambda match: self._macros[match[0]], expression)
        spelled = loosely(spelled, accents) if (accents := self.data.get("accents")) else spelled
        return str(regex.sub(r"(?<![A-Za-z\\])N(?![A-Za-z])", lambda _: NUMBER, spelled))

    @cached_property
    def _macros(self) -> Mapping[str, str]:
        data = self.data
        ages = "|".join([r"\d{1,2}", *(word for word in data.get("numbers", {}) if data["numbers"][word] < 18)])
        units = {name.upper(): _one_of(words.split()) for name, words in data.get("units", {}).items()}
        directed = {table.upper(): _one_of(word for words in data.get(table, {}).values() for word in words.split())
                    for table in ("directions", "vague")}  # fmt: skip
        return {
            **data.get("macros", {}), **units, **directed, "ORD": _one_of(data.get("ordinals", {})),
            "FAMILY": _one_of(data.get("families", {})), "AGE": f"(?:{ages})",
            "DECADES": _one_of(data.get("decades", {})),
            "SYMBOL": SYMBOL, "ATTRIBUTE": SYMBOL, "REFERENCE": SYMBOL,
        }  # fmt: skip

    @cached_property
    def known_words(self) -> frozenset[str]:
        """Every word of the file: none of them is a misspelt one."""
        return frozenset(regex.findall(r"[^\W\d_]{3,}", repr(self.data).casefold()))

    @property
    def joined(self) -> bool:
        """Whether words are written without blanks between them."""
        return bool(self.data.get("joined"))

    @property
    def elided(self) -> str:
        """Words that an apostrophe parts from the next one, separated by blanks: the "d" of "d'horreur"."""
        return str(self.data.get("elided", ""))

    def respelled(self, text: str) -> str:
        """The text as the tables spell it: what `[spellings]` names is written in one way."""
        for pattern, by in self._spellings:
            text = pattern.sub(by, text)
        return text

    @cached_property
    def _spellings(self) -> Sequence[tuple[regex.Pattern[str], str]]:
        return [(self._at_words(said), by) for said, by in self.data.get("spellings", {}).items()]

    def table(self, name: str) -> Mapping[str, Any]:
        """A table of the file as it is; empty where the language has none."""
        found: Mapping[str, Any] = self.data.get(name, {})
        return found


@cache
def language_pack(code: str) -> LanguagePack:
    """The language of a BCP-47 code. Raises KeyError for one that is not spoken here, see `languages`."""
    if code not in languages():
        raise KeyError(code)
    data = tomllib.loads((_FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    return LanguagePack(code, data["name"], with_plain_spellings(data))


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Codes of the languages that messages are understood in."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def _one_of(words: Iterable[str]) -> str:
    """Any of the words, the longest first; "-" within one stands for a blank or a hyphen."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join(regex.escape(each, special_only=True).replace("\\-", "-").replace("-", "[- ]") for each in longest)
