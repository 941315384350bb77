"""The language model that a workspace is configured for."""

from __future__ import annotations

from .bundled import default_cache
from .language_model import LanguageModel
from .model_loading import open_model
from .workspace import Workspace


def configured_model(workspace: Workspace) -> LanguageModel:
    """Open it. Raises ModelError with one sentence saying what to do."""
    config = workspace.config
    adapter = workspace.path(config.adapter) if config.adapter else None
    return open_model(
        config.model, quantize=config.quantize, adapter=adapter, device=config.device, cache=default_cache()
    )
