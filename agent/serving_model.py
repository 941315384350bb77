"""The language model that a workspace is configured for, with the adapter that is named there or was promoted."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..prompts.library import PromptLibrary
from .errors import ModelError
from .llm.bundled import SHIPPED_ADAPTER, default_cache
from .llm.language_model import LanguageModel
from .llm.model_loading import ADAPTER_WEIGHTS, Quantization, open_model
from .memory.settings import Setting
from .workspace import Workspace

log = logging.getLogger(__name__)

ADAPTERS = "adapters"
"""Folder of a workspace's own adapters."""
METADATA_FILE = "sommelier.json"
"""In an adapter's folder: what it was trained on, and what it is worth."""
NONE = "none"
"""In the place of an adapter's path: the bare model."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """An adapter that was made to serve, by its folder's name (None: what ships), when and why, and by what verdict."""

    adapter: str | None
    at: str
    why: str
    verdict: str | None


@dataclass(frozen=True, slots=True)
class ChangedPrompts:
    """An adapter, and by their names the hashes of prompts that are others than those it was trained on."""

    adapter: str
    prompts: Mapping[str, str]


PROMOTED: Setting[tuple[Promotion, ...]] = Setting("adapters.promoted", tuple[Promotion, ...], ())
"""What was promoted and rolled back, oldest first."""
_WARNED: Setting[ChangedPrompts | None] = Setting("adapters.changed_prompts", ChangedPrompts | None, None)
"""What somebody was warned of last."""


def configured_model(workspace: Workspace) -> LanguageModel:
    """Open it as it serves. Raises ModelError with one sentence saying what to do."""
    return model_with(workspace, serving_adapter(workspace))


def model_with(workspace: Workspace, adapter: Path | None, quantize: Quantization | None = None) -> LanguageModel:
    """The configured model with this adapter, or bare; `quantize` overrides the configuration.

    Raises ModelError, also where the adapter's metadata names other weights of that name.
    """
    config = workspace.config
    lm = open_model(
        config.model, quantize=quantize or config.quantize, adapter=adapter, device=config.device, cache=default_cache()
    )
    trained_on = metadata_of(adapter).get("base", {}).get("sha256") if adapter else None
    if trained_on not in (None, lm.card.sha256):
        raise ModelError(
            f"The adapter {adapter} was trained on other weights of {lm.card.name} ({trained_on[:12]}, not "
            f"{(lm.card.sha256 or 'unknown')[:12]}): tune it again, or remove the adapter."
        )
    return lm


def serving_adapter(workspace: Workspace) -> Path | None:
    """The adapter that the configuration names, else the one promoted last, else the one that ships for the bundled
    model, else none."""
    config = workspace.config
    if config.adapter:
        return None if str(config.adapter) == NONE else workspace.path(config.adapter)
    promoted = workspace.memory.settings.get(PROMOTED)
    name = promoted[-1].adapter if promoted else None
    return workspace.folder / ADAPTERS / name if name else shipped_adapter(config.model)


def shipped_adapter(model: str) -> Path | None:
    """The adapter in the box, which is for the bundled model."""
    folder = Path(str(files("sommelier.agent.llm"))) / SHIPPED_ADAPTER
    return folder if model == "bundled" and (folder / ADAPTER_WEIGHTS).exists() else None


def metadata_of(adapter: Path) -> dict[str, Any]:
    """What is written in the adapter's folder; nothing where nobody wrote it. Raises ModelError when it is damaged."""
    path = adapter / METADATA_FILE
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise ModelError(f"The metadata of the adapter {adapter} ({METADATA_FILE}) is damaged and cannot be read: "
                         f"restore it, or remove the adapter. ({error})") from error  # fmt: skip
    if not isinstance(found, dict):
        raise ModelError(f"The metadata of the adapter {adapter} ({METADATA_FILE}) is damaged and cannot be read: "
                         "restore it, or remove the adapter. (It holds no object.)")  # fmt: skip
    return found


def changed_prompts(workspace: Workspace, adapter: Path) -> list[str]:
    """Names of the prompts that the adapter was trained on and that read otherwise by now."""
    return list(_changed(workspace, adapter))


def warn_of_changed_prompts(workspace: Workspace) -> None:
    """Log that what serves was trained on other prompts than those of today: once for each such change, which the
    workspace remembers. `sommelier doctor` says it as long as it is so."""
    adapter = serving_adapter(workspace)
    changed = _changed(workspace, adapter) if adapter else {}
    state = ChangedPrompts(str(adapter), changed) if changed else None
    if state == workspace.memory.settings.get(_WARNED):
        return
    workspace.memory.settings.put(_WARNED, state)
    if adapter and changed:
        log.warning("the adapter %s was trained on other prompts than now: %s; tune it again, or check with "
                    "`sommelier adapters compare`", adapter.name, ", ".join(changed))  # fmt: skip


def _changed(workspace: Workspace, adapter: Path) -> dict[str, str]:
    """Name -> hash of today, of the prompts that the adapter was trained on in another wording."""
    library, trained_on = PromptLibrary(workspace.folder), metadata_of(adapter).get("prompts", {})
    today = {name: library.get(name).hash for name in trained_on}
    return {name: hash for name, hash in today.items() if hash != trained_on[name]}
