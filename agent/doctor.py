"""What is installed, found and fitted here, and what to do about what is not."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import torch

from ..prompts.library import PromptLibrary
from ..prompts.prompt import Prompt, PromptError
from ..retrieval.behaviour.tower_folder import TowerFolder
from ..retrieval.catalogue import CatalogueError
from ..retrieval.index import encoder_of, in_order, items_fingerprint, read_manifest
from ..retrieval.model_files import EMBEDDER, bundled_embedder
from .errors import SommelierError, WorkspaceBusyError
from .extras import MODULES, command, missing_modules
from .ingest.indexing import GROWTH, open_encoder, vector_stores
from .llm.language_model import ModelCard
from .ranking.ranking import LMWeights
from .ranking.weights import load_weights, shipped_weights, tower_data, weights_key
from .serving_model import changed_prompts, configured_model, serving_adapter
from .workspace import Workspace
from .workspace_lock import is_workspace

SUPPORTED = ((3, 11), (3, 15))

Status = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `advice` says what to do; empty when nothing needs doing."""

    name: str
    status: Status
    value: str
    advice: str = ""


def examine(folder: Path) -> list[Finding]:
    """Look at this machine and at the workspace in `folder`. Never raises for what it finds."""
    findings = [*_machine(), _guard("bundled encoder", _bundled_encoder)]
    if not is_workspace(folder):
        return [*findings, Finding("workspace", "note", f"none in {folder}", "`sommelier chat` or `ingest` makes one")]
    try:
        with Workspace(folder) as workspace:
            return [*findings, *_workspace(workspace)]
    except WorkspaceBusyError as error:
        return [*findings, Finding("workspace", "note", f"{folder} is open elsewhere", str(error))]
    except (SommelierError, CatalogueError) as error:
        return [*findings, Finding("workspace", "wrong", str(folder), str(error))]


def _machine() -> Iterator[Finding]:
    fits = SUPPORTED[0] <= sys.version_info[:2] < SUPPORTED[1]
    advice = "" if fits else "use Python 3.11 to 3.14"
    yield Finding("python", "ok" if fits else "wrong", platform.python_version(), advice)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"cpu, {torch.get_num_threads()} threads"
    yield Finding("device", "ok", device)
    packages = ("torch", "transformers", "peft", "bitsandbytes", "chromadb", "gradio")
    yield Finding("packages", "ok", ", ".join(f"{name} {version(name)}" for name in packages if find_spec(name)))
    if without := [extra for extra in MODULES if missing_modules(extra)]:
        yield Finding("extras", "note", f"without {', '.join(without)}", f"`{command(*without)}` installs them")


def _bundled_encoder() -> Finding:
    bundled_embedder()
    return Finding("bundled encoder", "ok", f"all-MiniLM-L6-v2, sha256 {EMBEDDER.sha256[:12]}")


def _workspace(workspace: Workspace) -> Iterator[Finding]:
    counts = workspace.memory.statistics.counts()
    held = f"{workspace.folder}: {counts.items:,} items, {counts.events:,} events, {counts.users:,} users"
    yield Finding("workspace", "ok", held, "" if counts.items else "add items with `sommelier ingest`")
    yield _guard("text encoder", lambda: _encoder(workspace))
    yield _guard("vector store", lambda: _vectors(workspace))
    yield _guard("index", lambda: _index(workspace))
    yield _tower(workspace, counts.events)
    yield _guard("prompts", lambda: _prompts(workspace))
    yield from _model(workspace)


def _encoder(workspace: Workspace) -> Finding:
    encoder = open_encoder(workspace)
    return Finding("text encoder", "ok", f"{encoder.name}, {encoder.dimensions} dimensions, {encoder.identity[:12]}")


def _vectors(workspace: Workspace) -> Finding:
    stores = vector_stores(workspace.config)
    if workspace.config.chroma:  # a server may be down; a folder is looked at with the index
        with closing(stores.open(workspace.index / "none")):
            pass
    return Finding("vector store", "ok", str(stores))


def _index(workspace: Workspace) -> Finding:
    manifest = read_manifest(workspace.index)
    if manifest is None:
        return Finding("index", "note", "not built yet", "it is built when the workspace is next opened")
    if manifest["items"] != items_fingerprint(in_order(workspace.memory.catalogue.items())):
        return Finding("index", "note", "older than the catalogue", "it is rebuilt when the workspace is next opened")
    return Finding("index", "ok", f"{manifest['folder']}, {manifest['events']:,} choices counted")


