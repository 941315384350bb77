"""Which folder is a workspace, and who may open it for what.

Knows neither settings nor database, and must not: a refusal comes at once.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, TypeAlias

from filelock import FileLock, Timeout

from .errors import WorkspaceBusyError, WorkspaceError

Use: TypeAlias = Literal["serve", "study", "both", "look"]
"""What a workspace is opened for: to serve or change it, to learn from it beside what serves, for both with nobody
beside, or for a look at what it says of itself, and a word to it, whoever has it open."""
MARKER = "sommelier.workspace"
"""A folder with this file is a workspace."""
_SERVING, _STUDYING = "lock", "study.lock"
_EARLIER = (_SERVING, "sommelier.db", "sommelier.yaml")
"""What tells a workspace of before there were markers."""
_LOCKS: Mapping[Use, Sequence[str]] = {
    "serve": (_SERVING,), "study": (_STUDYING,), "both": (_SERVING, _STUDYING), "look": (),
}  # fmt: skip
_HOLDERS = {_SERVING: "a running chat?", _STUDYING: "a fit, an evaluation or tuning?"}
_SECONDS = 1.0
"""So long another process may take to let go."""


def default_workspace() -> Path:
    """Where the built-in catalogue lives: `$SOMMELIER_HOME`, else `~/.local/share/sommelier` (XDG)."""
    home = os.environ.get("SOMMELIER_HOME")
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser() if home else Path(data).expanduser() / "sommelier"


def is_workspace(folder: Path) -> bool:
    """Whether `folder` is a workspace: it has the marker, or what a workspace had before there were markers."""
    return any((folder / name).is_file() for name in (MARKER, *_EARLIER))


def mark_workspace(folder: Path) -> None:
    """Make `folder`, which exists, a workspace. Raises WorkspaceError when nothing can be written there."""
    marker = folder / MARKER
    if marker.exists():
        return
    try:
        marker.write_text("This folder is a workspace of Sommelier. Keep this file with it.\n", encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(f"cannot write into the workspace {folder}: {error.strerror}") from error


def require_workspace(folder: Path) -> None:
    """Raises WorkspaceError, saying how to make one, when there is no workspace in `folder`."""
    if not is_workspace(folder):
        here = shlex.quote(str(folder))
        raise WorkspaceError(
            f"no workspace in {folder}. `sommelier ingest --workspace {here} --items FILE` makes one of your own "
            f"items, `sommelier chat --workspace {here} --builtin` one of the built-in films; "
            "without --workspace the films are there already"
        )


def require_free(folder: Path, use: Use) -> None:
    """Raises WorkspaceBusyError when a workspace in `folder` could not be opened for `use` now; none there is free."""
    if is_workspace(folder):
        locked(folder, use).close()


def locked(folder: Path, use: Use) -> ExitStack:
    """The locks of `use`, held until this is closed. Raises WorkspaceBusyError when another process holds one,
    WorkspaceError when this user may not lock it."""
    with ExitStack() as held:
        for name in _LOCKS[use]:
            held.callback(_lock(folder, name).release)
        return held.pop_all()


def _lock(folder: Path, name: str) -> FileLock:
    lock = FileLock(folder / name, timeout=_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise WorkspaceBusyError(
            f"the workspace {folder} is open in another process ({_HOLDERS[name]}); "
            "close that one first, or use its page"
        ) from error
    except OSError as error:
        raise WorkspaceError(
            f"cannot lock the workspace {folder} ({error.strerror}): it belongs to another user, or cannot be written "
            "to; run this as its owner, or take a workspace of your own"
        ) from error
    return lock
