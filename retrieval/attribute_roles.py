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

_WORDS: Mapping[Role, frozenset[str]] = {
    "year": frozenset({"year", "yr", "released", "release", "published", "publication", "premiere", "jahr", "annee"}),
    "price": frozenset({"price", "cost", "msrp", "preis", "prix", "precio"}),
    "duration": frozenset({"runtime", "duration", "length", "playtime", "laufzeit", "dauer", "minutes"}),
    "rating": frozenset({"rating", "stars", "score", "grade"}),
}
_COUNTS = frozenset({"count", "counts", "num", "number", "votes", "n", "total", "max", "min", "id", "rank"})
"""Words of names that count or bound something, whatever else stands in them."""
_UNITS: Mapping[Role, Mapping[str, str]] = {
    "year": {},
    "price": {"usd": "USD", "dollars": "USD", "eur": "EUR", "euro": "EUR", "euros": "EUR", "gbp": "GBP"},
    "duration": {
        "ms": "milliseconds", "millis": "milliseconds", "s": "seconds", "sec": "seconds", "secs": "seconds",
        "seconds": "seconds", "min": "minutes", "mins": "minutes", "minutes": "minutes", "h": "hours", "hours": "hours",
    },
    "rating": {},
}  # fmt: skip
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
    """The role of each attribute that has one; the attribute that most items have wins, ties go by name."""
    columns: dict[str, list[AttributeValue]] = {}
    for item in items:
        for name, value in item.attributes.items():
            columns.setdefault(name, []).append(value)
    by_use = sorted(columns, key=lambda name: (-len(columns[name]), name))
    found: dict[Role, AttributeRole] = {}
    for role, judge in _JUDGES.items():
        roles = (judge(name, columns[name]) for name in by_use)
        if best := next((each for each in roles if each), None):
            found[role] = best
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
    words = set(words_of_name(name))
    years = [_year(value) for value in values]
    if not words & _WORDS["year"] or words & _COUNTS or sum(each is not None for each in years) < MOST * len(values):
        return None
    return AttributeRole(name, as_date=isinstance(values[0], str))


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
    found = _judge_amount("rating", name, values)
    highest = max(_numbers(values), default=math.inf)
    scale = next((each for each in _HIGHEST if highest <= each), None)
    return AttributeRole(name, str(scale)) if found and scale else None


def _judge_amount(role: Role, name: str, values: Sequence[AttributeValue]) -> AttributeRole | None:
    """An attribute of numbers that are not negative, by the words of its name."""
    words = words_of_name(name)
    unit = next((_UNITS[role][word] for word in words[1:] if word in _UNITS[role]), "")
    bounds = _COUNTS - set(_UNITS[role])
    if not set(words) & _WORDS[role] or set(words) & bounds:
        return None
    amounts = [number for number in _numbers(values) if number >= 0]
    return AttributeRole(name, unit) if len(amounts) >= MOST * len(values) else None


def _numbers(values: Sequence[AttributeValue]) -> list[float]:
    return [float(each) for each in values if isinstance(each, (int, float)) and not isinstance(each, bool)]


_JUDGES: Mapping[Role, Callable[[str, Sequence[AttributeValue]], AttributeRole | None]] = {
    "year": _judge_year, "price": _judge_price, "duration": _judge_duration, "rating": _judge_rating,
}  # fmt: skip
