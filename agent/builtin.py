"""The film catalogue that comes with Sommelier, with its simulated viewers, loaded like any other."""

from __future__ import annotations

from ..retrieval.builtin import EVENTS, FILMS, VIEWERS
from .ingest import ingest
from .workspace import Workspace


def load_builtin(workspace: Workspace) -> None:
    """Load the built-in catalogue into a workspace that has no items yet; otherwise do nothing.

    Interrupted half-way it is completed by the next call: the items are counted last of all.
    """
    if workspace.memory.get_setting("builtin") or _has_own_items(workspace):
        return
    ingest(workspace.folder, workspace.memory, items=FILMS, users=VIEWERS, events=EVENTS)
    workspace.memory.put_setting("builtin", True)


def _has_own_items(workspace: Workspace) -> bool:
    films = {line.split('"', 4)[3] for line in FILMS.read_text(encoding="utf-8").splitlines()}
    return bool(workspace.memory.item_ids() - films)
