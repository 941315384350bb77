"""What training starts from: a new adapter, the one that ships, or the one that serves."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...agent.llm.model_loading import adapter_version
from ...agent.memory.memory import Memory
from ...agent.serving_model import metadata_of, serving_adapter, shipped_adapter
from ...agent.workspace import Workspace
from ..errors import TrainingError

if TYPE_CHECKING:  # the registry, which every command imports, needs this file and not PEFT
    from ..training.training import TrainingRecipe

LEARNED = "learned.json"
"""In an adapter's folder: ids of the events that it was trained or checked on, its parents' included."""
MARK = "arrived"
"""In an adapter's metadata: the number of the newest event that its training could know."""


@dataclass(frozen=True, slots=True)
class Start:
    """What training starts from, and the number of the last event that this knew, where only later ones count."""

    folder: Path | None
    since: int | None

    @property
    def terms(self) -> dict[str, object]:
        """Part of the adapter's metadata."""
        return {"parent": self.folder and adapter_version(self.folder), "since": self.since}

    def made_like(self, recipe: TrainingRecipe) -> TrainingRecipe:
        """The recipe, with the shape of the adapter that is trained further. Raises TrainingError where the recipe asks
        for one of another kind."""
        if self.folder is None:
            return recipe
        made = json.loads((self.folder / "adapter_config.json").read_text(encoding="utf-8"))
        if bool(made.get("use_dora")) != (recipe.method == "dora"):
            name = self.folder.name
            raise TrainingError(f"The adapter {name} was not made by the method {recipe.method}: use its own.")
        frozen = min(made.get("layers_to_transform") or [0])
        return replace(recipe, rank=made["r"], alpha=made["lora_alpha"], dropout=made["lora_dropout"], frozen=frozen)

    def learned(self) -> set[str]:
        """Ids of the events that it has learned."""
        return learned_by(self.folder) if self.folder else set()

    def fresh(self, memory: Memory) -> set[str] | None:
        """Ids of the events that came in since; None where all count."""
        fresh = None if self.since is None else memory.events.arrived_after(self.since)
        if fresh is not None and not fresh:
            raise TrainingError("Nothing was logged since the adapter that serves was trained: there is nothing new to "
                                "learn.")  # fmt: skip
        return fresh


def learned_by(adapter: Path) -> set[str]:
    """Ids of the events that the adapter in this folder has learned; none where nobody wrote them down."""
    path = adapter / LEARNED
    return set(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else set()


def shipped(workspace: Workspace) -> Start:
    """The adapter that ships for the workspace's model; nothing where none does."""
    return Start(shipped_adapter(workspace.config.model), None)


def serving(workspace: Workspace) -> Start:
    """The adapter that serves, to go on from. Raises TrainingError where it was not tuned on this workspace's log."""
    adapter = serving_adapter(workspace)
    mark = metadata_of(adapter).get(MARK) if adapter else None
    if mark is None:
        raise TrainingError("No adapter serves that was tuned on this log: run `sommelier tune` and promote what it "
                            "makes, then go on from there.")  # fmt: skip
    return Start(adapter, int(mark))
