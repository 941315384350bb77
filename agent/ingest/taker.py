"""Whether whoever holds a workspace takes files for it. Imports nothing heavy: a refusal comes at once."""

from __future__ import annotations

import time
from pathlib import Path

from ..errors import WorkspaceBusyError
from ..workspace_lock import require_free
from .spool import ALIVE, BEAT, Spool


def require_free_or_taker(workspace: Path) -> None:
    """Raises WorkspaceBusyError when another process serves the workspace in this folder and takes no files."""
    try:
        require_free(workspace, "serve")
    except WorkspaceBusyError:
        require_taker(workspace)


def require_taker(workspace: Path) -> None:
    """Raises WorkspaceBusyError when the process that has the workspace open shows no sign that it takes files, or
    takes those of another user only."""
    spool, deadline = Spool.of(workspace), time.monotonic() + ALIVE
    if spool.of_another_user():
        raise WorkspaceBusyError(
            f"the workspace {workspace} is open in the process of another user: ingest as that user, or close it"
        )
    while spool.quiet_for() >= ALIVE:
        if time.monotonic() > deadline:
            raise WorkspaceBusyError(
                f"the workspace {workspace} is open in another process, which does not take files (a fit, an "
                "evaluation, or a chat that is still starting?): close that one, or wait, then ingest"
            )
        time.sleep(BEAT)
