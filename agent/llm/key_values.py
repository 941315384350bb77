"""Keys and values that outlive one pass: kept from call to call, and lent to many branches at once.

Knows transformers' caches; knows nothing about text, questions or scores.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

import torch
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

KeyValues: TypeAlias = "tuple[tuple[torch.Tensor, torch.Tensor], ...]"
"""Per layer, keys and values of shape (prefixes, heads, tokens, head size)."""


class KeptKeyValues:
    """Token sequences and their keys and values, the least recently used dropped first.

    Holds at most `tokens` tokens in all, or the newest sequence alone when that one is longer.
    """

    def __init__(self, tokens: int) -> None:
        self._limit = tokens
        self._kept: OrderedDict[tuple[int, ...], KeyValues] = OrderedDict()

    def get(self, ids: tuple[int, ...]) -> KeyValues | None:
        """What is kept for exactly these tokens, which become the most recently used; None if nothing is."""
        if ids in self._kept:
            self._kept.move_to_end(ids)
        return self._kept.get(ids)

    def keep(self, ids: tuple[int, ...], values: KeyValues) -> None:
        """Keep `values` for these tokens."""
        self._kept[ids] = values
        self._kept.move_to_end(ids)
        while sum(map(len, self._kept)) > self._limit and len(self._kept) > 1:
            self._kept.popitem(last=False)


class LentPrefixes(Cache):
    """A cache for one pass over a batch of branches, each behind the prefix that `owners` (rows,) names.

    A layer copies its prefix once per row while it is at work and keeps nothing of the branches, so the copies take
    one layer's memory at a time, and the prefixes themselves stay as they were.
    """

    def __init__(self, prefixes: KeyValues, owners: torch.Tensor) -> None:
        super().__init__(layers=[_LentLayer(keys, values, owners) for keys, values in prefixes])


class _LentLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    def __init__(self, keys: torch.Tensor, values: torch.Tensor, owners: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.lazy_initialization(keys, values)
        self.keys, self.values = keys, values  # what transformers asks the length of
        self._lent = keys, values
        self._owners = owners

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: object, **_kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = (each[self._owners] for each in self._lent)
        return torch.cat([keys, key_states], dim=-2), torch.cat([values, value_states], dim=-2)


def contents(cache: DynamicCache) -> KeyValues:
    """What a cache holds now; it may go on growing without changing this."""
    return tuple((keys, values) for keys, values, _ in cache)
