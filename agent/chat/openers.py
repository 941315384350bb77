"""First lines to start a conversation with, made from what the catalogue holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from . import words

_PHRASES = (
    (r"genres?|categor(y|ies)|moods?|styles?", words.IN_THE_MOOD),
    (r"keywords?|tags?|topics?|themes?|subjects?", words.SOMETHING_ABOUT),
    (r"directors?|authors?|artists?|creators?|makers?|brands?|cast|actors?", words.ANYTHING_WITH),
    (r"countr(y|ies)|regions?|origins?", words.SOMETHING_FROM),
    (r"languages?", words.SOMETHING_IN),
)
_LONGEST_VALUE = 32
MOST = 4
"""Lines to begin with."""


def openers(facets: Mapping[str, Sequence[tuple[str, int]]], most: int = MOST) -> list[str]:
    """Up to `most` first lines: an open question, then one for each facet that has a natural phrase.

    `facets` holds, per facet, its most common values with their counts.
    """
    lines = [words.OPEN_QUESTION]
    for pattern, phrase in _PHRASES:
        for name, values in facets.items():
            value = _speakable(values) if re.fullmatch(pattern, name.lower()) else None
            if value:
                lines.append(phrase.format(value))
                break
    return lines[:most]


def _speakable(values: Sequence[tuple[str, int]]) -> str | None:
    """The most common value that reads well in a sentence."""
    ordered = sorted(values, key=lambda pair: -pair[1])
    return next((value for value, _ in ordered if value.isprintable() and 0 < len(value) <= _LONGEST_VALUE), None)
