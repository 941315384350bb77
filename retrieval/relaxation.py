"""What to give up when conditions leave nothing: the smallest change that leaves something.

A numeric bound that moves a little is a smaller change than a condition that is dropped, one dropped condition than
two. Knows items and filters; the words that say it to people are elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .catalogue import Item
from .filters import Filters, all_of, matcher

EXAMPLES = 3
NEAR = 0.1
"""A bound that moves by this share of its attribute's whole range stays near what was asked; one that has to move
further does so only when the alternative is to give up everything."""
MOST_ATTRIBUTES = 8
"""With more attributes constrained than this, combinations are too many to try and all conditions go."""

_WIDENED = {"$gt": "$gte", "$gte": "$gte", "$lt": "$lte", "$lte": "$lte"}
Mask: TypeAlias = "NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The nearest conditions that leave something.

    `filters` are those conditions, `dropped` the attributes that are no longer constrained, `moved` the attribute whose
    bound moved and the value that it moved to. `count` says how many allowed items that leaves, `examples` are the
    first of them. `met` counts the items that meet the conditions as they were but are excluded.
    """

    filters: Mapping[str, object]
    dropped: tuple[str, ...]
    moved: tuple[str, float] | None
    count: int
    examples: tuple[Item, ...]
    met: int = 0


def relax(items: Sequence[Item], filters: Filters, exclude: Collection[str] = frozenset()) -> Relaxation | None:
    """The nearest relaxation of filters that leave nothing of `items` (best known first) but `exclude`.

    None when something is left as it is, and when dropping everything would leave nothing either.
    Raises CatalogueError for a malformed filter.
    """
    return relax_parts(items, {name: {name: condition} for name, condition in filters.items()}, exclude)


def relax_parts(
    items: Sequence[Item], parts: Mapping[str, Filters], exclude: Collection[str] = frozenset()
) -> Relaxation | None:
    """As `relax`, for conditions that are given up as wholes: `parts` are filters by a name of their own, which stands
    in `dropped`."""
    allowed = np.array([item.id not in exclude for item in items], bool)
    holds = {name: _mask(items, part) for name, part in parts.items()}
    if not allowed.any() or _all(holds, allowed).any():
        return None
    moves = sorted(_moves(items, parts, holds, allowed), key=lambda each: each[0])
    found = next((move for share, move in moves if share <= NEAR), None) or _dropped(parts, holds, allowed)
    kept, dropped, moved, left = found or (moves[0][1] if moves else ({}, tuple(parts), None, allowed))
    examples = tuple(items[at] for at in np.flatnonzero(left)[:EXAMPLES])
    met = int(_all(holds, np.ones(len(items), bool)).sum())
    return Relaxation(kept, dropped, moved, int(left.sum()), examples, met)


_Found: TypeAlias = "tuple[Mapping[str, object], tuple[str, ...], tuple[str, float] | None, Mask]"


def _moves(
    items: Sequence[Item], parts: Mapping[str, Filters], holds: Mapping[str, Mask], allowed: Mask
) -> Iterator[tuple[float, _Found]]:
    """Each numeric bound moved to the nearest value that has items, and by what share of its attribute's range."""
    for part, filters in parts.items():
        name, condition = next(iter(filters.items())) if len(filters) == 1 else ("", None)
        if not isinstance(condition, Mapping):
            continue
        known = np.array([_number(item.attributes.get(name)) for item in items])
        width = max(float(np.nanmax(known) - np.nanmin(known)), 1e-9) if not np.isnan(known).all() else 1.0
        others = _all({each: mask for each, mask in holds.items() if each != part}, allowed)
        for operator, bound in condition.items():
            if operator not in _WIDENED or isinstance(bound, str):
                continue
            rest = {each: operand for each, operand in condition.items() if each != operator}
            usable = known[others & _mask(items, {name: rest}) & ~np.isnan(known)]
            if not len(usable):
                continue
            nearest = _plain(usable.max() if operator.startswith("$g") else usable.min())
            moved = {name: {**rest, _WIDENED[operator]: nearest}}
            left = others & _mask(items, moved)
            kept = _joined({**parts, part: moved})
            yield abs(nearest - bound) / width, (kept, (), (name, nearest), left)


def _joined(parts: Mapping[str, Filters]) -> Filters:
    joined: Filters = {}
    for part in parts.values():
        joined = {**joined, **part} if not joined.keys() & part.keys() else all_of(joined, part)
    return joined


def _dropped(parts: Mapping[str, Filters], holds: Mapping[str, Mask], allowed: Mask) -> _Found | None:
    """The fewest attributes without which something is left; of several, those that leave most, then the last."""
    for size in range(1, len(parts)) if len(parts) <= MOST_ATTRIBUTES else ():
        left = {names: _all({each: mask for each, mask in holds.items() if each not in names}, allowed)
                for names in combinations(parts, size)}  # fmt: skip
        names = max(reversed(list(left)), key=lambda each: int(left[each].sum()))
        if left[names].any():
            kept = _joined({each: part for each, part in parts.items() if each not in names})
            return kept, names, None, left[names]
    return None


def _all(holds: Mapping[str, Mask], allowed: Mask) -> Mask:
    return np.asarray(np.logical_and.reduce([allowed, *holds.values()]), bool)


def _mask(items: Sequence[Item], filters: Filters) -> Mask:
    meets = matcher(filters)
    return np.array([meets(item) for item in items], bool)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else float(value)
