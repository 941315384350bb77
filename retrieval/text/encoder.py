"""Text vectors: the protocol that every encoder follows. Knows texts and vectors; knows nothing about items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with (done, total)."""


class TextEncoder(Protocol):
    """Makes texts comparable by cosine. Safe to call from several threads; any text is accepted, the empty one too."""

    @property
    def name(self) -> str:
        """For people: "bundled", a folder or a hub id."""
        ...

    @property
    def identity(self) -> str:
        """For caches and indexes: two encoders with one identity make the same vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1, shape (texts, dimensions), of what is searched: texts about items."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """The same of what is searched for; some encoders read a request otherwise than an answer to it."""
        ...
