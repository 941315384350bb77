"""What training starts from: a new adapter, the one that ships, or the one that serves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..agent.configured_model import papers_of, serving_adapter, shipped_adapter
from ..agent.memory import Memory
from ..agent.model_loading import adapter_version
from ..agent.workspace import Workspace
from .telling import TrainingError

MARK = "arrived"
"""In an adapter's papers: the number of the newest event that its training could know."""


@dataclass(frozen=True, slots=True)
class Start:
    """What training starts from, and the number of the last event that this knew, where only later ones count."""

    folder: Path | None
    since: int | None

    @property
    def terms(self) -> dict[str, object]:
        """Part of the adapter's papers."""
        return {"parent": self.folder and adapter_version(self.folder), "since": self.since}

    def fresh(self, memory: Memory) -> set[str] | None:
        """Ids of the events that came in since; None where all count."""
        fresh = None if self.since is None else memory.arrived_after(self.since)
        if fresh is not None and not fresh:
            raise TrainingError("Nothing was logged since the adapter that serves was trained: there is nothing new to "
                                "learn.")  # fmt: skip
        return fresh


def shipped(workspace: Workspace) -> Start:
    """The adapter that ships for the workspace's model; nothing where none does."""
    return Start(shipped_adapter(workspace.config.model), None)


def serving(workspace: Workspace) -> Start:
    """The adapter that serves, to go on from. Raises TrainingError where it was not tuned on this workspace's log."""
    adapter = serving_adapter(workspace)
    mark = papers_of(adapter).get(MARK) if adapter else None
    if mark is None:
        raise TrainingError("No adapter serves that was tuned on this log: run `sommelier tune` and promote what it "
                            "makes, then go on from there.")  # fmt: skip
    return Start(adapter, int(mark))
