"""From which age on something may be seen or used, as age ratings say it. Data; knows no catalogue."""

from __future__ import annotations

import re

ADULT = 17
"""Years from which on a rating is for adults alone: "R" is from 17 on."""
_NAMED = {
    "all": 0, "all ages": 0, "u": 0, "g": 0, "tv-g": 0, "tv-y": 0, "e": 0, "ec": 0, "everyone": 0, "universal": 0,
    "al": 0, "0": 0, "tv-y7": 7, "pg": 8, "tv-pg": 8, "e10+": 10, "pg-13": 13, "t": 13, "teen": 13, "tv-14": 14,
    "r": 17, "m": 17, "ma": 17, "mature": 17, "tv-ma": 17, "nc-17": 18, "x": 18, "ao": 18, "adults only": 18,
    "adult": 18,
}  # fmt: skip
_NUMBERED = re.compile(r"(?:fsk|pegi|usk|from|ab|age|ages)?[ -]?(\d{1,2}) ?(?:\+|and up|a)?", re.IGNORECASE)
_SOMETHING_ELSE = frozenset({"stage", "page", "usage", "package", "average", "language", "image", "storage"})


def youngest_for(rating: str) -> int | None:
    """The age in years from which on a rating allows somebody; None for what is no age rating."""
    plain = rating.strip().casefold()
    if plain in _NAMED:
        return _NAMED[plain]
    found = _NUMBERED.fullmatch(plain)
    return int(found[1]) if found and int(found[1]) <= 21 else None


def says_age(name_words: list[str]) -> bool:
    """Whether an attribute's name, in words, says that it is about ages."""
    return bool({"age", "ages", "certificate", "certification", "fsk", "pegi", "usk", "mpaa"} & set(name_words))
