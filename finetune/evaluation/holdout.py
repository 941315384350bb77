"""Indexes that do not know the future: built from the log without the events being predicted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ...agent.ingest.indexing import (
    embedding_cache,
    open_embedder,
    open_index,
    pasts,
    rebuild_index,
    vector_stores,
)
from ...agent.memory.memory import Memory
from ...agent.workspace import Workspace
from ...retrieval.behaviour.tower_folder import TowerFolder
from ...retrieval.behaviour.towers import TowerChoice
from ...retrieval.event_kinds import chosen
from ...retrieval.index import IN_FOLDERS, Index, build_index, read_manifest
from ...retrieval.text.encoder import TextEmbedder
from ...retrieval.vectors.store import VectorStores
from ..tower_training import blind_tower


@dataclass(frozen=True, slots=True)
class IndexStore:
    """Where indexes of one workspace come from: its database, its index folder and the text encoder."""

    memory: Memory
    root: Path
    embedder: TextEmbedder
    vectors: VectorStores = IN_FOLDERS
    """Of what serves; an index for a measurement keeps its own in its folder."""

    @classmethod
    def of(cls, workspace: Workspace) -> IndexStore:
        """That of an open workspace. Raises CatalogueError when the text encoder cannot be opened."""
        return cls(workspace.memory, workspace.index, open_embedder(), vector_stores(workspace.config))

    def rebuild(self) -> None:
        """Bring the index that serves up to date."""
        rebuild_index(self.memory, self.root, self.embedder, vectors=self.vectors)

    def serving(self) -> str:
        """The name of the index that serves, which another process may have open; built where there is none."""
        manifest = read_manifest(self.root)
        if manifest is None:
            self.rebuild()
            manifest = read_manifest(self.root)
        return str(manifest["folder"]) if manifest else ""

    @contextmanager
    def without(self, held_back: Mapping[str, int], tower: TowerChoice | None = None) -> Iterator[Index]:
        """An index built without each user's newest `held_back[user]` events; the serving one when nothing is held.

        `tower` is for measures that do not depend on it: the workspace's own, the default, may have to be trained.
        """
        if not held_back:
            index = open_index(self.memory, self.root, self.embedder, vectors=self.vectors)
            try:
                yield index
            finally:
                index.close()
            return
        folder, items = self.root.parent / "index-holdout", self.memory.catalogue.items()
        tower = tower or blind_tower(
            TowerFolder.beside(self.root), items, lambda: self.histories(held_back), held_back, self.embedder
        )
        try:
            build_index(folder, items, pasts(self.memory, held_back), embedding_cache(self.embedder), tower=tower)
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
