"""Which tokens may come next while a model writes labels in an order of its own: each once, and nothing else.

Knows token ids; knows nothing about models, or about what the labels stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


class LabelOrder:
    """An order in the making. Every path through it ends in a permutation of the labels."""

    def __init__(self, labels: Sequence[tuple[int, ...]], separator: tuple[int, ...]) -> None:
        """`labels` are token ids, `separator` stands between two of them.

        Raises ValueError when a label is empty or begins with another one: it could never be told where it ends.
        """
        if not all(labels) or any(longer[: len(label)] == label for label, longer in pairwise(sorted(labels))):
            raise ValueError("Labels must not be empty, and none may begin with another: use labels of one length.")
        self._labels = labels
        self._separator = separator
        self._written: tuple[int, ...] = ()
        self._chosen: list[int] = []
        self._unused = list(range(len(labels)))

    @property
    def chosen(self) -> list[int]:
        """Labels written so far, by place, then the others as they were given."""
        return [*self._chosen, *self._unused]

    def allowed(self) -> list[int]:
        """Tokens that may come next, the first label's first; empty when there is nothing left to choose."""
        if len(self._unused) < 2:
            return []
        at = len(self._written)
        return list(dict.fromkeys(self._labels[each][at] for each in self._open()))

    def take(self, token: int) -> list[int]:
        """Write one of the allowed tokens; returns it with those that must follow it, up to the next choice."""
        self._written += (token,)
        forced = [token]
        while self._written not in self._labels:
            following = {self._labels[each][len(self._written)] for each in self._open()}
            if len(following) > 1:
                return forced
            self._written += tuple(following)
            forced += following
        label = self._labels.index(self._written)
        self._unused.remove(label)
        self._chosen.append(label)
        self._written = ()
        return [*forced, *self._separator]

    def _open(self) -> list[int]:
        at = len(self._written)
        return [each for each in self._unused if self._labels[each][:at] == self._written]
