"""Behaviour towers: item vectors for the vector store, and a user's vector from what they chose lately.

A tower answers by inner product, and a user's vector is computed when it is asked for, so that a new event moves the
next answer with no training. Which tower serves a catalogue is decided by recall on validation events (see
`finetune.fitting.tower_choice`); until then the co-visitation factors do, which take seconds and no tuning.
Knows item positions; knows no ids, users or events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackError, svds
from sklearn.utils.extmath import randomized_svd

from .covisitation import DISCOUNT, HISTORY, Covisitation
from .sequence_tower import WEIGHTS, SequenceTower

Floats = NDArray[np.float32]

DIMENSIONS = 256


class Tower(Protocol):
    """Implementations are immutable and safe to call from several threads."""

    name: ClassVar[str]

    @property
    def targets(self) -> Floats:
        """What candidates answer with, shape (items, d); an item that was never chosen may have zeros."""
        ...

    def query(self, history: Sequence[int], weights: Floats) -> Floats:
        """The user's vector, shape (d,), zeros for an empty history. `history` are chosen items, oldest first,
        `weights` their interest weights >= 0 after decay by position, 0 for a choice that was regretted."""
        ...

    def feature(self, scores: Floats) -> Floats:
        """Inner products of a pool on a scale that means the same for every user, best about 1 or 0."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `load` of the same class reads, items in their order."""
        ...


@dataclass(frozen=True, slots=True)
class TowerChoice:
    """Which tower an index is to have. `trained` is the folder of the network, for the transformer."""

    name: str = "factors"
    trained: Path | None = None

    @property
    def fingerprint(self) -> str:
        """Changes when the tower would."""
        content = (self.trained / WEIGHTS).read_bytes() if self.trained else b""
        return f"{self.name} {hashlib.sha256(content).hexdigest()}"

    def build(self, covisitation: Covisitation, ids: Sequence[str], text: Floats) -> Tower:
        """The tower for items in this order, with their text vectors. Raises ValueError for an unknown name."""
        if self.trained:
            return SequenceTower.load(self.trained, ids, text)
        if self.name not in (FactorTower.name, DecayTower.name):
            raise ValueError(f"there is no tower {self.name!r}: factors, decay or a trained transformer")
        return FactorTower.fit(covisitation) if self.name == FactorTower.name else DecayTower.fit(covisitation)


@dataclass(frozen=True, slots=True)
class FactorTower:
    """Truncated SVD of log(1 + 10 x), x being co-visitation strengths discounted by popularity on both sides.

    A directed matrix has two vectors per item: `sources` (what an item in a history asks for) stay in the index
    folder, `targets` (what a candidate answers) go to the vector store. A user is the weighted sum of their sources.
    """

    name: ClassVar[str] = "factors"
    sources: Floats
    targets: Floats

    @classmethod
    def fit(cls, covisitation: Covisitation, dimensions: int = DIMENSIONS) -> FactorTower:
        """Factorise. With no strengths at all, the vectors are zero."""
        discount: sp.dia_matrix = sp.diags(np.maximum(covisitation.counts, 1.0) ** -DISCOUNT)
        return cls(*_factorise((discount @ covisitation.strengths).tocsr(), dimensions))

    def query(self, history: Sequence[int], weights: Floats) -> Floats:
        """See `Tower`."""
        return np.asarray(weights[-HISTORY:] @ self.sources[list(history[-HISTORY:])], np.float32)

    def feature(self, scores: Floats) -> Floats:
        """Divided by the largest magnitude: sums over histories of any length become comparable."""
        return relative(scores)

    def save(self, folder: Path) -> None:
        """See `Tower`."""
        np.savez(folder / "factors.npz", sources=self.sources, targets=self.targets)

    @classmethod
    def load(cls, folder: Path) -> FactorTower:
        """Read what `save` wrote."""
        with np.load(folder / "factors.npz") as factors:
            return cls(factors["sources"], factors["targets"])


@dataclass(frozen=True, slots=True)
class DecayTower:
    """One vector per item, for asking and answering alike: a user is the weighted sum of what they chose.

    The vectors are the leading eigenvectors of the symmetrised matrix that `FactorTower` factorises. Smaller than
    the two-sided factors and blind to direction.
    """

    name: ClassVar[str] = "decay"
    targets: Floats

    @classmethod
    def fit(cls, covisitation: Covisitation, dimensions: int = DIMENSIONS) -> DecayTower:
        """Factorise the mean of the matrix and its transpose."""
        discount: sp.dia_matrix = sp.diags(np.maximum(covisitation.counts, 1.0) ** -DISCOUNT)
        strengths = (discount @ covisitation.strengths).tocsr()
        return cls(_factorise(((strengths + strengths.T) / 2).tocsr(), dimensions)[1])

    def query(self, history: Sequence[int], weights: Floats) -> Floats:
        """See `Tower`."""
        return np.asarray(weights[-HISTORY:] @ self.targets[list(history[-HISTORY:])], np.float32)

    def feature(self, scores: Floats) -> Floats:
        """As for `FactorTower`."""
        return relative(scores)

    def save(self, folder: Path) -> None:
        """See `Tower`."""
        np.save(folder / "vectors.npy", self.targets)

    @classmethod
    def load(cls, folder: Path) -> DecayTower:
        """Read what `save` wrote."""
        return cls(np.load(folder / "vectors.npy"))


def load_tower(folder: Path) -> Tower:
    """Whichever tower was saved in the folder."""
    if (folder / WEIGHTS).exists():
        return SequenceTower.load(folder)
    return FactorTower.load(folder) if (folder / "factors.npz").exists() else DecayTower.load(folder)


def relative(values: Floats) -> Floats:
    """Values divided by the largest magnitude among them, so within -1..1; zeros where all are zero."""
    largest = float(np.abs(values).max(initial=0.0))
    return values / largest if largest > 0 else np.zeros_like(values)


def _factorise(strengths: sp.csr_matrix, dimensions: int) -> tuple[Floats, Floats]:
    items = strengths.shape[0]
    rank = min(dimensions, items - 1)
    if rank < 1 or strengths.nnz == 0:
        return np.zeros((items, max(rank, 1)), np.float32), np.zeros((items, max(rank, 1)), np.float32)
    scaled = strengths.astype(np.float64)
    scaled.data = np.log1p(10 * scaled.data)
    left, singular, right = _leading(scaled, rank)
    root = np.sqrt(np.maximum(singular, 0))
    # Rounding leaves a whisper in rows that are zero, and features are relative: a whisper alone would be heard.
    asking, answering = np.diff(scaled.indptr) > 0, np.diff(scaled.tocsc().indptr) > 0
    sources, targets = (left * root) * asking[:, None], (right.T * root) * answering[:, None]
    return sources.astype(np.float32), targets.astype(np.float32)


def _leading(matrix: sp.csr_matrix, rank: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Singular vectors and values of the `rank` largest, the same from run to run."""
    start = np.random.default_rng(0).normal(size=matrix.shape[0])  # ARPACK draws its own from an unseeded stream
    try:
        left, singular, right = svds(matrix, k=rank, v0=start)
    except ArpackError:  # many equal singular values, as of a log that falls into like groups, are too much for it
        left, singular, right = randomized_svd(matrix, rank, random_state=0)
    return np.asarray(left, np.float64), np.asarray(singular, np.float64), np.asarray(right, np.float64)
