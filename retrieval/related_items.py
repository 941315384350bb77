"""One item as the catalogue and everybody's log see it: what is like it, and what is chosen along with it.

Knows nothing about any one person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import Retriever
from .catalogue import Item
from .evidence import Query


@dataclass(frozen=True, slots=True)
class RelatedItems:
    """`similar` reads alike, `along` is chosen by the people who choose this (best first, empty where nobody did);
    `popularity` is the share of items that are less popular, 0..1."""

    item: Item
    similar: tuple[Item, ...]
    along: tuple[Item, ...]
    popularity: float


def related_items_of(retriever: Retriever, id: str, n: int) -> RelatedItems:
    """An item with up to `n` others of each sort. Raises KeyError for an unknown id."""
    index = retriever.index
    at = index.position[id]
    alike = retriever.candidates(Query(examples=(id,), exclude=frozenset({id})), n, explained=0)
    strengths = index.covisitation.score([at], np.ones(1, np.float32))
    best = [int(each) for each in np.argsort(-strengths, kind="stable")[: n + 1] if strengths[each] > 0 and each != at]
    return RelatedItems(
        item=index.items[at],
        similar=tuple(each.item for each in alike),
        along=tuple(index.items[each] for each in best[:n]),
        popularity=float(index.popularity_rank[at]),
    )
