"""The film catalogue that comes with Sommelier, with its simulated viewers, loaded like any other."""

from __future__ import annotations

import hashlib

from ...retrieval.builtin import EVENTS, FILMS, VIEWERS
from ..memory.settings import Setting
from ..workspace import Workspace
from .ingest import ingest

_LOADED: Setting[str | None] = Setting("builtin", str | None, None)
_LOADING = "loading"


def load_builtin(workspace: Workspace) -> None:
    """Load the built-in catalogue, or bring it up to date with this version of Sommelier.

    A workspace with a catalogue of its own is left alone. Interrupted half-way it is completed by the next call.
    """
    memory = workspace.memory
    version = hashlib.sha256(b"".join(path.read_bytes() for path in (FILMS, VIEWERS, EVENTS))).hexdigest()
    loaded = memory.settings.get(_LOADED)
    if loaded == version or (loaded is None and memory.statistics.counts().items):
        return
    memory.settings.put(_LOADED, _LOADING)
    ingest(workspace.folder, memory, items=FILMS, users=VIEWERS, events=EVENTS)
    memory.settings.put(_LOADED, version)
