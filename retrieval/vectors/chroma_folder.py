"""Chroma in a folder of each index. One process at a time may have such a folder open (Chroma's own rule)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import chromadb
from chromadb.config import Settings

from .chroma import ChromaStore

FOLDER = "chroma"


@dataclass(frozen=True, slots=True)
class ChromaFolders:
    """See `VectorStores`. The vectors of an index lie beside its other files."""

    def open(self, index: Path) -> ChromaStore:
        """See `VectorStores.open`."""
        settings = Settings(anonymized_telemetry=False)
        return ChromaStore(chromadb.PersistentClient(str(index / FOLDER), settings=settings))

    def discard(self, index: Path) -> None:
        """See `VectorStores.discard`."""
        shutil.rmtree(index / FOLDER, ignore_errors=True)

    def __str__(self) -> str:
        return "Chroma, in the workspace"
