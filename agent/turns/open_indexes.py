"""The indexes that turns read: each is closed, and its folder deleted, when the last turn that reads it is over."""

from __future__ import annotations

import logging
import shutil
import threading
import weakref
from collections import Counter
from pathlib import Path

from ...retrieval.index import Index, read_manifest
from ...retrieval.vectors.store import VectorStore, VectorStores

log = logging.getLogger(__name__)


class OpenIndexes:
    """Safe to use from several threads. A turn refers to its index until it ends; that is all the counting there is."""

    def __init__(self, root: Path, stores: VectorStores) -> None:
        self._root, self._stores = root, stores
        self._readers: Counter[Path] = Counter()
        self._lock = threading.RLock()  # the last reference may be dropped anywhere, in here too
        self._closed = False

    def adopt(self, index: Index) -> None:
        """Close the index when nothing refers to it any more, and delete it unless it is the one to open next."""
        with self._lock:
            self._readers[index.folder] += 1
        weakref.finalize(index, self._release, index.vectors, index.folder).atexit = False

    def in_use(self) -> set[Path]:
        """Folders that somebody reads."""
        with self._lock:
            return {folder for folder, readers in self._readers.items() if readers}

    def close(self) -> None:
        """Delete nothing from now on."""
        self._closed = True

    def _release(self, store: VectorStore, folder: Path) -> None:
        try:
            store.close()
            with self._lock:
                self._readers[folder] -= 1
                unread = not self._readers[folder] and not self._closed
            if unread and (read_manifest(self._root) or {}).get("folder") != folder.name:
                (folder / "manifest.json").unlink(missing_ok=True)  # cut off half-way, it must not pass for whole
                self._stores.discard(folder)
                shutil.rmtree(folder, ignore_errors=True)
        except Exception:  # whoever dropped the last reference has other things to do; the next build sweeps
            log.warning("the index %s is left for the next build to delete", folder, exc_info=True)
