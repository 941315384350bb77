"""Where an index keeps its vectors and asks for the nearest: the protocol that every vector store follows.

Knows ids, vectors and metadata; knows no items, users or files beside its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..catalogue import CatalogueError
from ..filters import Where

Floats = NDArray[np.float32]
Space: TypeAlias = Literal["cosine", "ip"]
"""What is near: a small angle, or a large inner product."""
Metadata: TypeAlias = Mapping[str, Any]


class VectorStoreError(CatalogueError):
    """The vector store cannot be reached, or refuses. What lies in it may be whole all the same."""


class VectorStore(Protocol):
    """The collections of one index. Safe to call from several threads."""

    def write(self, name: str, space: Space, ids: Sequence[str], vectors: Floats, metadata: Sequence[Metadata]) -> None:
        """Make a collection, in place of any of that name.

        `vectors` has shape (len(ids), d), ids are distinct, and each metadata has at least one entry.
        """

    def nearest(self, name: str, vector: Floats, count: int, where: Where | None = None) -> list[str]:
        """Ids of at most `count` (>= 1) nearest among those that meet `where` (None or empty: all), best first.

        Raises whatever the store makes of a collection that is not there.
        """
        ...

    def size(self, name: str) -> int:
        """How many records a collection holds. Raises as `nearest`."""
        ...

    def verify(self, name: str, ids: Sequence[str], vectors: Floats) -> None:
        """Every sampled unit vector must find itself, else CatalogueError: a silent write failure must not go live."""

    def close(self) -> None:
        """Release it; what was written stays."""


class VectorStores(Protocol):
    """The vector stores of all indexes that a workspace ever has, one for each index folder.

    Both methods raise VectorStoreError when the stores cannot be reached.
    """

    def open(self, index: Path) -> VectorStore:
        """The store of the index in this folder; empty where nothing was written."""
        ...

    def __str__(self) -> str:
        """Which store it is, and where."""
        ...

    def discard(self, index: Path) -> None:
        """Delete all that the index in this folder wrote; does nothing when that is gone. Nobody may have it open."""
