"""How a command opens a workspace or the engine, with its progress on stderr.

Whether it may is asked before the libraries are imported that take seconds, torch above all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from ..agent.workspace_lock import Use, default_workspace, require_free, require_workspace
from ..finetune.training.processes import MAIN
from .exit_codes import STOPPED
from .rendering.consoles import err, note_on
from .rendering.stages import Stages

if TYPE_CHECKING:
    from ..agent.recommender import Recommender
    from ..agent.workspace import Workspace


def workspace_at(folder: Path | None, use: Use) -> Workspace:
    """Open the workspace in this folder; None is the one with the built-in films."""
    place = (folder or default_workspace()).expanduser().resolve()
    require_workspace(place)
    require_free(place, use)
    from ..agent.workspace import Workspace

    return Workspace(place, use=use)


def folder_of(workspace: Path | None) -> Path:
    """The folder of a workspace that exists; a mistyped one is told, not made."""
    with workspace_at(workspace, "look") as opened:
        return opened.folder


@contextmanager
def recommender_at(workspace: Path | None, dev: bool = False, builtin: bool = False) -> Iterator[Recommender]:
    """The engine over a workspace; progress of the index stands on stderr while it opens."""
    place = (workspace or default_workspace()).expanduser().resolve()
    if workspace and not builtin:
        require_workspace(place)
    require_free(place, "serve")
    from ..agent.recommender import Recommender

    with progress() as stages:
        opened = Recommender.open(
            workspace, builtin=builtin, dev=dev, progress=lambda done, total: stages("indexing", done, total)
        )
    with opened:
        yield opened


@contextmanager
def progress() -> Iterator[Stages]:
    """Shows on stderr how far the work is; one of several processes does. Ctrl-C ends it with a line."""
    try:
        with Stages(err if MAIN else Console(stderr=True, quiet=True)) as stages:
            yield stages
    except KeyboardInterrupt as stop:
        note_on(err, f"Stopped: {stop}." if str(stop) else "Stopped.")
        raise typer.Exit(STOPPED) from stop