def _tower(workspace: Workspace, events: int) -> Finding:
    folder = TowerFolder.beside(workspace.index)
    encoder = encoder_of(read_manifest(workspace.index) or {})
    facts, serving = folder.facts(), folder.choice(encoder=encoder).name
    if not facts:
        return Finding("behaviour tower", "note", f"{serving}; not chosen yet", "`sommelier fit` compares three")
    if serving != facts["name"]:
        value = f"{serving}: the {facts['name']} is gone, or of another encoder"
        return Finding("behaviour tower", "wrong", value, "run `sommelier fit`")
    counted = facts.get("events", events)
    grown = events > GROWTH * counted
    advice = f"the log has grown from {counted:,} events since; `sommelier fit` trains it anew" if grown else ""
    recall = facts.get("recall", {}).get(serving, 0.0)
    value = f"{serving}; recall@20 {recall:.3f} of {facts.get('users', 0):,} validation users"
    return Finding("behaviour tower", "note" if grown else "ok", value, advice)


def _prompts(workspace: Workspace) -> Finding:
    store, names = PromptLibrary(workspace.folder), (workspace.config.ranking_prompt, "reply", "explain", "summarise")
    served = ", ".join(f"{name} {store.get(name).hash[:8]}" for name in names)
    return Finding("prompts", "ok", served)


def _model(workspace: Workspace) -> Iterator[Finding]:
    config = workspace.config
    try:
        lm = configured_model(workspace)
        rank_prompt = PromptLibrary(workspace.folder).get(config.ranking_prompt)
    except (SommelierError, PromptError) as error:
        yield Finding("model", "wrong", config.model, str(error))
        return
    card = lm.card
    yield Finding(
        "model", "ok", f"{card.name}, sha256 {(card.sha256 or 'not known')[:12]}, {card.dtype} on {card.device}"
    )
    yield Finding("quantization", "ok", f"{card.quantization} (configured: {config.quantize})")
    yield _adapter(workspace, card.adapter)
    yield _weights(workspace, rank_prompt, card)


def _adapter(workspace: Workspace, name: str | None) -> Finding:
    folder = serving_adapter(workspace)
    if folder and (changed := changed_prompts(workspace, folder)):
        advice = "`sommelier tune` trains for the present ones; `sommelier adapters compare` says what it is worth now"
        return Finding("adapter", "note", f"{name}, trained on other prompts: {', '.join(changed)}", advice)
    return Finding("adapter", "ok", name or "none")


def _weights(workspace: Workspace, prompt: Prompt, card: ModelCard) -> Finding:
    manifest = read_manifest(workspace.index) or {}
    data, encoder = str(manifest.get("folder", "")), encoder_of(manifest)
    tower = TowerFolder.beside(workspace.index).choice(encoder=encoder).name
    shipped = shipped_weights(tower, card, prompt)
    exact = load_weights(workspace.memory, weights_key(prompt, card, data))
    last = load_weights(workspace.memory, weights_key(prompt, card, tower_data(tower, encoder)))
    weights = next((each for each in (exact, last) if each.users), shipped)
    shares = f"a = {_told(weights.lm_without_request)} without a request, {_told(weights.lm_with_request)} with one"
    if weights.retrieval == shipped.retrieval:  # promotion keeps these where there are too few users for a fit
        value = f"{shares}; shipped defaults, not fitted to this log"
        return Finding("fusion weights", "note", value, "`sommelier fit` fits them from 500 users up")
    if exact.users:
        return Finding("fusion weights", "ok", f"{shares}; fitted on {exact.users:,} validation users")
    value = f"{shares}; fitted on {last.users:,} validation users of an earlier state of the log"
    return Finding("fusion weights", "note", value, "`sommelier fit` fits them anew")


def _told(lm: LMWeights) -> str:
    """The model's weight for well-known items, and up to which it rises for those that nobody has chosen."""
    known, unknown = lm[0], sum(lm)
    return f"{known:.3f}" if known == unknown else f"{known:.3f} to {unknown:.3f}"


def _guard(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (SommelierError, CatalogueError, PromptError) as error:
        return Finding(name, "wrong", "unusable", str(error))
