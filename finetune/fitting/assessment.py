"""Evaluate a workspace as it serves: fit its ranking weights where that is due, then compare the systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...agent.ranking.weights import load_weights, save_weights
from ...agent.workspace import Workspace
from ..evaluation.evaluation import Progress, evaluate
from ..evaluation.report import Report
from ..evaluation.setup import Setup
from .fitting import fit_weights


def assess(
    workspace: Workspace, pairs: Mapping[str, str], peers: Mapping[str, Mapping[str, Sequence[str]]], progress: Progress
) -> Report:
    """Compare the systems on `pairs` (user -> target item).

    Weights are fitted when none are stored for the present prompt, model and data. Where test targets stand in the
    log the fit is made without them and stored apart: conversations may use a fit that saw them, this may not.
    Raises as `evaluate` and as opening a workspace does.
    """
    setup = Setup.of(workspace)
    key = setup.key(pairs)
    if not load_weights(workspace.memory, key).users:
        fitted = fit_weights(lambda index: setup.pipeline(index, key), setup.store, pairs, progress)
        if fitted:
            for one_key in {key, setup.latest_key()} if key == setup.key() else {key}:
                save_weights(workspace.memory, one_key, fitted.weights)
    return evaluate(lambda index: setup.pipeline(index, key), setup.store, pairs, peers, progress)
