"""Load a catalogue and a log into a workspace and bring its index up to date: what `sommelier ingest` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import WorkspaceBusyError
from ..workspace import Workspace
from .handover import hand_over
from .indexing import open_encoder, rebuild_index, vector_stores
from .ingest import IngestReport, ProgressReport, Quiet
from .job import IngestJob
from .progress_steps import steps_of


def load_files(
    workspace: str | Path,
    *,
    items: Path | None = None,
    events: Path | None = None,
    users: Path | None = None,
    mapping: Sequence[str] | Mapping[str, str] = (),
    snapshot: bool = False,
    progress: ProgressReport | None = None,
) -> IngestReport:
    """Load a team's own files (CSV, TSV, JSON lines, Parquet); see `agent.ingest.ingest`. Makes the workspace.

    Without any file the index alone is brought up to date with the newest events. Where another process has the
    workspace open to serve it, that process does all of this, and its next answers know of what was loaded.
    Raises CatalogueError, WorkspaceError or ConfigError.
    """
    return _load(Path(workspace), IngestJob(items, events, users, mapping, snapshot), progress or Quiet())


def load_preset(
    workspace: str | Path, name: str, folder: Path, *, snapshot: bool = False, progress: ProgressReport | None = None
) -> IngestReport:
    """Load a folder of public research data by the name of its preset; otherwise as `load_files`."""
    job = IngestJob(snapshot=snapshot, preset=name, folder=folder)
    return _load(Path(workspace), job, progress or Quiet())


def _load(folder: Path, job: IngestJob, progress: ProgressReport) -> IngestReport:
    try:
        workspace = Workspace(folder, create=True)
    except WorkspaceBusyError:
        return hand_over(folder.expanduser().resolve(), job, progress)
    with workspace:
        return job.run(workspace, progress, lambda: _build(workspace, progress))


def _build(workspace: Workspace, progress: ProgressReport) -> None:
    stores, told = vector_stores(workspace.config), steps_of("vectors", progress)
    rebuild_index(workspace.memory, workspace.index, open_encoder(workspace), told, stores)
