"""Build the index from the truth in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from ..retrieval.catalogue import CatalogueError, Event
from ..retrieval.embeddings import EmbeddingCache, Progress, TextEmbedder
from ..retrieval.index import Index, build_index, in_order, items_fingerprint, read_manifest
from ..retrieval.weights import EMBEDDER, bundled_embedder
from .bundled import default_cache
from .memory import Memory

BEHAVIOUR_KINDS = frozenset({"play", "rating", "purchase", "like", "seen", "save", "share"})
"""What counts as having chosen an item; the sequences of these are what co-visitation is counted over."""


def open_embedder() -> TextEmbedder:
    """The bundled sentence encoder, its weights checked. Raises CatalogueError when it is missing or damaged."""
    return TextEmbedder(bundled_embedder(), EMBEDDER.sha256)


def chosen(events: Sequence[Event]) -> list[str]:
    """Ids of the items that these events chose, in order."""
    return [event.item for event in events if event.item and event.kind in BEHAVIOUR_KINDS]


def histories(memory: Memory) -> Iterator[list[str]]:
    """Chosen items of every user, oldest first."""
    for _, events in groupby(memory.all_events(), key=lambda event: event.user):
        yield chosen(list(events))


def embedding_cache(embedder: TextEmbedder) -> EmbeddingCache:
    """This machine's cache of text vectors, shared by all workspaces."""
    return EmbeddingCache(default_cache() / "embeddings.db", embedder)


def rebuild_index(memory: Memory, root: Path, embedder: TextEmbedder, progress: Progress | None = None) -> Path:
    """Bring the index under `root` up to date with the database; does nothing when it is already."""
    return build_index(root, memory.items(), histories(memory), embedding_cache(embedder), progress)


def open_index(memory: Memory, root: Path, embedder: TextEmbedder, progress: Progress | None = None) -> Index:
    """Open the index, building it first when it is missing, damaged or made from other items.

    New events alone do not force a rebuild: a user's query is computed from their newest events anyway.
    """
    items = memory.items()
    manifest = read_manifest(root)
    if manifest is None or manifest["items"] != items_fingerprint(in_order(items)):
        rebuild_index(memory, root, embedder, progress)
    try:
        return Index.open(root, items)
    except CatalogueError:  # damaged on disk, and now marked so
        rebuild_index(memory, root, embedder, progress)
        return Index.open(root, items)
