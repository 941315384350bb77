"""A workspace: the folder that holds a team's settings, database, index and prompts, open in one process at a time."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from .config import Config, load_config
from .errors import WorkspaceError
from .memory.memory import Memory
from .workspace_lock import Use, locked, mark_workspace, require_workspace


class Workspace:
    """An open workspace. A context manager; holds its locks until closed: one process serves it, and one studies it.

    Raises WorkspaceError when it does not exist (unless `create`) or when another process has it open for such use.
    """

    def __init__(self, folder: Path, create: bool = False, use: Use = "serve") -> None:
        self.folder, self.use = folder.expanduser().resolve(), use
        if not create:
            require_workspace(self.folder)
        self._make()
        self._locks = locked(self.folder, use)
        try:
            mark_workspace(self.folder)
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
