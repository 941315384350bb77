"""Groups of users and of targets, so that an average does not hide who is served worse.

A group is a mask over the evaluated cases. Knows what the log says of users and items; knows no system and no rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...retrieval.index import Index
from .metrics import Difference, Ranks, difference_of, holm

Mask: TypeAlias = NDArray[np.bool_]

LONG_TAIL = 0.8
"""The long tail: the 80% of items that are consumed least."""
COLD = 5
"""A user with fewer events before the target is cold, and so is an item chosen less often in the log."""
FEW = 8
"""An attribute of users with more values than this makes no groups..."""
EACH = 5
"""...nor does one with fewer users than this to a value, on average: a name is no group."""
SMALLEST = 30
"""Of a group with fewer users, or with fewer outside it, nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the cases: by what their `of` ("user" or "item") is, the division `by` and this part's `name`."""

    of: Literal["user", "item"]
    by: str
    name: str
    members: Mask

    @property
    def size(self) -> int:
        """How many cases are in it."""
        return int(self.members.sum())


@dataclass(frozen=True, slots=True)
class Gap:
    """A user group's mean minus that of everybody else. `p` is adjusted for the number of groups compared."""

    group: Group
    difference: Difference
    p: float


def user_groups(events: Sequence[int], attributes: Sequence[Mapping[str, object]]) -> list[Group]:
    """Cold and warm users, thirds by number of events before the target, and one group for each attribute value.

    Both sequences have one entry per case.
    """
    counts = np.asarray(events)
    cold = _cold("user", counts, "events")
    return cold + _thirds("user", "history", counts, "events") + _by_attribute(attributes)


def item_groups(targets: Sequence[str], index: Index) -> list[Group]:
    """Cold and warm targets, head and long tail of the catalogue, and thirds of the targets by popularity.

    `targets` are item ids of the index, one per case.
    """
    counts = index.covisitation.counts[[index.position[target] for target in targets]]
    head = np.isin(targets, list(head_of(index)))
    tail = [Group("item", "tail", "head", head), Group("item", "tail", "long tail", ~head)]
    cold = _cold("item", counts, "choices")
    return cold + _filled(tail) + _thirds("item", "popularity", counts, "choices")


def head_of(index: Index) -> frozenset[str]:
    """Ids of the fifth of items that is consumed most."""
    first = index.by_popularity[: round(len(index.items) * (1 - LONG_TAIL))]
    return frozenset(index.items[place].id for place in first.tolist())


def gaps(groups: Sequence[Group], gains: Ranks) -> list[Gap]:
    """What each user group of enough members gains beside all others, largest loss first.

    `gains` holds one value per case, for example NDCG@10. Groups with under 30 users, or under 30 others, are left
    out: nothing could be said of them.
    """
    large = [group for group in groups if group.of == "user" and min(group.size, len(gains) - group.size) >= SMALLEST]
    found = [difference_of(gains[group.members], gains[~group.members]) for group in large]
    # A group and all others make one comparison, whichever of the two is named.
    sides = [min(group.members.tobytes(), (~group.members).tobytes()) for group in large]
    levels = holm({side: difference.p for side, difference in zip(sides, found, strict=True)})
    compared = [Gap(group, difference, levels[side])
                for group, difference, side in zip(large, found, sides, strict=True)]  # fmt: skip
    return sorted(compared, key=lambda gap: gap.difference.middle)


def _cold(of: Literal["user", "item"], counts: NDArray[np.int64], unit: str) -> list[Group]:
    cold = counts < COLD
    return _filled([Group(of, "cold", f"cold, under {COLD} {unit}", cold), Group(of, "cold", "warm", ~cold)])


def _thirds(of: Literal["user", "item"], by: str, counts: NDArray[np.int64], unit: str) -> list[Group]:
    """Three parts of about the same size; fewer where many cases have the same count."""
    low, high = np.quantile(counts, [1 / 3, 2 / 3]) if len(counts) else (0.0, 0.0)
    masks = (counts <= low, (counts > low) & (counts <= high), counts > high)
    return [Group(of, by, _range(counts[mask], unit), mask) for mask in masks if mask.any()]


def _range(counts: NDArray[np.int64], unit: str) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,} {unit}" if low == high else f"{low:,} to {high:,} {unit}"


def _by_attribute(attributes: Sequence[Mapping[str, object]]) -> list[Group]:
    names = sorted({name for attribute in attributes for name in attribute})
    return [group for name in names for group in _by_value(name, [attribute.get(name) for attribute in attributes])]


def _by_value(name: str, values: Sequence[object]) -> list[Group]:
    said = np.array(["" if value is None else str(value) for value in values])
    known = sorted(set(said.tolist()) - {""})
    if not 2 <= len(known) <= FEW or (said != "").sum() < EACH * len(known):
        return []
    return [Group("user", name, value, said == value) for value in known]


def _filled(groups: list[Group]) -> list[Group]:
    return [group for group in groups if group.size]
