"""What people do after what: directed co-visitation strengths.

Knows item positions (0..n-1) and who consumed what in which order; knows no ids, titles or events.

Strength of i -> j: the sum over users of 1/sqrt(d) for j consumed d <= 10 steps after i, plus half of that for
j consumed before i, times popularity(j)^-0.3. A user's score is the sum over their history, newest first,
decayed by 0.8 per step. The strengths are exact: they order the pool and are the evidence (vectors that find the
pool are made of them or of the log in `towers`).
Window, weights and decay were chosen on validation events, see docs/experiments.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

WINDOW = 10
BACKWARD = 0.5
DISCOUNT = 0.3
DECAY = 0.8
HISTORY = 50
"""Only this many of the newest items of a history are asked about: 0.8^50 is nothing."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sequences:
    """The consumption log as two arrays of the same length, grouped by user and oldest first within a user."""

    users: NDArray[np.int32]
    items: NDArray[np.int32]

    @classmethod
    def of(cls, histories: Iterable[Sequence[int]]) -> Sequences:
        """From item positions per user, oldest first. Immediate repetitions of an item count once."""
        users: list[int] = []
        items: list[int] = []
        for user, history in enumerate(histories):
            kept = [item for at, item in enumerate(history) if at == 0 or item != history[at - 1]]
            items += kept
            users += [user] * len(kept)
        return cls(np.array(users, np.int32), np.array(items, np.int32))


@dataclass(frozen=True, slots=True)
class Covisitation:
    """Fitted strengths (n x n, CSR) and consumption counts (n)."""

    strengths: sp.csr_matrix
    counts: NDArray[np.int64]

    @classmethod
    def fit(cls, log: Sequences, items: int) -> Covisitation:
        """Count. `items` is n. With an empty log all strengths are zero."""
        counts = np.bincount(log.items, minlength=items)
        pairs = _count_pairs(log, items)
        discount: sp.dia_matrix = sp.diags(np.maximum(counts, 1.0) ** -DISCOUNT)
        return cls((pairs @ discount).tocsr().astype(np.float32), counts)

    def score(self, history: Sequence[int], weights: Floats) -> Floats:
        """Exact strengths from a history to every item, shape (n,)."""
        rows = self.strengths[list(history)]
        return np.asarray(rows.T @ weights, np.float32).ravel()

    def contributions(self, history: Sequence[int], weights: Floats, candidates: Sequence[int]) -> Floats:
        """How much each history item gives each candidate, shape (len(history), len(candidates))."""
        block = self.strengths[list(history)][:, list(candidates)].toarray()
        return np.asarray(weights[:, None] * block, np.float32)

    def save(self, folder: Path) -> None:
        """Write two files into `folder`."""
        sp.save_npz(folder / "strengths.npz", self.strengths, compressed=False)
        np.save(folder / "counts.npy", self.counts)

    @classmethod
    def load(cls, folder: Path) -> Covisitation:
        """Read what `save` wrote."""
        return cls(sp.csr_matrix(sp.load_npz(folder / "strengths.npz")), np.load(folder / "counts.npy"))


def decayed(weights: Sequence[float]) -> Floats:
    """Interest weights of a history (oldest first) after decay by position, shape (len(weights),)."""
    age = np.arange(len(weights))[::-1]
    return np.asarray(np.asarray(weights) * DECAY**age, np.float32)


def _count_pairs(log: Sequences, items: int) -> sp.csr_matrix:
    forward: sp.csr_matrix = sp.csr_matrix((items, items), dtype=np.float64)
    for distance in range(1, WINDOW + 1):
        same_user = log.users[:-distance] == log.users[distance:]
        before, after = log.items[:-distance][same_user], log.items[distance:][same_user]
        weight = np.full(len(before), distance**-0.5)
        forward = forward + sp.csr_matrix((weight, (before, after)), shape=(items, items))
    return _without_diagonal(sp.csr_matrix(forward + BACKWARD * forward.T))


def _without_diagonal(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix = (matrix - sp.diags(matrix.diagonal())).tocsr()
    matrix.eliminate_zeros()
    return matrix
