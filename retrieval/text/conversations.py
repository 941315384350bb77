"""What people took after saying what: an item's direction in the text space of requests, learned from conversations.

A ridge regression from the vector of what was said to what was taken, in its closed form: with V (conversations, d) and
T (conversations, items) the directions are W = T' V (V' V + RIDGE)^-1, and W q estimates how often each item is taken
in a conversation that reads like q. A few conversations say little, since the ridge holds them down.
Knows vectors and positions of items; knows neither people nor any database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RIDGE = 1.0
FILE = "conversations.npy"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What somebody asked for in their own words, and the ids of the items that they named as liked or chose then."""

    text: str
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Conversations:
    """`directions` has shape (items, d), or (0, 0) where nothing was ever said."""

    directions: Floats

    @classmethod
    def fit(cls, said: Floats, taken: Sequence[Sequence[int]], items: int) -> Conversations:
        """From unit vectors of what was said, shape (conversations, d), and the positions of what was taken in each."""
        if not len(said):
            return cls(np.zeros((0, 0), np.float32))
        rows = np.repeat(np.arange(len(taken)), [len(each) for each in taken])
        columns = np.array([item for each in taken for item in each], np.int64)
        chosen: sp.csr_matrix = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(taken), items))
        inner = said.T @ said + RIDGE * np.eye(said.shape[1], dtype=np.float32)
        return cls(np.asarray(chosen.T @ np.linalg.solve(inner, said.T).T, np.float32))

    def score(self, vector: Floats) -> Floats | None:
        """How often each item is taken in a conversation that reads so, shape (items,); None where nobody spoke."""
        return np.asarray(self.directions @ vector, np.float32) if len(self.directions) else None

    def save(self, folder: Path) -> None:
        """Write a file into `folder`."""
        np.save(folder / FILE, self.directions)

    @classmethod
    def load(cls, folder: Path) -> Conversations:
        """Read what `save` wrote; an index of before it has learned nothing."""
        path = folder / FILE
        return cls(np.load(path, mmap_mode="r") if path.exists() else np.zeros((0, 0), np.float32))


def known_of(conversations: Sequence[Conversation], position: Mapping[str, int]) -> list[tuple[str, list[int]]]:
    """Text and positions of each, without items that are not in `position` and without what leaves none."""
    found = ((each.text, sorted({position[item] for item in each.items if item in position})) for each in conversations)
    return [(text, items) for text, items in found if text and items]


def fingerprint(conversations: Sequence[tuple[str, Sequence[int]]]) -> str:
    """Hash of all that `known_of` gives."""
    return hashlib.sha256(
        repr([(text, list(items)) for text, items in conversations]).encode("utf-8", "replace")
    ).hexdigest()
