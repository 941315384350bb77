"""Which items of a history have something rare in common with a candidate, such as the director.

Knows items, their facets and how rare these are. Must not know what was asked, or vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from .catalogue import Item
from .evidence import HistoryLink, Likeness, SharedAttribute

RARE = math.log(4)
"""What more than a quarter of the catalogue has makes nothing alike."""
MOST = 8
"""History items that are kept as alike."""


class History:
    """What a person met, by the values that it has; asked once for each candidate."""

    def __init__(self, items: Sequence[Item], rarity: Callable[[tuple[str, str]], float]) -> None:
        self._items = items
        self._rarity = rarity
        self._having: dict[tuple[str, str], list[int]] = {}
        for place, item in enumerate(items):
            for pair in dict.fromkeys(item.facets()):
                self._having.setdefault(pair, []).append(place)

    def alike(
        self, item: Item, links: Callable[[int], HistoryLink], strength: Callable[[tuple[str, str]], float]
    ) -> tuple[Likeness, ...]:
        """The most alike first; of those that are equally so, the newest. `links` gives the link of the item at a place
        of the history, `strength` the person's interest in a value."""
        common = self._common(dict.fromkeys(item.facets()))
        common = {place: pairs for place, pairs in common.items() if self._items[place].id != item.id}
        best = sorted(common, key=lambda place: (-sum(map(self._rarity, common[place])), -place))[:MOST]
        return tuple(Likeness(links(place), self._values(common[place], strength)) for place in best)

    def _common(self, pairs: Iterable[tuple[str, str]]) -> dict[int, list[tuple[str, str]]]:
        common: dict[int, list[tuple[str, str]]] = {}
        for pair in pairs:
            if pair in self._having and self._rarity(pair) >= RARE:
                for place in self._having[pair]:
                    common.setdefault(place, []).append(pair)
        return common

    def _values(
        self, pairs: Iterable[tuple[str, str]], strength: Callable[[tuple[str, str]], float]
    ) -> tuple[SharedAttribute, ...]:
        found = (SharedAttribute(*pair, strength(pair), self._rarity(pair)) for pair in pairs)
        return tuple(sorted(found, key=lambda each: -each.rarity))
