"""A workspace: the folder that holds a team's settings, database, index and prompts, open in one process at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

from filelock import FileLock, Timeout

from .config import Config, load_config
from .errors import WorkspaceBusyError, WorkspaceError
from .memory.memory import Memory


def default_workspace() -> Path:
    """Where the built-in catalogue lives: `$SOMMELIER_HOME`, else `~/.local/share/sommelier` (XDG)."""
    home = os.environ.get("SOMMELIER_HOME")
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser() if home else Path(data).expanduser() / "sommelier"


Use: TypeAlias = Literal["serve", "study", "both", "look"]
"""What a workspace is opened for: to serve or change it, to learn from it beside what serves, for both with nobody
beside, or for a look at what it says of itself, and a word to it, whoever has it open."""
_LOCKS: Mapping[Use, Sequence[str]] = {
    "serve": ("lock",), "study": ("study.lock",), "both": ("lock", "study.lock"), "look": (),
}  # fmt: skip
_HOLDERS = {"lock": "a running chat?", "study.lock": "a fit, an evaluation or tuning?"}


class Workspace:
    """An open workspace. A context manager; holds its locks until closed: one process serves it, and one studies it.

    Raises WorkspaceError when it does not exist (unless `create`) or when another process has it open for such use.
    """

    def __init__(self, folder: Path, create: bool = False, use: Use = "serve") -> None:
        self.folder = folder.expanduser().resolve()
        if not create and not (self.folder / "lock").exists():
            raise WorkspaceError(
                f"no workspace in {self.folder}; make one with `sommelier ingest --workspace`, "
                "or leave it out: then it is the built-in films"
            )
        self._make()
        self._locks = ExitStack()
        try:
            for name in _LOCKS[use]:
                self._locks.callback(self._locked(name).release)
            self.config: Config = load_config(self.folder)
            self.memory = Memory(self.config.database or f"sqlite:///{self.folder / 'sommelier.db'}")
        except BaseException:
            self._locks.close()
            raise

    @property
    def index(self) -> Path:
        """The index's root folder."""
        return self.folder / "index"

    def path(self, path: Path) -> Path:
        """A configured path, relative ones taken from the workspace."""
        return (self.folder / path.expanduser()).resolve()

    def close(self) -> None:
        """Close the database and release the locks."""
        self.memory.close()
        self._locks.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(f"cannot make a workspace in {self.folder}: {error.strerror}") from error

    def _locked(self, name: str) -> FileLock:
        lock = FileLock(self.folder / name, timeout=1)
        try:
            lock.acquire()
        except Timeout as error:
            raise WorkspaceBusyError(
                f"the workspace {self.folder} is open in another process ({_HOLDERS[name]}); "
                "close that one first, or use its page"
            ) from error
        return lock
