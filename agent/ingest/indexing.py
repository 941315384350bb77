"""Build the index from the truth in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from ...retrieval.behaviour.past import Past
from ...retrieval.behaviour.tower_folder import TowerFolder
from ...retrieval.catalogue import CatalogueError, Item
from ...retrieval.event_kinds import choices
from ...retrieval.index import IN_FOLDERS, Index, build_index, encoder_of, in_order, items_fingerprint, read_manifest
from ...retrieval.text.conversations import Conversation
from ...retrieval.text.embedding_cache import EmbeddingCache
from ...retrieval.text.encoder import Progress, TextEncoder
from ...retrieval.text.encoder_hub import encoder_from_hub
from ...retrieval.text.sentence_encoder import BUNDLED, SentenceEncoder
from ...retrieval.vectors.chroma_server import ChromaServer
from ...retrieval.vectors.store import VectorStoreError, VectorStores
from ..config import Config
from ..llm.bundled import default_cache
from ..memory.memory import Memory
from ..memory.settings import Setting
from ..workspace import Workspace
from .ingest import STALE

GROWTH = 1.1
TURNS = 10_000
"""Newest turns that an index learns from: each is a text to encode once."""
_COUNTED = Setting("index.events", int, 0)


def open_encoder(workspace: Workspace) -> TextEncoder:
    """The text encoder that a workspace is configured for. Raises CatalogueError when it cannot be used."""
    name = workspace.config.encoder
    if name == BUNDLED:
        return SentenceEncoder.bundled()
    folder = workspace.path(Path(name))
    return SentenceEncoder.of_folder(folder if folder.is_dir() else encoder_from_hub(name), name)


def pasts(memory: Memory, held_back: Mapping[str, int] | None = None) -> Iterator[Past]:
    """What every user chose and is known to be, without the newest `held_back[user]` events."""
    people = {user.id: user.attributes for user in memory.catalogue.users() if user.attributes}
    for user, log in groupby(memory.events.all(), key=lambda event: event.user):
        events = list(log)
        known = events[: len(events) - (held_back or {}).get(user, 0)]
        yield Past(choices(known), people.get(user, {}))


def conversations(memory: Memory, held_back: Mapping[str, int] | None = None) -> Iterator[Conversation]:
    """What was asked for in the log's newest turns, and what was named as liked or chosen by the end of each session.

    Nothing of users who have events held back: what they took may be among these.
    """
    turns = [each for each in memory.turns.said(TURNS) if not (held_back or {}).get(each[0])]
    taken = {(user, session): dict.fromkeys(state.loved) for user, session, state in turns}
    for user in {user for user, _, _ in turns}:
        for event in choices(memory.events.history(user)):
            if event.item and (own := taken.get((user, event.context.get("session", "")))) is not None:
                own[event.item] = None
    return (Conversation(state.said, tuple(taken[user, session])) for user, session, state in turns if state.said)


def embedding_cache(encoder: TextEncoder) -> EmbeddingCache:
    """This machine's cache of text vectors, shared by all workspaces."""
    return EmbeddingCache(default_cache() / "embeddings.db", encoder)


def vector_stores(config: Config) -> VectorStores:
    """Where a workspace that is configured so keeps its vectors."""
    return ChromaServer(str(config.chroma.url).rstrip("/")) if config.chroma else IN_FOLDERS


def rebuild_index(
    memory: Memory, root: Path, encoder: TextEncoder, progress: Progress | None = None,
    vectors: VectorStores = IN_FOLDERS, keep: Collection[Path] = (),
) -> Path:  # fmt: skip
    """Bring the index under `root` up to date with the database; does nothing when it is already. `keep` as for
    `build_index`."""
    events = memory.statistics.counts().events
    tower = TowerFolder.beside(root).choice(encoder=encoder.identity)
    folder = build_index(
        root,
        memory.catalogue.items(),
        pasts(memory),
        embedding_cache(encoder),
        progress,
        tower,
        vectors,
        keep,
        conversations(memory),
    )
    memory.settings.put(_COUNTED, events)
    memory.settings.put(STALE, False)
    return folder


def outgrown(memory: Memory) -> bool:
    """Whether the log has grown so much since the index was built that co-visitation misses what people do now."""
    return memory.statistics.counts().events > GROWTH * memory.settings.get(_COUNTED)


def made_from(manifest: Mapping[str, Any], items: Iterable[Item], encoder: TextEncoder) -> bool:
    """Whether the index that a manifest tells of is of these items, read by this encoder."""
    same = manifest["items"] == items_fingerprint(in_order(items))
    return bool(same and encoder_of(manifest) == encoder.identity)


def open_index(
    memory: Memory, root: Path, encoder: TextEncoder, progress: Progress | None = None,
    vectors: VectorStores = IN_FOLDERS,
) -> Index:  # fmt: skip
    """Open the index, building it first when it is missing, damaged or made from other items or by another encoder.

    A few new events do not force a rebuild, since a user's query is computed from their newest events anyway; a
    tenth more than it was built from, or an ingest that was cut off before its own build, does.
    """
    items = memory.catalogue.items()
    manifest = read_manifest(root)
    current = manifest is not None and made_from(manifest, items, encoder)
    if not current or outgrown(memory) or memory.settings.get(STALE):
        rebuild_index(memory, root, encoder, progress, vectors)
    return open_or_mend(memory, root, encoder, progress, vectors)


def open_or_mend(
    memory: Memory, root: Path, encoder: TextEncoder, progress: Progress | None = None,
    vectors: VectorStores = IN_FOLDERS, keep: Collection[Path] = (),
) -> Index:  # fmt: skip
    """Open the index that was built last, and build it once more where it turns out to be damaged on disk.

    `keep` are the folders that somebody reads. Raises VectorStoreError when the vectors are out of reach.
    """
    try:
        return Index.open(root, memory.catalogue.items(), vectors)
    except VectorStoreError:
        raise
    except CatalogueError:  # damaged, and now marked so
        rebuild_index(memory, root, encoder, progress, vectors, keep)
        return Index.open(root, memory.catalogue.items(), vectors)
