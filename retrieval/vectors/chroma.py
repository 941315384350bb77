"""A vector store on a Chroma client, whichever that is: what a folder and a server have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from chromadb.errors import NotFoundError

from ..catalogue import CatalogueError
from ..filters import Where
from .store import Floats, Metadata, Space

Client: TypeAlias = Any  # chromadb ships no types that mypy can follow
Collection: TypeAlias = Any

BATCH = 5000
"""Chroma takes at most 5,461 records at once."""
BATCH_NUMBERS = 4_000_000
"""So many numbers at once: a server takes 40 MB in one request, and they travel in base64."""
HNSW = {"ef_construction": 100, "ef_search": 200, "max_neighbors": 32}
SAMPLE = 20


class ChromaStore:
    """See `VectorStore`. Collections are called `prefix` + name on the client, which closing this closes."""

    def __init__(self, client: Client, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix
        self._collections: dict[str, Collection] = {}

    def write(
        self, name: str, space: Space, ids: Sequence[str], vectors: Floats, metadata: Sequence[Metadata],
        settings: Mapping[str, int] = HNSW,
    ) -> None:  # fmt: skip
        """See `VectorStore.write`; `settings` are Chroma's own."""
        self._delete(name)
        hnsw = {"space": space, **settings}
        collection = self._client.create_collection(
            self._prefix + name, configuration={"hnsw": hnsw}, embedding_function=None
        )
        size = _batch(vectors)
        for start in range(0, len(ids), size):
            batch = slice(start, start + size)
            # `add` would pass over an id that is there already, without a word
            collection.upsert(ids=list(ids[batch]), embeddings=vectors[batch], metadatas=list(metadata[batch]))
        self._collections[name] = collection

    def nearest(self, name: str, vector: Floats, count: int, where: Where | None = None) -> list[str]:
        """See `VectorStore.nearest`."""
        found = self._collection(name).query(
            query_embeddings=[vector], n_results=count, where=where or None, include=[]
        )
        return list(found["ids"][0])

    def size(self, name: str) -> int:
        """See `VectorStore.size`."""
        return int(self._collection(name).count())

    def verify(self, name: str, ids: Sequence[str], vectors: Floats) -> None:
        """See `VectorStore.verify`."""
        collection = self._collection(name)
        if (held := self.size(name)) != len(ids):
            raise CatalogueError(f"the index holds {held} of {len(ids)} items; run `sommelier ingest` again")
        for at in range(0, len(ids), max(1, len(ids) // SAMPLE)):
            best = collection.query(query_embeddings=[vectors[at]], n_results=1, include=["embeddings"])
            if float(np.dot(best["embeddings"][0][0], vectors[at])) < 0.999:
                raise CatalogueError(f"the index does not find item {ids[at]!r}; run `sommelier ingest` again")

    def close(self) -> None:
        """See `VectorStore.close`."""
        self._client.close()

    def _delete(self, name: str) -> None:
        self._collections.pop(name, None)
        try:
            self._client.delete_collection(self._prefix + name)
        except NotFoundError:
            return

    def _collection(self, name: str) -> Collection:
        if name not in self._collections:
            self._collections[name] = self._client.get_collection(self._prefix + name, embedding_function=None)
        return self._collections[name]


def _batch(vectors: Floats) -> int:
    """Rows to hand over at once."""
    dimensions = max(1, vectors.shape[1]) if vectors.ndim == 2 else 1
    return max(1, min(BATCH, BATCH_NUMBERS // dimensions))
