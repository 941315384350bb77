"""Which attribute is the year, the price, the duration, the rating of an item, and in which unit.

Found from all items of a catalogue when its index is built, by type, range of values, and the words and units in the
attribute's name; stored with the index. Nothing else looks for an attribute by a name of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .catalogue import AttributeValue, Item

Role: TypeAlias = Literal["year", "price", "duration", "rating"]

FIRST_YEAR, LAST_YEAR = 1000, 2100
MOST = 0.95
"""Share of an attribute's values that must be of the kind that its role has."""

_YEAR_WORDS = frozenset({"year", "yr", "jahr", "annee"})
_WORDS: Mapping[Role, frozenset[str]] = {
    "year": _YEAR_WORDS | {"released", "release", "published", "publication", "premiere"},
    "price": frozenset({"price", "cost", "msrp", "preis", "prix", "precio"}),
    "duration": frozenset({"runtime", "duration", "length", "playtime", "laufzeit", "dauer", "minutes"}),
    "rating": frozenset({"rating", "stars", "score", "grade"}),
}
_UNITS: Mapping[Role, Mapping[str, str]] = {
    "year": {},
    "price": {"usd": "USD", "dollars": "USD", "eur": "EUR", "euro": "EUR", "euros": "EUR", "gbp": "GBP"},
    "duration": {
        "ms": "milliseconds", "millis": "milliseconds", "s": "seconds", "sec": "seconds", "secs": "seconds",
        "seconds": "seconds", "min": "minutes", "mins": "minutes", "minutes": "minutes", "h": "hours", "hours": "hours",
        "days": "days",
    },
    "rating": {},
}  # fmt: skip
_BESIDE = frozenset({
    "average", "avg", "mean", "overall", "original", "first", "current", "list", "retail", "sale", "date", "in", "of",
    "the", "item", "product", "film", "movie", "book", "game", "track", "song", "album", "user", "users", "critic",
    "critics", "imdb", "tmdb", "eu", "us", "uk",
})  # fmt: skip
"""Words that may stand beside those of a role. Any other says that the attribute is something else: a rating count, a
price range, a length in centimetres, an age rating."""
_HIGHEST = (1, 5, 10, 100)
"""Ratings go up to one of these."""


@dataclass(frozen=True, slots=True)
class AttributeRole:
    """The attribute `name` in a role. `unit` is a currency, a unit of time, or the highest rating ("5"); "" where it is
    not known. `as_date`: its values are dates as ISO-8601 text."""

    name: str
    unit: str = ""
    as_date: bool = False


def find_roles(items: Iterable[Item]) -> dict[Role, AttributeRole]:
    """The role of each attribute that has one. What says "year" wins over other dates; then what most items have, and
    ties go by name."""
    columns: dict[str, list[AttributeValue]] = {}
    for item in items:
        for name, value in item.attributes.items():
            columns.setdefault(name, []).append(value)
    by_use = sorted(columns, key=lambda name: (-len(columns[name]), name))
    found: dict[Role, AttributeRole] = {}
    for role, judge in _JUDGES.items():
        roles = [each for name in by_use if (each := judge(name, columns[name]))]
        if roles:
            found[role] = min(roles, key=lambda each: each.as_date or not _YEAR_WORDS & set(words_of_name(each.name)))
    return found


def role_of(item: Item, role: Role) -> str | None:
    """The name of the item's attribute in this role: as its index says, else judged from this item alone."""
    if item.roles is not None:
        return item.roles.get(role)
    found = find_roles([item]).get(role)
    return found.name if found else None


def year_of(item: Item) -> int | None:
    """The item's year, from a number or a date; None when it has none."""
    value = item.attributes.get(role_of(item, "year") or "")
    return _year(value)


def _year(value: object) -> int | None:
    if isinstance(value, str):
        return int(value[:4]) if re.match(r"\d{4}-\d\d", value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
        return None
    return int(value) if FIRST_YEAR <= value <= LAST_YEAR else None


def words_of_name(name: str) -> list[str]:
    """ "durationMs" and "duration_ms" -> ["duration", "ms"]."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [each for each in re.split(r"[^a-z0-9]+", spaced.lower()) if each]


def _judge_year(name: str, values: Sequence[AttributeValue]) -> AttributeRole | None:
    known = [value for value in values if isinstance(value, (str, bool)) or not _is_placeholder(value)]
    years = [_year(value) for value in known]
    if not _is_named("year", name) or sum(each is not None for each in years) < max(1, MOST * len(known)):
        return None
    return AttributeRole(name, as_date=isinstance(known[0], str))


def _is_placeholder(value: AttributeValue) -> bool:
    """0 and -1 stand for a year that nobody knows."""
    return value in (0, -1)


def _is_named(role: Role, name: str) -> bool:
    words = set(words_of_name(name))
    return bool(words & _WORDS[role]) and words <= _WORDS[role] | _UNITS[role].keys() | _BESIDE


def _judge_price(name: str, values: Sequence[AttributeValue]) -> AttributeRole | None:
    return _judge_amount("price", name, values)


def _judge_duration(name: str, values: Sequence[AttributeValue]) -> AttributeRole | None:
    found = _judge_amount("duration", name, values)
    if found is None or found.unit:
        return found
    # An hour and a half is 90 minutes or 5,400 seconds; nobody lists hours without saying so.
    median = float(np.median(_numbers(values)))
    return AttributeRole(name, "minutes" if median < 1000 else "seconds" if median < 50_000 else "milliseconds")


def _judge_rating(name: str, values: Sequence[AttributeValue]) -> AttributeRole | None:
    found, numbers = _judge_amount("rating", name, values), _numbers(values)
    scale = next((each for each in _HIGHEST if max(numbers, default=math.inf) <= each), None)
    if found is None or scale is None:
        return None
    # Nothing above 1, and no fraction: these may be the lowest of any scale.
    known = scale > 1 or any(not each.is_integer() for each in numbers)
    return AttributeRole(name, str(scale) if known else "")


def _judge_amount(role: Role, name: str, values: Sequence[AttributeValue]) -> AttributeRole | None:
    """An attribute of numbers that are not negative, by the words of its name."""
    if not _is_named(role, name):
        return None
    unit = next((_UNITS[role][word] for word in words_of_name(name)[1:] if word in _UNITS[role]), "")
    amounts = [number for number in _numbers(values) if number >= 0]
    return AttributeRole(name, unit) if len(amounts) >= MOST * len(values) else None


def _numbers(values: Sequence[AttributeValue]) -> list[float]:
    return [float(each) for each in values if isinstance(each, (int, float)) and not isinstance(each, bool)]


_JUDGES: Mapping[Role, Callable[[str, Sequence[AttributeValue]], AttributeRole | None]] = {
    "year": _judge_year, "price": _judge_price, "duration": _judge_duration, "rating": _judge_rating,
}  # fmt: skip
