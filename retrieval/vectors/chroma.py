"""Vectors in a folder of Chroma: written once, then asked for the nearest.

Knows ids, vectors and metadata; knows no items, users or files beside its own. One process at a time may have a
folder open (Chroma's own rule).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import chromadb
import numpy as np
from chromadb.config import Settings
from numpy.typing import NDArray

from ..catalogue import CatalogueError
from ..filters import Where

Collection: TypeAlias = Any  # chromadb ships no types that mypy can follow
Floats = NDArray[np.float32]
Space: TypeAlias = Literal["cosine", "ip"]
Metadata: TypeAlias = Mapping[str, Any]

BATCH = 5000
"""Chroma takes at most 5,461 records at once."""
HNSW = {"ef_construction": 100, "ef_search": 200, "max_neighbors": 32}


@dataclass(frozen=True, slots=True)
class Vectors:
    """An open folder."""

    _client: Collection
    _collections: Mapping[str, Collection]

    @classmethod
    def open(cls, folder: Path, names: Sequence[str]) -> Vectors:
        """Open these collections. Raises whatever Chroma makes of a folder that is not there or is damaged."""
        client = _client(folder)
        try:
            return cls(client, {name: client.get_collection(name, embedding_function=None) for name in names})
        except BaseException:
            client.close()
            raise

    def close(self) -> None:
        """Release the folder."""
        self._client.close()

    def nearest(self, name: str, vector: Floats, count: int, where: Where | None = None) -> list[str]:
        """Ids of at most `count` (>= 1) nearest, best first."""
        found = self._collections[name].query(query_embeddings=[vector], n_results=count, where=where, include=[])
        return list(found["ids"][0])

    def verify(self, name: str, ids: Sequence[str], vectors: Floats) -> None:
        """Every sampled unit vector must find itself, else CatalogueError: a silent write failure must not go live."""
        collection = self._collections[name]
        if collection.count() != len(ids):
            raise CatalogueError(
                f"the index holds {collection.count()} of {len(ids)} items; run `sommelier ingest` again"
            )
        for at in range(0, len(ids), max(1, len(ids) // 20)):
            best = collection.query(query_embeddings=[vectors[at]], n_results=1, include=["embeddings"])
            if float(np.dot(best["embeddings"][0][0], vectors[at])) < 0.999:
                raise CatalogueError(f"the index does not find item {ids[at]!r}; run `sommelier ingest` again")


def write_vectors(
    folder: Path, name: str, space: Space, ids: Sequence[str], vectors: Floats, metadata: Sequence[Metadata],
    settings: Mapping[str, int] = HNSW,
) -> None:  # fmt: skip
    """Make a collection. `vectors` has shape (len(ids), d); each metadata has at least one entry."""
    client = _client(folder)
    try:
        hnsw = {"space": space, **settings}
        collection = client.create_collection(name, configuration={"hnsw": hnsw}, embedding_function=None)
        for start in range(0, len(ids), BATCH):
            batch = slice(start, start + BATCH)
            collection.upsert(ids=ids[batch], embeddings=vectors[batch], metadatas=metadata[batch])
    finally:
        client.close()


def _client(folder: Path) -> Collection:
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
