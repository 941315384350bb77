"""Evaluate a workspace as it serves: fit its ranking weights where that is due, then compare the systems."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from ..agent.configured_model import configured_model
from ..agent.engine import Engine
from ..agent.indexing import open_embedder
from ..agent.weights import load_weights, save_weights, weights_key
from ..agent.workspace import Workspace
from ..prompts.store import PromptStore
from ..retrieval.candidates import Retriever
from ..retrieval.index import Index
from .evaluation import Progress, Report, case_of, evaluate
from .fitting import fit_weights
from .holdout import IndexStore


def assess(
    workspace: Workspace, pairs: Mapping[str, str], peers: Mapping[str, Mapping[str, Sequence[str]]], progress: Progress
) -> Report:
    """Compare the systems on `pairs` (user -> target item).

    Weights are fitted when none are stored for the present prompt, model and data. Where test targets stand in the
    log the fit is made without them and stored apart: conversations may use a fit that saw them, this may not.
    Raises as `evaluate` and as opening a workspace does.
    """
    lm, embedder = configured_model(workspace), open_embedder()
    prompt = PromptStore(workspace.folder).get("rank")
    store = IndexStore(workspace.memory, workspace.index, embedder)
    with store.without({}) as serving:
        data = serving.folder.name
    key = weights_key(prompt, lm.card, data + _withheld(workspace, pairs))

    def engine_for(index: Index) -> Engine:
        weights = load_weights(workspace.memory, key)
        return Engine(workspace.config, Retriever(index, embedder, weights.retrieval), lm, prompt, weights)

    if not load_weights(workspace.memory, key).users:
        fitted = fit_weights(engine_for, store, pairs, progress)
        if fitted:
            save_weights(workspace.memory, key, fitted)
    return evaluate(engine_for, store, pairs, peers, progress)


def _withheld(workspace: Workspace, pairs: Mapping[str, str]) -> str:
    """Names the test pairs whose target stands in the log; empty when none does, and the fit cannot have seen any."""
    standing = [(user, item) for user, item in sorted(pairs.items()) if case_of(workspace.memory, user, item).held_back]
    return f" without {hashlib.sha256(json.dumps(standing).encode()).hexdigest()}" if standing else ""
