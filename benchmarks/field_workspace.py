"""The workspaces that the field table is measured in: filled once, fitted once, and used again by the next run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from sommelier.agent.ingest.indexing import open_encoder, rebuild_index
from sommelier.agent.ingest.loading import load_preset
from sommelier.agent.ranking.weights import load_weights
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.fitting.fit import fit
from sommelier.retrieval.behaviour.tower_folder import TowerFolder

Advance: TypeAlias = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


def filled(folder: Path, preset: str, data: Path) -> Workspace:
    """An open workspace that holds the preset's data; loading again changes nothing."""
    load_preset(folder, preset, data)
    return Workspace(folder)


def refresh(workspace: Workspace) -> None:
    """Bring the index up to date with what was put into the workspace's memory."""
    rebuild_index(workspace.memory, workspace.index, open_encoder(workspace))


def fit_once(workspace: Workspace, withheld: Mapping[str, str], minutes: float | None, advance: Advance) -> None:
    """Choose the behaviour tower and fit the weights as `sommelier fit` does, unless both were done before, whatever
    the minutes were then. What a fit that was cut off had trained is taken up again."""
    weights = load_weights(workspace.memory, Setup.of(workspace).latest_key())
    if not (weights.users and TowerFolder.beside(workspace.index).facts()):
        fit(workspace, withheld, minutes, advance)
