"""Which items people of a kind choose more than others do, and in which situations.

A description (a user's attributes, or the context of a choice) is read as tags: pairs of a name and a value. The lift
of a tag t for an item i compares how often i is chosen under t with how often it would be if t told nothing:

    lift(t, i) = log((n(t, i) + m) / (e(t, i) + m)),   e(t, i) = n(t) n(i) / n

which is the posterior mean of the ratio under a Gamma(m, m) prior, so that few choices say little. Everybody counts
once for an item; only choices for which the name is known at all are compared. A description's score sums the lifts
of its tags, as naive Bayes does, and is squashed to tanh(sum / 2): odds as a number in -1..1.

Knows nothing about users, times or items beyond their positions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ..text.vocabulary import Incidence

Tag: TypeAlias = "tuple[str, str]"
Description: TypeAlias = "Mapping[str, object]"
Floats = NDArray[np.float32]

PRIOR = 10.0
"""m: as if an item had been chosen ten times under every tag, just as often as it should be."""
FAINT = 0.05
"""Smaller lifts are dropped, which keeps the matrix sparse."""
FEWEST = 5
"""People who must share a tag: below, it names them rather than describes them."""
MOST_VALUES = 50
"""Values kept for one name, those that most people share."""
LONGEST_VALUE = 60
"""Characters; anything longer is prose."""
FEW_NUMBERS = 12
"""A number with at most so many different values is a category (MovieLens writes age groups as 1, 18, 25, ...)."""
BUCKETS = 5
"""Any other number is cut into so many parts with equally many people in each."""


@dataclass(frozen=True)
class Affinity:
    """Lifts of shape (tags, items), and the bounds between the parts of each bucketed number."""

    tags: Sequence[Tag]
    lifts: sp.csr_matrix
    bounds: Mapping[str, Sequence[float]]

    @classmethod
    def fit(
        cls, descriptions: Sequence[Description], described: NDArray[np.int32],
        users: NDArray[np.int32], items: NDArray[np.int32], count: int,
    ) -> Affinity:  # fmt: skip
        """From the choices (three arrays of one length: row of `descriptions`, user, item) of `count` items."""
        bounds = {name: found for name, values in _numbers(descriptions).items() if (found := _bounds(values))}
        known = Incidence.of([list(_tags(each, bounds)) for each in descriptions])
        people = int(users.max(initial=-1)) + 1
        kept = _common(known, _matrix(users, described, (people, len(descriptions))))
        pairs, first = np.unique(users.astype(np.int64) * max(count, 1) + items, return_inverse=True)
        told = _binary(_matrix(first.ravel(), described, (len(pairs), len(descriptions))) @ known.matrix[:, kept])
        chosen = _matrix(pairs % max(count, 1), np.arange(len(pairs)), (count, len(pairs)))
        tags = [known.terms[at] for at in kept]
        return cls(tags, _lifts(tags, (chosen @ told).tocsc()), bounds)

    @cached_property
    def _row(self) -> dict[Tag, int]:
        return {tag: at for at, tag in enumerate(self.tags)}

    def score(self, description: Description) -> Floats:
        """How much likelier each item is under the description, shape (items,), -1..1; zeros if it tells nothing."""
        rows = [self._row[tag] for tag in _tags(description, self.bounds) if tag in self._row]
        total = np.asarray(self.lifts[rows].sum(axis=0), np.float32).ravel()
        return np.tanh(total / 2)

    def save(self, folder: Path, name: str) -> None:
        """Write two files into `folder`."""
        sp.save_npz(folder / f"{name}.npz", self.lifts, compressed=False)
        (folder / f"{name}.json").write_text(json.dumps({"tags": list(self.tags), "bounds": dict(self.bounds)}))

    @classmethod
    def load(cls, folder: Path, name: str) -> Affinity:
        """Read what `save` wrote."""
        stored = json.loads((folder / f"{name}.json").read_text())
        lifts = sp.csr_matrix(sp.load_npz(folder / f"{name}.npz"))
        return cls([(tag[0], tag[1]) for tag in stored["tags"]], lifts, stored["bounds"])


def _tags(description: Description, bounds: Mapping[str, Sequence[float]]) -> Iterator[Tag]:
    for name, value in description.items():
        for each in value if isinstance(value, tuple) else (value,):
            said = _said(each, bounds.get(name))
            if said and len(said) <= LONGEST_VALUE:
                yield name, said


def _said(value: object, bounds: Sequence[float] | None) -> str:
    if _is_number(value) and bounds:
        return f"part {int(np.searchsorted(bounds, value, side='right')) + 1}"  # type: ignore[call-overload]
    return f"{value:.15g}" if _is_number(value) else str(value).strip().casefold()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(descriptions: Iterable[Description]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for description in descriptions:
        for name, value in description.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value):
                found.setdefault(name, []).append(float(value))
    return found


def _bounds(values: Sequence[float]) -> list[float]:
    """Where a number is cut; nowhere if it has few values, or if it is an id: whole and nearly always different."""
    different = len(set(values))
    is_id = different > 0.9 * len(values) and all(value.is_integer() for value in values)
    if different <= FEW_NUMBERS or is_id:
        return []
    return np.unique(np.quantile(values, np.linspace(0, 1, BUCKETS + 1)[1:-1])).tolist()  # type: ignore[no-any-return]


def _common(known: Incidence[Tag], holders: sp.csr_matrix) -> list[int]:
    """Columns of the tags that enough people share, no more than MOST_VALUES for each name."""
    people = np.asarray(_binary(holders @ known.matrix).sum(axis=0)).ravel()
    kept: list[int] = []
    taken: dict[str, int] = {}
    for at in sorted(range(len(known.terms)), key=lambda at: (-people[at], known.terms[at])):
        name = known.terms[at][0]
        if people[at] >= FEWEST and taken.get(name, 0) < MOST_VALUES:
            taken[name] = taken.get(name, 0) + 1
            kept.append(at)
    return sorted(kept)


def _lifts(tags: Sequence[Tag], counts: sp.csc_matrix) -> sp.csr_matrix:
    """Lifts of shape (tags, items) from the choices of items (rows) under tags (columns)."""
    names = [name for name, _ in tags]
    columns = {name: [at for at, each in enumerate(names) if each == name] for name in dict.fromkeys(names)}
    of_name = {name: np.asarray(counts[:, at].sum(axis=1), counts.dtype).ravel() for name, at in columns.items()}
    rows = [_lift(counts[:, at].toarray().ravel(), of_name[name]) for at, name in enumerate(names)]
    if not rows:
        return sp.csr_matrix(np.zeros((0, counts.shape[0]), np.float32))
    return sp.csr_matrix(sp.vstack(rows))


def _lift(under: Floats, all_of_name: Floats) -> sp.csr_matrix:
    lifts = log_lift(under, all_of_name)
    return sp.csr_matrix(np.where(np.abs(lifts) < FAINT, 0, lifts).astype(np.float32))


def log_lift(part: Floats, whole: Floats) -> Floats:
    """The smoothed log ratio of what was counted in a part to what the whole lets expect, per item."""
    expected = whole * (part.sum() / max(float(whole.sum()), 1e-9))
    return np.asarray(np.log((part + PRIOR) / (expected + PRIOR)), np.float32)


def _matrix(rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, int]) -> sp.csr_matrix:
    """Ones at these places, zeros elsewhere."""
    return _binary(sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape))


def _binary(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix = sp.csr_matrix(matrix)
    matrix.sum_duplicates()
    matrix.data = np.minimum(matrix.data, 1).astype(np.float32)
    return matrix
