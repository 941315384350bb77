"""The log that the baselines of the field table learn from, and how a list of theirs is judged.

It is the very log that Sommelier has: the same events count as choices, and what is held back from the one is held
back from the others. Knows nothing of any model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sommelier.agent.memory.memory import Memory
from sommelier.finetune.evaluation.evaluation import DEPTH
from sommelier.finetune.evaluation.metrics import Ranks
from sommelier.retrieval.event_kinds import chosen

Floats = NDArray[np.float32]
Matrix: TypeAlias = "sp.csr_matrix"
Scorer: TypeAlias = Callable[[Sequence[int]], Floats]
"""Scores of every item for some rows of the matrix that a model was trained on, shape (rows, items)."""

TOGETHER = 256
"""Users who are scored in one call."""
SHORTEST = 3
"""A user needs so many choices for the last one to be predicted."""


@dataclass(frozen=True, slots=True)
class Log:
    """Choices per user, as positions in `items`, oldest first. Rows of the matrix are users in the order of `users`."""

    items: Sequence[str]
    users: Sequence[str]
    histories: Sequence[Sequence[int]]

    @classmethod
    def of(cls, memory: Memory, held_back: Mapping[str, int]) -> Log:
        """All choices in the database but each user's newest `held_back[user]` events."""
        items = sorted(memory.catalogue.item_ids())
        position = {item: at for at, item in enumerate(items)}
        users, histories = [], []
        for user, log in groupby(memory.events.all(), key=lambda event: event.user):
            events = list(log)
            known = chosen(events[: len(events) - held_back.get(user, 0)])
            users.append(user)
            histories.append([position[item] for item in known if item in position])
        return cls(items, users, histories)

    def matrix(self) -> Matrix:
        """Users against items, 1 where a user chose an item, float32."""
        rows = np.repeat(np.arange(len(self.histories)), [len(each) for each in self.histories])
        columns = np.array([item for history in self.histories for item in history], np.int32)
        shape = (len(self.histories), len(self.items))
        matrix: Matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
        matrix.data = np.minimum(matrix.data, 1.0)
        return matrix

    def without_last(self, users: int, seed: int = 0) -> tuple[Log, dict[int, int]]:
        """The log without the last choice of up to `users` users, and that choice by row: what settings are chosen
        on. An item chosen before does not count as a last choice, since a list leaves it out."""
        able = [row for row, each in enumerate(self.histories) if len(each) >= SHORTEST and each[-1] not in each[:-1]]
        targets = {row: self.histories[row][-1] for row in random.Random(seed).sample(able, min(users, len(able)))}
        kept = [each[:-1] if row in targets else each for row, each in enumerate(self.histories)]
        return Log(self.items, self.users, kept), targets


def best_lists(score: Scorer, log: Log, targets: Mapping[int, int]) -> dict[int, list[int]]:
    """For each row of `targets`, the best items that the user has not chosen yet, best first, no more than `DEPTH`.

    Ties count against the system: the target comes after everything that scores as well.
    """
    lists, rows = {}, list(targets)
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        for row, scores in zip(some, score(some), strict=True):
            lists[row] = _best(scores, log.histories[row], targets[row])
    return lists


def ranks_of(lists: Mapping[int, Sequence[int]], targets: Mapping[int, int]) -> Ranks:
    """Rank of each row's target, infinite where it is not listed."""
    found = ((lists[row], target) for row, target in targets.items())
    return np.array([each.index(target) + 1.0 if target in each else np.inf for each, target in found])


def _best(scores: Floats, consumed: Sequence[int], target: int) -> list[int]:
    open_scores = scores.astype(np.float64)
    open_scores[target] = np.nextafter(open_scores[target], -np.inf)
    open_scores[list(consumed)] = -np.inf
    depth = min(DEPTH, len(scores) - 1)
    head = np.argpartition(-open_scores, depth)[: depth + 1]  # one more, so that a tie at the edge is in view
    ordered = head[np.argsort(-open_scores[head], kind="stable")][:DEPTH]
    return [int(at) for at in ordered if np.isfinite(open_scores[at])]
