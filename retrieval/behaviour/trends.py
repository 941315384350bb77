"""What the log says about an item beyond who chose what after what: for whom, in which situation, and how lately.

Fitted when the index is built and saved in its folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .affinity import Affinity, log_lift
from .past import Log

Floats = NDArray[np.float32]

NEWEST = 0.999
"""Quantile of the times that counts as now."""
HALF_LIFE = 30.0
"""Days, counted back from the newest choice in the log, after which a choice counts half as recent."""


@dataclass(frozen=True, slots=True)
class Trends:
    """`attributes` of people, `context` of choices, and `recency` of shape (items,), -1..1."""

    attributes: Affinity
    context: Affinity
    recency: Floats

    @classmethod
    def fit(cls, log: Log, items: int) -> Trends:
        """Count. `items` is how many there are."""
        return cls(
            Affinity.fit(log.people, log.users, log.users, log.items, items),
            Affinity.fit(log.contexts, log.situations, log.users, log.items, items),
            recency(log.days, log.items, items),
        )

    def save(self, folder: Path) -> None:
        """Write five files into `folder`."""
        self.attributes.save(folder, "attributes")
        self.context.save(folder, "context")
        np.save(folder / "recency.npy", self.recency)

    @classmethod
    def load(cls, folder: Path) -> Trends:
        """Read what `save` wrote."""
        return cls(Affinity.load(folder, "attributes"), Affinity.load(folder, "context"),
                   np.load(folder / "recency.npy"))  # fmt: skip


def recency(days: NDArray[np.float64], items: NDArray[np.int32], count: int) -> Floats:
    """Whether each of `count` items is chosen more of late than it was all along, -1..1: tanh(lift / 2) of its
    time-decayed choices against all of them (see `affinity`). Choices without a time count nowhere."""
    dated = ~np.isnan(days)
    if not dated.any():
        return np.zeros(count, np.float32)
    newest = np.quantile(days[dated], NEWEST, method="lower")  # one date in the future must not make all else old
    ages = np.maximum(newest - days[dated], 0.0)
    lately = np.bincount(items[dated], np.exp2(-ages / HALF_LIFE), minlength=count)
    ever = np.bincount(items[dated], minlength=count)
    return np.tanh(log_lift(lately.astype(np.float32), ever.astype(np.float32)) / 2)
