"""Fit a workspace to its own log: the behaviour tower, the weights of features and model, the strength of interest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...agent.ranking.strength import calibration_key, save_calibration
from ...agent.workspace import Workspace
from ...prompts.library import PromptLibrary
from ..evaluation.evaluation import Progress
from ..evaluation.holdout import IndexStore
from ..evaluation.setup import Setup
from .calibration import StrengthReport, assess_strength
from .fitting import ENOUGH, FittedWeights, fit_weights
from .tower_choice import TowerReport, choose_tower


@dataclass(frozen=True, slots=True)
class FitReport:
    """What was fitted. Tower and weights are None when fewer than 500 users have three choices, `strength` when there
    are too few ratings or likes: then the shipped settings serve."""

    tower: TowerReport | None
    weights: FittedWeights | None
    strength: StrengthReport | None
    enough: int = ENOUGH


def fit(workspace: Workspace, withheld: Mapping[str, str], minutes: float | None, progress: Progress) -> FitReport:
    """Choose the tower and fit the weights on each user's last choice; serve with them from now on.

    `withheld` (user -> test item) is kept out of all of it, so that it can test what comes out. `minutes` bounds the
    training of the tower. Raises as opening a workspace does.
    """
    store = IndexStore.of(workspace)
    tower = choose_tower(store, withheld, minutes, progress)
    setup = Setup.of(workspace)
    key = setup.key()
    weights = None
    if tower:
        weights = fit_weights(lambda index: setup.pipeline(index, key), setup.store, withheld, progress)
    if weights:
        setup.keep(weights.weights, withheld)
    return FitReport(tower, weights, _calibrate(setup, withheld, progress))


def _calibrate(setup: Setup, withheld: Mapping[str, str], progress: Progress) -> StrengthReport | None:
    """Fit `Recommender.interest`; its features and the model's answer are those of the prompt `rank`."""
    config, memory = setup.workspace.config, setup.workspace.memory
    asking = replace(setup, prompt=PromptLibrary(setup.workspace.folder).get("rank"))
    key = asking.key()
    report = assess_strength(lambda index: asking.pipeline(index, key), setup.store, withheld, config, progress)
    if report:
        key = calibration_key(asking.prompt, setup.lm.card, setup.store.encoder.identity)
        save_calibration(memory, key, report.calibration)
    return report
