"""What can be asked of a catalogue: its attributes by kind and role, their values, and where their quantities lie.

Found from the items of an index. Knows no message and no language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from ...retrieval.attribute_roles import AttributeRole, Role, words_of_name
from ...retrieval.catalogue import AttributeValue, Item
from ..knowledge.ages import says_age, youngest_for
from ..knowledge.phrases import CASTS, KINDS, MAKERS, PLACES, THEMES

Kind: TypeAlias = Literal[
    "quantity", "age", "category", "person", "maker", "place", "language", "theme", "flag", "facet"
]

_COMPANIES = frozenset({"brand", "manufacturer", "publisher", "publishers", "studio", "developer", "developers"})
_LANGUAGES = frozenset({"language", "languages"})
_QUANTITIES: Mapping[str, frozenset[str]] = {
    "weight": frozenset({"weight", "mass"}), "pages": frozenset({"pages"}), "players": frozenset({"players", "player"}),
    "pack": frozenset({"pack", "pieces", "quantity", "count"}), "age": frozenset({"age"}),
}  # fmt: skip
_WEIGHTS = {"g": "g", "grams": "g", "gram": "g", "kg": "kg", "kilos": "kg", "lb": "lb", "oz": "oz"}
_ENOUGH = 0.8
"""Share of an attribute's values that must be of a kind."""


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    """One attribute. `role` is what its quantity is ("year", "duration", "price", "weight", "pages", "players", "pack",
    "rating", "age") or "". `values` are its categories with the number of items that have each; `spread` the 0th, 25th,
    50th, 75th and 100th percentile of its numbers; `items` how many have it."""

    name: str
    kind: Kind
    role: str = ""
    unit: str = ""
    as_date: bool = False
    values: Mapping[str, int] = field(default_factory=dict)
    spread: tuple[float, ...] = ()
    items: int = 0
    several: bool = False
    """Whether an item may have several of the values."""

    @property
    def label(self) -> str:
        """The name for people, without its unit: "price" of `price_usd`."""
        words = words_of_name(self.name)
        return " ".join(
            words[:-1] if len(words) > 1 and words[-1] in {"usd", "eur", "gbp", "g", "kg", "min"} else words
        )


@dataclass(frozen=True)
class CatalogueSchema:
    """The attributes of a catalogue by name, most used first. `size` is the number of items."""

    attributes: Mapping[str, AttributeSchema]
    size: int

    @classmethod
    def of(cls, items: Sequence[Item], roles: Mapping[Role, AttributeRole]) -> CatalogueSchema:
        """From all items, and the roles that were found when they were indexed."""
        columns: dict[str, list[AttributeValue]] = {}
        for item in items:
            for name, value in item.attributes.items():
                columns.setdefault(name, []).append(value)
        by_name = {role.name: (known, role) for known, role in roles.items()}
        found = (_attribute(name, values, by_name.get(name)) for name, values in columns.items())
        return cls({each.name: each for each in sorted(found, key=lambda each: -each.items)}, len(items))

    def with_role(self, role: str) -> tuple[AttributeSchema, ...]:
        """The attributes in this role; of players there may be two, the fewest and the most."""
        return self._by_role.get(role, ())

    def of_kind(self, *kinds: Kind) -> tuple[AttributeSchema, ...]:
        """The attributes of these kinds."""
        return tuple(each for each in self.attributes.values() if each.kind in kinds)

    @cached_property
    def _by_role(self) -> Mapping[str, tuple[AttributeSchema, ...]]:
        found: dict[str, tuple[AttributeSchema, ...]] = {}
        for each in self.attributes.values():
            if each.role:
                found[each.role] = (*found.get(each.role, ()), each)
        return found

    def ages_up_to(self, age: int) -> tuple[str, ...]:
        """The values of the age rating that somebody of this age may see; none where the catalogue has no such one."""
        rated = next((each for each in self.with_role("age") if each.kind == "age"), None)
        known = ((value, youngest_for(value)) for value in (rated.values if rated else ()))
        return tuple(value for value, youngest in known if youngest is not None and youngest <= age)


def _attribute(name: str, values: list[AttributeValue], role: tuple[Role, AttributeRole] | None) -> AttributeSchema:
    if role:
        return AttributeSchema(name, "quantity", role[0], role[1].unit, role[1].as_date, spread=_spread(values),
                               items=len(values))  # fmt: skip
    if all(isinstance(value, bool) for value in values):
        return AttributeSchema(name, "flag", values={"true": sum(map(bool, values))}, items=len(values))
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    words = words_of_name(name)
    if len(numbers) >= _ENOUGH * len(values):
        known = next((each for each, named in _QUANTITIES.items() if named & set(words)), "")
        unit = next((_WEIGHTS[word] for word in words if word in _WEIGHTS), "g") if known == "weight" else ""
        return AttributeSchema(name, "quantity", known, unit, spread=_spread(values), items=len(values))
    return _facet(name, words, values)


def _facet(name: str, words: list[str], values: list[AttributeValue]) -> AttributeSchema:
    texts = [_texts(value) for value in values]
    counts = Counter(each for own in texts for each in own)
    several = any(len(own) > 1 for own in texts)
    if says_age(words) and sum(youngest_for(each) is not None for each in counts) >= _ENOUGH * len(counts):
        return AttributeSchema(name, "age", "age", values=dict(counts.most_common()), items=len(values))
    return AttributeSchema(name, _kind(name.casefold()), values=dict(counts.most_common()), items=len(values),
                           several=several)  # fmt: skip


def _kind(name: str) -> Kind:
    if name in _LANGUAGES:
        return "language"
    if name in _COMPANIES:
        return "maker"
    if name in MAKERS or name in CASTS:
        return "person"
    kinds: Iterable[tuple[frozenset[str], Kind]] = ((KINDS, "category"), (PLACES, "place"), (THEMES, "theme"))
    return next((kind for names, kind in kinds if name in names), "facet")


def _texts(value: AttributeValue) -> tuple[str, ...]:
    found = value if isinstance(value, tuple) else (value,)
    return tuple(each for each in found if isinstance(each, str) and each.strip())


def _spread(values: Sequence[AttributeValue]) -> tuple[float, ...]:
    numbers = [_number(value) for value in values if not isinstance(value, (bool, tuple))]
    known = [each for each in numbers if each is not None]
    return tuple(float(each) for each in np.percentile(known, [0, 25, 50, 75, 100])) if known else ()


def _number(value: str | float) -> float | None:
    """A number, or the year that a date begins with."""
    if isinstance(value, str):
        return float(value[:4]) if value[:4].isdigit() else None
    return float(value)
