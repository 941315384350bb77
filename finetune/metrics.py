"""Ranking metrics over one held-out target per user, and how sure one can be of a difference.

Ranks start at 1; a target that a system did not list has rank infinity. Knows numbers only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.float64]

CUTOFFS = (1, 10, 20, 50, 100)
RESAMPLES = 2000


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
    """Rank of the target's score, every tie counted against it."""
    values = np.asarray(scores)
    return float((values >= values[target]).sum())


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
