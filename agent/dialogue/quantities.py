"""Years that a message asks for: "from the 1950s", "after 2000". Knows text and numbers only."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LEAD = r"(?:\b(?:from|in|of|made in|set in)\s+)?(?:\bthe\s+)?"
_DECADE = re.compile(rf"{_LEAD}(?<!\w)(?P<century>19|20)?'?(?P<tens>\d0)'?s\b", re.IGNORECASE)
_BOUND = re.compile(rf"{_LEAD}\b(?P<side>before|after|since|until)\s+(?P<year>(?:19|20)\d\d)\b", re.IGNORECASE)
_SIDES = {"before": "$lt", "after": "$gt", "since": "$gte", "until": "$lte"}


def read_years(text: str) -> tuple[str, dict[str, int]]:
    """The text without the years it asks for, and the condition they make; {} when there is none.

    A decade of two digits is one of the last century from the twenties on ("the 50s" = 1950-1959), else of this one.
    """
    condition: dict[str, int] = {}
    for bound in _BOUND.finditer(text):
        condition[_SIDES[bound["side"].lower()]] = int(bound["year"])
    decade = _DECADE.search(text)
    if decade:
        first = _first_year(decade["century"], decade["tens"])
        condition |= {"$gte": first, "$lt": first + 10}
    rest = _DECADE.sub(" ", _BOUND.sub(" ", text), count=1) if condition else text
    return " ".join(rest.split()), condition


def as_dates(years: Mapping[str, int]) -> dict[str, str]:
    """The same condition for dates as ISO-8601 text, which compare as text: after 2000 is from "2001" on."""
    moved = {"$gt": ("$gte", 1), "$lte": ("$lt", 1)}
    bounds = {side: moved.get(side, (side, 0)) for side in years}
    return {side: str(years[asked] + later) for asked, (side, later) in bounds.items()}


def _first_year(century: str | None, tens: str) -> int:
    return int((century or ("19" if int(tens) >= 20 else "20")) + tens)
