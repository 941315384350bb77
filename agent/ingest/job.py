"""One ingest: which files, read how. It is done here, or travels as JSON to the process that has the workspace open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ...retrieval.readers.columns import Schema
from ..workspace import Workspace
from .ingest import IngestReport, ProgressReport, Tally, ingest, ingest_preset, nothing_loaded

_SCHEMA: TypeAdapter[Schema | None] = TypeAdapter(Schema | None)


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
        paths = {name: getattr(self, name) for name in ("items", "events", "users", "folder")}
        absolute = {name: str(path.expanduser().resolve()) for name, path in paths.items() if path}
        mapping = dict(self.mapping) if isinstance(self.mapping, Mapping) else list(self.mapping)
        return {**absolute, "mapping": mapping, "snapshot": self.snapshot, "preset": self.preset}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> IngestJob:
        """The job that `to_json` wrote."""
        paths = {name: Path(told[name]) for name in ("items", "events", "users", "folder") if told.get(name)}
        return cls(**paths, mapping=told["mapping"], snapshot=told["snapshot"], preset=told["preset"])


def report_to_json(report: IngestReport) -> dict[str, Any]:
    """A JSON object that `report_from_json` reads back."""
    tallies = {name: asdict(getattr(report, name)) for name in ("items", "users", "events")}
    return {
        **tallies, "rejected": report.rejected, "reasons": dict(report.reasons), "rejects": str(report.rejects),
        "schema": _SCHEMA.dump_python(report.schema, mode="json"), "test": report.test and str(report.test),
    }  # fmt: skip


def report_from_json(told: Mapping[str, Any]) -> IngestReport:
    """The report that `report_to_json` wrote."""
    tallies = {name: Tally(**told[name]) for name in ("items", "users", "events")}
    return IngestReport(
        **tallies, rejected=told["rejected"], reasons=told["reasons"], rejects=Path(told["rejects"]),
        schema=_SCHEMA.validate_python(told["schema"]),
        test=Path(told["test"]) if told["test"] else None,
    )  # fmt: skip
