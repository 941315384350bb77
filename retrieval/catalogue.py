"""What the recommender knows about: items, the people who use them, and what those people did.

Knows nothing about files, SQL, vectors or language models. Every other module speaks in these types.
Ids are strings everywhere; times are timezone-aware UTC or absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, get_args

AttributeValue: TypeAlias = "str | float | int | bool | tuple[str, ...]"
"""A category (`str`), several categories (`tuple[str, ...]`), a number, a flag, or a date as ISO-8601 text."""

EventKind: TypeAlias = Literal[
    "view", "click", "play", "rating", "purchase", "like", "dislike", "skip",
    "dismiss", "seen", "save", "share", "comment", "search",
]  # fmt: skip
"""What a user did; a rating has its number in the event's `value`, and only a search has no item. What each kind means
is in `event_kinds`."""

EVENT_KINDS: frozenset[str] = frozenset(get_args(EventKind))


class CatalogueError(ValueError):
    """The catalogue, its files or its index cannot be used as they are. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be recommended.

    `text` is free prose (a description). `attributes` hold everything filterable; those whose value is a
    category or several categories are *facets* and take part in profiles and evidence. `roles` says which attribute is
    the year, the price, ... in the item's catalogue, see `attribute_roles`; None where no index has said so.
    """

    id: str
    title: str
    text: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    roles: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    def facets(self) -> list[tuple[str, str]]:
        """(facet, value) pairs in attribute order, e.g. `("genres", "comedy")`."""
        pairs: list[tuple[str, str]] = []
        for name, value in self.attributes.items():
            values = value if isinstance(value, tuple) else (value,)
            pairs += [(name, each) for each in values if isinstance(each, str)]
        return pairs


@dataclass(frozen=True, slots=True)
class User:
    """A person and what they told us about themselves (age band, region, language, free keys)."""

    id: str
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a user did.

    `id` is unique in a workspace; the same id twice is the same event. `item` is None only for a search.
    `value` is the rating (kind "rating"), else None. `at` is aware UTC, or None in a log without times:
    then `position` (0 = oldest) orders the events of a user. Within a user, order is (at, position, id).
    """

    id: str
    user: str
    item: str | None
    kind: EventKind
    value: float | None = None
    at: datetime | None = None
    position: int | None = None
    context: Mapping[str, str] = field(default_factory=dict)
