"""The baselines of the field table: trained on Sommelier's own log, with settings chosen on validation users.

Chosen means: trained without the last choice of up to 2,000 users, NDCG@10 on those, the best setting of a small grid;
then trained once more on the whole log. Test users' targets are in neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

from field_ease import fit_ease
from field_implicit import fit_als, fit_bpr, fit_item_knn
from field_log import Log, Matrix, Scorer, best_lists, ranks_of
from sommelier.finetune.evaluation.metrics import ndcg

Setting: TypeAlias = "Mapping[str, float]"

VALIDATION_USERS = 2000


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model family with its grid. `fit(matrix, setting)` trains it."""

    name: str
    fit: Callable[[Matrix, Setting], Scorer]
    grid: Mapping[str, Sequence[float]]

    def settings(self) -> list[Setting]:
        """Every combination of the grid."""
        return [dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values())]


@dataclass(frozen=True, slots=True)
class Trained:
    """A baseline's lists for the test users (user -> item ids, best first), the setting that was chosen, NDCG@10 of all
    settings on validation users, and the processor seconds that choosing and training took."""

    name: str
    setting: Setting
    tried: Sequence[tuple[Setting, float]]
    lists: Mapping[str, Sequence[str]] = field(repr=False)
    seconds: float = 0.0


BASELINES = (
    Baseline("item-kNN", fit_item_knn, {"bm25": (0, 1), "neighbours": (20, 100, 500)}),
    Baseline("ALS", fit_als, {"factors": (64, 128), "regularization": (0.01, 1.0), "alpha": (1, 10)}),
    Baseline("BPR", fit_bpr, {"factors": (64, 128), "learning_rate": (0.02, 0.1), "regularization": (0.002, 0.02)}),
    Baseline("EASE", fit_ease, {"l": (10, 100, 1000)}),
)


def train(baseline: Baseline, log: Log, test: Mapping[str, str], users: int = VALIDATION_USERS) -> Trained:
    """Choose a setting, train on the whole log and list items for the test users (user -> target).

    Users or targets that are not in the log are left out: they have no list, which counts as a miss.
    """
    began = time.process_time()
    blind, targets = log.without_last(users)
    matrix, tried = blind.matrix(), []
    for setting in baseline.settings():
        lists = best_lists(baseline.fit(matrix, setting), blind, targets)
        tried.append((setting, float(ndcg(ranks_of(lists, targets)).mean())))
    setting = max(tried, key=lambda each: each[1])[0]
    asked = _rows(log, test)
    lists = best_lists(baseline.fit(log.matrix(), setting), log, asked)
    named = {log.users[row]: [log.items[at] for at in best] for row, best in lists.items()}
    return Trained(baseline.name, setting, tried, named, time.process_time() - began)


def _rows(log: Log, test: Mapping[str, str]) -> dict[int, int]:
    position = {item: at for at, item in enumerate(log.items)}
    return {row: position[test[user]] for row, user in enumerate(log.users) if test.get(user) in position}
