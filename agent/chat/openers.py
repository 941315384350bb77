"""First lines to start a conversation with, made from what the catalogue holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_PHRASES = (
    (r"genres?|categor(y|ies)|moods?|styles?", "I'm in the mood for {}"),
    (r"keywords?|tags?|topics?|themes?|subjects?", "Something about {}"),
    (r"directors?|authors?|artists?|creators?|makers?|brands?|cast|actors?", "Anything with {}?"),
    (r"countr(y|ies)|regions?|origins?", "Something from {}"),
    (r"languages?", "Something in {}"),
)
_LONGEST_VALUE = 32


def openers(facets: Mapping[str, Sequence[tuple[str, int]]], most: int = 4) -> list[str]:
    """Up to `most` first lines: an open question, then one for each facet that has a natural phrase.

    `facets` holds, per facet, its most common values with their counts.
    """
    lines = ["What would you pick for me today?"]
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
