"""Letters that people also write without their accents. Data of a language is widened by those spellings."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import regex

_KEYED = frozenset({"families", "decades", "ordinals", "parts", "extremes", "numbers", "spoken"})
"""Tables whose keys are words."""
_LISTED = frozenset({"words", "units", "attributes", "directions", "vague"})
"""Tables whose values are lists of words."""


def with_plain_spellings(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The data of a language, its words also without the accents that `accents` names."""
    letters = data.get("accents", "")
    return {name: _widened(name, table, letters) for name, table in data.items()} if letters else data


def loosely(expression: str, letters: str) -> str:
    """A regular expression that takes each of the letters with and without its accent."""
    widened = regex.sub(r"\[[^]]*\]", lambda each: f"{each[0][:-1]}{_plain_only(each[0], letters)}]", expression)
    letter = regex.compile(rf"\[[^]]*\]|[{letters}]")
    return str(
        letter.sub(lambda each: each[0] if each[0][0] == "[" else f"[{each[0]}{_plain(each[0], letters)}]", widened)
    )


def _widened(name: str, table: Any, letters: str) -> Any:  # noqa: ANN401 - a table of any of a file's shapes
    if name in _KEYED:
        return {**{_plain(key, letters): value for key, value in table.items()}, **table}
    if name in _LISTED:
        return {group: f"{words} {_plain(words, letters)}" for group, words in table.items()}
    return table


def _plain_only(text: str, letters: str) -> str:
    return _plain("".join(each for each in text if each in letters), letters)


def _plain(text: str, letters: str) -> str:
    return "".join(unicodedata.normalize("NFKD", each)[0] if each in letters else each for each in text)
