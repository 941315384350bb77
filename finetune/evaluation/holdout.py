"""Indexes that do not know the future: built from the log without the events being predicted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ...agent.ingest.indexing import (
    conversations,
    embedding_cache,
    open_encoder,
    open_index,
    pasts,
    rebuild_index,
    vector_stores,
)
from ...agent.memory.memory import Memory
from ...agent.workspace import Workspace
from ...retrieval.behaviour.tower_folder import TowerFolder
from ...retrieval.behaviour.towers import TowerChoice
from ...retrieval.catalogue import CatalogueError
from ...retrieval.event_kinds import chosen
from ...retrieval.index import IN_FOLDERS, Index, build_index, encoder_of, read_manifest
from ...retrieval.text.encoder import TextEncoder
from ...retrieval.vectors.store import VectorStores
from ..tower_training import blind_tower


@dataclass(frozen=True, slots=True)
class IndexStore:
    """Where indexes of one workspace come from: its database, its index folder and the text encoder."""

    memory: Memory
    root: Path
    encoder: TextEncoder
    vectors: VectorStores = IN_FOLDERS
    """Of what serves; an index for a measurement keeps its own in its folder."""
    alone: bool = True
    """Whether nobody beside may have the index that serves open."""

    @classmethod
    def of(cls, workspace: Workspace) -> IndexStore:
        """That of an open workspace. Raises CatalogueError when the text encoder cannot be opened."""
        alone, vectors = workspace.use in ("serve", "both"), vector_stores(workspace.config)
        return cls(workspace.memory, workspace.index, open_encoder(workspace), vectors, alone)

    def rebuild(self) -> None:
        """Bring the index that serves up to date."""
        rebuild_index(self.memory, self.root, self.encoder, vectors=self.vectors)

    def serving(self) -> str:
        """The name of the index that serves, which another process may have open; built where there is none.

        Raises CatalogueError when that was made with another text encoder and may be open elsewhere.
        """
        manifest = read_manifest(self.root)
        other = manifest is not None and encoder_of(manifest) != self.encoder.identity
        if other and not self.alone:
            raise CatalogueError("the index was made with another text encoder than sommelier.yaml names now: start "
                                 "the chat anew, or run `sommelier ingest` without files")  # fmt: skip
        if manifest is None or other:
            self.rebuild()
            manifest = read_manifest(self.root)
        return str(manifest["folder"]) if manifest else ""

    @contextmanager
    def without(self, held_back: Mapping[str, int], tower: TowerChoice | None = None) -> Iterator[Index]:
        """An index built without each user's newest `held_back[user]` events; the serving one when nothing is held.

        `tower` is for measures that do not depend on it: the workspace's own, the default, may have to be trained.
        """
        if not held_back:
            index = open_index(self.memory, self.root, self.encoder, vectors=self.vectors)
            try:
                yield index
            finally:
                index.close()
            return
        folder, items = self.root.parent / "index-holdout", self.memory.catalogue.items()
        tower = tower or blind_tower(
            TowerFolder.beside(self.root), items, lambda: self.histories(held_back), held_back, self.encoder
        )
        try:
            build_index(
                folder, items, pasts(self.memory, held_back), embedding_cache(self.encoder), tower=tower,
                conversations=conversations(self.memory, held_back),
            )  # fmt: skip
            index = Index.open(folder, items)
            try:
                yield index
            finally:
                index.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def histories(self, held_back: Mapping[str, int]) -> Iterator[list[str]]:
        """Chosen items of every user, oldest first, without what is held back."""
        for user, events in groupby(self.memory.events.all(), key=lambda event: event.user):
            known = list(events)
            yield chosen(known[: len(known) - held_back.get(user, 0)])
