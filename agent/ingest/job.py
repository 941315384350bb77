"""One ingest: which files, read how. It is done here, or travels as JSON to the process that has the workspace open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ..workspace import Workspace
from .ingest import IngestReport, ProgressReport, ingest, ingest_preset, nothing_loaded


@dataclass(frozen=True, slots=True)
class IngestJob:
    """See `load_files` and `load_preset`. With `preset`, `folder` holds its files; nothing at all is a new index."""

    items: Path | None = None
    events: Path | None = None
    users: Path | None = None
    mapping: Sequence[str] | Mapping[str, str] = ()
    snapshot: bool = False
    preset: str | None = None
    folder: Path | None = None

    def run(self, workspace: Workspace, progress: ProgressReport, build: Callable[[], None]) -> IngestReport:
        """Load into an open workspace; `build` brings its index up to date. Raises as `ingest` does."""
        if self.preset and self.folder:
            return ingest_preset(
                workspace.folder, workspace.memory, self.preset, self.folder, snapshot=self.snapshot,
                progress=progress, build=build,
            )  # fmt: skip
        if not (self.items or self.events or self.users):
            build()
            return nothing_loaded(workspace.folder)
        return ingest(
            workspace.folder, workspace.memory, items=self.items, events=self.events, users=self.users,
            mapping=self.mapping, snapshot=self.snapshot, progress=progress, build=build,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back in another process, with absolute paths."""
        told: dict[str, Any] = _JOB.dump_python(self, mode="json")
        paths = {name: path for name in _PATHS if (path := getattr(self, name))}
        return told | {name: str(path.expanduser().resolve()) for name, path in paths.items()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> IngestJob:
        """The job that `to_json` wrote. Raises ValueError for anything else."""
        return _JOB.validate_python(dict(told))


_JOB: TypeAdapter[IngestJob] = TypeAdapter(IngestJob)
_PATHS = ("items", "events", "users", "folder")
REPORT: TypeAdapter[IngestReport] = TypeAdapter(IngestReport)
"""How a report travels as JSON."""
