"""Load a catalogue and a log into a workspace and bring its index up to date: what `sommelier ingest` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..workspace import Workspace
from .indexing import open_encoder, rebuild_index, vector_stores
from .ingest import IngestReport, ProgressReport, Quiet, ingest, ingest_preset, nothing_loaded


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

    Without any file the index alone is brought up to date with the newest events.
    Raises CatalogueError, WorkspaceError or ConfigError.
    """
    with Workspace(Path(workspace), create=True) as opened:
        build = _build(opened, progress or Quiet())
        if not (items or events or users):
            build()
            return nothing_loaded(opened.folder)
        return ingest(
            opened.folder, opened.memory, items=items, events=events, users=users, mapping=mapping,
            snapshot=snapshot, progress=progress, build=build,
        )  # fmt: skip


def load_preset(
    workspace: str | Path, name: str, folder: Path, *, snapshot: bool = False, progress: ProgressReport | None = None
) -> IngestReport:
    """Load a folder of public research data by the name of its preset; otherwise as `load_files`."""
    with Workspace(Path(workspace), create=True) as opened:
        build = _build(opened, progress or Quiet())
        return ingest_preset(
            opened.folder, opened.memory, name, folder, snapshot=snapshot, progress=progress, build=build
        )


def _build(workspace: Workspace, progress: ProgressReport) -> Callable[[], None]:
    done_before = 0

    def advance(done: int, total: int) -> None:
        nonlocal done_before
        if done_before == 0:
            progress.begin("vectors", total)
        progress.advance(done - done_before)
        done_before = done

    def build() -> None:
        stores = vector_stores(workspace.config)
        rebuild_index(workspace.memory, workspace.index, open_encoder(workspace), advance, stores)

    return build
