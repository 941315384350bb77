"""What is rising: items, and brands, directors or any other facet, against their own usual.

A choice is one person choosing one item or looking at it, once a week. What is usual for these days of the week is what
the same days of the eight weeks before had, in proportion to everything else: neither a weekend nor a busy week is a
surge. It is then tested as outbreaks of illness are looked for: a rate from the comparable weeks, an overdispersion
estimated from how much those weeks differ, and the upper tail of a negative binomial distribution with that mean and
spread (Farrington et al. 1996, J. R. Stat. Soc. A 159; Noufaily et al. 2013, Statistics in Medicine 32). Of thousands
of items some are always unusual: the share of false alarms among what is shown is held down (Benjamini and Hochberg
1995, J. R. Stat. Soc. B 57).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, nbinom

from ...retrieval.catalogue import Item
from ...retrieval.event_kinds import CHOSEN, LOOKED_AT, middle
from ...retrieval.text.vocabulary import Facet, Incidence, facet_incidence
from ..memory.statistics import Statistics

INTEREST = (CHOSEN | LOOKED_AT) - {"search"}
"""Kinds of event that show interest in an item; bad ratings are left out as well."""
WEEKS = 8
"""Weeks that say what is usual."""
LEAST_WEEKS = 3
"""With fewer, nothing is."""
LEAST_PEOPLE = 5
LEAST_FACTOR = 1.5
"""A surge is at least so many times the usual: with many events, less would be significant and of no interest."""
FALSE_ALARMS = 0.05
"""Share of the surges shown that may be chance."""
MOST = 0.5
"""A facet value with more than this share of all choices has too little beside it to be compared with."""

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surge:
    """`name` is an item's title or a facet's value, `facet` that facet's name ("" for an item). `choices` of these
    days, what would be `usual`, the `chance` of as many or more, and those of the weeks before, oldest first."""

    name: str
    facet: str
    choices: int
    usual: float
    chance: float
    before: Sequence[int]

    @property
    def factor(self) -> float:
        """How many times the usual."""
        return self.choices / self.usual


@dataclass(frozen=True, slots=True)
class Surges:
    """Rising in the `days` before `until`, least by chance first. `weeks` were compared with; None when the log does
    not go back far enough, or has no times."""

    until: datetime
    days: int
    weeks: int | None
    items: Sequence[Surge] = ()
    facets: Sequence[Surge] = ()


@dataclass(frozen=True, slots=True)
class _Weeks:
    """Choices of each row `now`, shape (rows,), and in the comparable weeks `before`, shape (rows, weeks), newest
    first; `total` and `totals`, shape (weeks,), are those of all items."""

    now: Floats
    before: Floats
    total: float
    totals: Floats

    @classmethod
    def of(cls, table: Floats) -> _Weeks:
        """Of a table with a column per week, the present one first. A week with no events at all says nothing of what
        is usual and is left out."""
        totals = table.sum(axis=0)
        past = np.flatnonzero(totals[1:]) + 1
        return cls(table[:, 0], table[:, past], float(totals[0]), totals[past])

    def by(self, membership: sp.csr_matrix) -> _Weeks:
        """The same weeks with other rows: `membership` says which of these rows make up each, shape (others, rows)."""
        return replace(self, now=membership @ self.now, before=membership @ self.before)

    def usual(self) -> tuple[Floats, Floats]:
        """What would be usual now, and the chance of as many as there are or more, both of shape (rows,)."""
        rest, rests = self.total - self.now + 0.5, self.totals - self.before + 0.5
        growth, plain = rest / rests.sum(axis=1), 1 / len(self.totals)
        unsure = np.where(growth > plain, 1 / rest + 1 / rests.sum(axis=1), 0.0)
        growth = np.maximum(growth, plain)  # when all else falls, what stays as it was has not risen
        mean = (self.before.sum(axis=1) + 0.5) * growth  # half a choice: that nobody did so far makes it no wonder
        variance = self._overdispersion(rests) * (mean * (1 + growth) + mean**2 * unsure)
        chance = nbinom.sf(self.now - 1, mean**2 / (variance - mean), mean / variance)
        return mean, np.asarray(chance, np.float64)

    def _overdispersion(self, rests: Floats) -> Floats:
        """How much more than by chance alone each row varies from week to week, at least 1: half its own estimate, half
        what rows so often chosen have, since a handful of weeks say little of one row."""
        weeks = len(self.totals)
        expected = np.maximum(self.before.sum(axis=1), 1e-9)[:, None] * rests / rests.sum(axis=1)[:, None]
        squares = (self.before - expected) ** 2 * (weeks / (weeks - 1))
        own = (squares / expected).mean(axis=1)
        excess = max((squares - expected).sum() / (expected**2).sum(), 0.0)  # variance = mean + excess * mean squared
        spread: Floats = np.maximum((own + 1 + excess * expected.mean(axis=1)) / 2, 1.0)
        return spread


def surges(
    statistics: Statistics, items: Sequence[Item], first: datetime | None, until: datetime, scale: tuple[float, float],
    days: int = 7, count: int = 10,
) -> Surges:  # fmt: skip
    """What rose in the `days` (1 to 7) before `until`, `count` items and facet values at most.

    `items` is the catalogue, `first` the time of the log's first event, None for a log without times. Ratings in
    the lower half of `scale` are no choice. Raises ValueError for other days.
    """
    if not 1 <= days <= 7:
        raise ValueError(f"the days must be 1 to 7, not {days}")
    known = 0 if first is None else (until - first - timedelta(days=days)) // timedelta(days=7)
    if known < LEAST_WEEKS:
        return Surges(until, days, None)
    weeks = _Weeks.of(_table(statistics, items, until, days, min(known, WEEKS), middle(scale)))
    if len(weeks.totals) < LEAST_WEEKS:
        return Surges(until, days, None)
    rose = [_surge(row, items[row.at].title, "") for row in _risen(weeks)[:count]]
    facets = facet_incidence(items)
    risen = _risen(weeks.by(facets.matrix.T.tocsr()))
    since = until - timedelta(days=days)

    def people(chosen: Sequence[str]) -> int:
        return len(statistics.people_with(chosen, since, until, INTEREST, middle(scale)))

    shared = (row for row in risen if _is_shared(row, facets, weeks, items, people))
    named = [_surge(row, *reversed(facets.terms[row.at])) for row in islice(shared, count)]
    return Surges(until, days, len(weeks.totals), rose, named)


def _table(
    statistics: Statistics, items: Sequence[Item], until: datetime, days: int, weeks: int, middle: float
) -> Floats:  # fmt: skip
    """Choices by item and week, the present one first, shape (items, weeks + 1)."""
    place = {item.id: at for at, item in enumerate(items)}
    table = np.zeros((len(items), weeks + 1))
    for item, week, people in statistics.people_by_week(until, days, weeks + 1, INTEREST, middle):
        if item in place:
            table[place[item], week] = people
    return table


@dataclass(frozen=True, slots=True)
class _Row:
    at: int
    now: int
    usual: float
    chance: float
    before: tuple[int, ...]


def _risen(weeks: _Weeks) -> list[_Row]:
    """Rows that rose, least by chance first."""
    if not len(weeks.now):
        return []
    usual, chance = weeks.usual()
    tested = np.flatnonzero((weeks.now > 0) | weeks.before.any(axis=1))
    adjusted = np.ones(len(chance))
    if len(tested):
        adjusted[tested] = false_discovery_control(chance[tested])
    rose = (adjusted <= FALSE_ALARMS) & (weeks.now >= LEAST_PEOPLE) & (weeks.now >= LEAST_FACTOR * usual)
    at = np.flatnonzero(rose)
    ordered = at[np.lexsort((at, -weeks.now[at], chance[at]))].tolist()
    before = weeks.before[:, ::-1].astype(int)
    return [_Row(row, int(weeks.now[row]), usual[row], chance[row], tuple(before[row].tolist())) for row in ordered]


def _is_shared(
    row: _Row, facets: Incidence[Facet], weeks: _Weeks, items: Sequence[Item], people: Callable[[Sequence[str]], int]
) -> bool:  # fmt: skip
    """Whether a facet value rose by several items and several people: not by one item, whose own line says it, not by
    one busy person, and not because nearly everything has it."""
    own = facets.matrix[:, [row.at]].nonzero()[0]
    now, before = weeks.now[own], weeks.before[own].sum(axis=1)
    if before.sum() > MOST * weeks.totals.sum():
        return False
    usual = before * row.usual / (before.sum() + 0.5)
    top = np.argmax(now - usual)
    if now.sum() - now[top] < max(LEAST_FACTOR * (usual.sum() - usual[top]), 1):
        return False
    chosen = [items[at].id for at in own[now > 0].tolist()]
    return people(chosen) >= LEAST_PEOPLE


def _surge(row: _Row, name: str, facet: str) -> Surge:
    return Surge(name, facet, row.now, float(row.usual), float(row.chance), row.before)
