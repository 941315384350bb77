"""Two ways to trade accuracy for variety, both off unless asked for: less of the same, and less of what everybody has.

Knows scores, vectors and counts; knows nothing of items or of how they were scored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def familiarity(counts: NDArray[np.int64]) -> Floats:
    """log(1 + count) / log(1 + highest count) of all items, 0..1."""
    logged = np.log1p(counts.astype(np.float32))
    return np.asarray(logged / max(float(logged.max(initial=0.0)), 1e-9), np.float32)


def diversified(scores: Floats, vectors: Floats, diversity: float, n: int) -> list[int]:
    """The n best places, best first, each weighed against those before it by maximal marginal relevance.

    Picks argmax of (1 - diversity) relevance - diversity x (highest cosine with what is picked already), Carbonell and
    Goldstein (1998), relevance being the scores stretched to 0..1. `scores` has shape (items,), `vectors` (items, d)
    and length 1. Ties go to the earlier place; with diversity 0 the order is by score.
    """
    relevance = _stretched(scores)
    alike = np.zeros(len(scores), np.float32)  # so that with nothing picked yet, only relevance decides
    open_places = np.ones(len(scores), bool)
    picked: list[int] = []
    for _ in range(min(n, len(scores))):
        margin = np.where(open_places, (1 - diversity) * relevance - diversity * alike, -np.inf)
        best = int(np.argmax(margin))
        picked.append(best)
        open_places[best] = False
        alike = np.maximum(alike, vectors @ vectors[best])
    return picked


def _stretched(scores: Floats) -> Floats:
    lowest, width = scores.min(initial=np.inf), np.ptp(scores) if len(scores) else 0.0
    return (scores - lowest) / width if width > 0 else np.zeros_like(scores)
