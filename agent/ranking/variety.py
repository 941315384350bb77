"""The two knobs for variety, `diversity` and `novelty`, applied to a finished ranking, whatever made its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...retrieval.diversity import diversified
from ...retrieval.index import Index
from ..config import Config
from .ranking import Ranked


def varied(ranked: Sequence[Ranked], index: Index, config: Config, n: int) -> list[Ranked]:
    """The n best of a ranking (best first) under the workspace's knobs; as it is while both are 0.

    `novelty` times the popularity feature, log(1 + count) on a scale of 0..1, comes off each score and off its part
    "popularity". `diversity` then chooses by maximal marginal relevance over text vectors, so that the shelf's order is
    no longer that of the scores.
    """
    if config.novelty:
        ranked = sorted((_less_popular(ranked_item, config.novelty) for ranked_item in ranked),
                        key=lambda each: (-each.score, each.candidate.item.id))  # fmt: skip
    if not config.diversity:
        return list(ranked[:n])
    scores = np.array([ranked_item.score for ranked_item in ranked], np.float32)
    vectors = index.text[[index.position[ranked_item.candidate.item.id] for ranked_item in ranked]]
    return [ranked[place] for place in diversified(scores, vectors, config.diversity, n)]


def _less_popular(ranked: Ranked, novelty: float) -> Ranked:
    taken = novelty * ranked.candidate.features["popularity"]
    parts = {**ranked.parts, "popularity": ranked.parts.get("popularity", 0.0) - taken}
    return replace(ranked, score=ranked.score - taken, parts=parts)
