"""Fit a workspace to its own log: choose the behaviour tower, then weigh retrieval features and language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..agent.indexing import open_embedder
from ..agent.ranking import RankingWeights
from ..agent.weights import save_weights
from ..agent.workspace import Workspace
from .evaluation import Progress
from .fitting import ENOUGH, fit_weights
from .holdout import IndexStore
from .served import Served
from .tower_choice import TowerReport, choose_tower


@dataclass(frozen=True, slots=True)
class FitReport:
    """What was fitted. Both are None when fewer than 500 users have three choices: the shipped settings serve."""

    tower: TowerReport | None
    weights: RankingWeights | None
    enough: int = ENOUGH


def fit(workspace: Workspace, withheld: Mapping[str, str], minutes: float | None, progress: Progress) -> FitReport:
    """Choose the tower and fit the weights on each user's last choice; serve with them from now on.

    `withheld` (user -> test item) is kept out of all of it, so that it can test what comes out. `minutes` bounds the
    training of the tower. Raises as opening a workspace does.
    """
    store = IndexStore(workspace.memory, workspace.index, open_embedder())
    tower = choose_tower(store, withheld, minutes, progress)
    if tower is None:
        return FitReport(None, None)
    served = Served.of(workspace)
    key = served.key()
    weights = fit_weights(lambda index: served.engine(index, key), served.store, withheld, progress)
    if weights:
        for each in {key, served.key(withheld), served.latest_key()}:
            save_weights(workspace.memory, each, weights)
    return FitReport(tower, weights)
