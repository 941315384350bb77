"""Ranking metrics over one held-out target per user, and how sure one can be of a difference.

Ranks start at 1; a target that a system did not list has rank infinity. Knows numbers and lists only.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Ranks = NDArray[np.float64]
Name = TypeVar("Name", bound=Hashable)

CUTOFFS = (1, 10, 20, 50, 100)
RESAMPLES = 2000
MARGIN = 0.02
"""Losing less than this share of the other's mean counts as not worse."""
LEVEL = 0.05
"""How often a verdict may be wrong."""
ALIKE = 1e-9
"""Differences closer than this are the same one, rounded differently."""
PERSISTENCE = 0.9
"""How likely a reader is to look at one place more, in rank-biased overlap."""


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """Whether one system is not worse than another by more than a margin.

    `margin` is what the relative margin comes to in absolute terms, `low` the one-sided 95% lower bound of the mean
    difference and `p` the level at which "worse by the margin or more" is rejected. `needed` is the number of users at
    which a difference of the size and spread seen would be settled; None where no number would settle it.
    """

    margin: float
    low: float
    p: float
    needed: int | None

    @property
    def holds(self) -> bool:
        """Not worse, by this one comparison. With several, adjust their `p` by `holm` first."""
        return self.p <= LEVEL


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of one group minus mean of another, with its 95% interval and the two-sided p of no difference."""

    low: float
    middle: float
    high: float
    p: float


def hit_rate(ranks: Ranks, k: int) -> float:
    """Share of users whose target is among the first k."""
    return float((ranks <= k).mean())


def ndcg(ranks: Ranks, k: int = 10) -> Ranks:
    """Per user, with one relevant item: 1 / log2(rank + 1) within the first k, else 0. Shape (users,)."""
    return np.where(ranks <= k, 1.0 / np.log2(np.maximum(ranks, 1) + 1), 0.0)


def reciprocal_rank(ranks: Ranks) -> float:
    """Mean of 1/rank, 0 for targets not listed."""
    return float((1.0 / ranks).mean())


def summarise(ranks: Ranks) -> dict[str, float]:
    """All metrics by their short names."""
    hits = {f"hr@{k}": hit_rate(ranks, k) for k in CUTOFFS}
    return {**hits, "ndcg@10": float(ndcg(ranks).mean()), "mrr": reciprocal_rank(ranks)}


def rank_against_ties(scores: Sequence[float], target: int) -> float:
    """Rank of the target's score, every tie counted against it, and everything where it is no number."""
    values = np.asarray(scores)
    return float((~(values < values[target])).sum())


def paired_interval(first: Ranks, second: Ranks, seed: int = 0) -> tuple[float, float, float]:
    """Bootstrap 95% interval of the mean of first - second over users: (low, mean, high).

    Percentile bootstrap over users (Efron 1979), 2,000 resamples, seeded.
    """
    difference = first - second
    draw, users = np.random.default_rng(seed), len(difference)
    means = [difference[draw.integers(0, users, users)].mean() for _ in range(RESAMPLES)]  # one at a time: memory
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(difference.mean()), float(high)


def users_needed(first: Ranks, second: Ranks) -> int:
    """Users at which a difference of this size would leave zero outside its 95% interval (1.96 standard errors)."""
    difference = first - second
    mean = abs(float(difference.mean()))
    return int(np.ceil((1.96 * float(difference.std()) / mean) ** 2)) if mean else 10**9


def non_inferiority(first: Ranks, second: Ranks, margin: float = MARGIN) -> NonInferiority:
    """Test that `first` is not worse than `second` by `margin` of the second's mean, both of shape (users,) in 0..1.

    A one-sided paired t-test of the mean difference against minus the margin. A single user settles nothing: low is -1.
    """
    difference = first - second
    if len(difference) < 2:
        return NonInferiority(margin * float(second.sum()), -1.0, 1.0, None)
    mean, allowed = float(difference.mean()), margin * float(second.mean())
    if np.ptp(difference) < ALIKE:
        return NonInferiority(allowed, mean, 0.0 if mean > -allowed else 1.0, None)
    test = stats.ttest_1samp(difference, -allowed, alternative="greater")
    room = mean + allowed
    needed = int(np.ceil((1.645 * float(difference.std()) / room) ** 2)) if room > 0 else None
    return NonInferiority(allowed, float(test.confidence_interval(1 - LEVEL).low), float(test.pvalue), needed)


def difference_of(group: Ranks, others: Ranks) -> Difference:
    """Difference of two means over different users (Welch's t-test, unequal variances). Needs two users in each."""
    middle = float(group.mean() - others.mean())
    if not np.ptp(group) and not np.ptp(others):
        return Difference(middle, middle, middle, 0.0 if middle else 1.0)
    test = stats.ttest_ind(group, others, equal_var=False)
    interval = test.confidence_interval(1 - LEVEL)
    return Difference(float(interval.low), middle, float(interval.high), float(test.pvalue))


def holm(levels: Mapping[Name, float]) -> dict[Name, float]:
    """The p of several comparisons, adjusted so that all verdicts together are wrong as seldom as one (Holm 1979)."""
    adjusted: dict[Name, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(levels, key=lambda each: levels[each])):
        highest = max(highest, min(1.0, (len(levels) - place) * levels[name]))
        adjusted[name] = highest
    return adjusted


def overlap(first: Sequence[str], second: Sequence[str], k: int = 10) -> float:
    """Share of the first k of one list that is among the first k of the other; 1 for two empty lists."""
    one, other = set(first[:k]), set(second[:k])
    return len(one & other) / max(len(one), len(other)) if one or other else 1.0


def rank_biased_overlap(first: Sequence[str], second: Sequence[str], k: int = 10, p: float = PERSISTENCE) -> float:
    """How alike two ranked lists are, their tops counting most: 0 (nothing in common) to 1 (the same order).

    Extrapolated from the first k places (Webber, Moffat and Zobel 2010, equation 32 for lists of one length).
    """
    k = min(k, max(len(first), len(second)))
    if not k:
        return 1.0
    agreed = [overlap(first, second, depth) for depth in range(1, k + 1)]
    return (1 - p) * sum(share * p**place for place, share in enumerate(agreed)) + agreed[-1] * p**k
