"""The language model that a workspace is configured for, with the adapter that is named there or was promoted."""

from __future__ import annotations

from pathlib import Path

from .bundled import default_cache
from .language_model import LanguageModel
from .model_loading import open_model
from .workspace import Workspace

ADAPTERS = "adapters"
"""Folder of a workspace's own adapters."""
PROMOTED = "adapters.promoted"
"""Setting: what was promoted, oldest first; each entry's `adapter` is a folder name, or null for the bare model."""


def configured_model(workspace: Workspace) -> LanguageModel:
    """Open it as it serves. Raises ModelError with one sentence saying what to do."""
    return model_with(workspace, serving_adapter(workspace))


def model_with(workspace: Workspace, adapter: Path | None) -> LanguageModel:
    """The configured model with this adapter, or bare. Raises ModelError."""
    config = workspace.config
    return open_model(
        config.model, quantize=config.quantize, adapter=adapter, device=config.device, cache=default_cache()
    )


def serving_adapter(workspace: Workspace) -> Path | None:
    """The adapter that the configuration names, else the one promoted last, else none."""
    if workspace.config.adapter:
        return workspace.path(workspace.config.adapter)
    promoted = workspace.memory.get_setting(PROMOTED, [])
    name = promoted[-1]["adapter"] if promoted else None
    return workspace.folder / ADAPTERS / name if name else None
