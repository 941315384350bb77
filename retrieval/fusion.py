"""How the parts of a retrieval score are weighed. Knows feature names and numbers, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", float, NDArray[np.float64])

FEATURES = (
    "covisitation", "behaviour", "facets", "text", "nearest", "summary", "popularity", "recency", "attributes",
    "context", "request", "words", "values", "conversations",
)  # fmt: skip
"""covisitation: exact strength, divided by the largest in the pool. behaviour: the tower's score, as it scales it.
facets: interests met, divided likewise. text, summary, request: cosine of text vectors with the mean of the history,
with the summary, with the request. nearest: the highest cosine with one of the ten newest history items, to the fourth
power. popularity: log(1 + count) / log(1 + highest count). recency, attributes, context: whether the item is chosen
more than usual of late, by people with the user's attributes, in the request's context: -1..1, see `trends`.
words: share of the request's words found, by rarity. values: the same of the
catalogue's values that the request says, a genre or a person. conversations: how often the item is taken in
conversations that read so, see `text.conversations`."""

SHARPNESS = 4.0
"""Retrieval scores are of order one; a softmax over them needs this factor to be able to prefer one item clearly."""

VERSION = "2"
"""Part of every fit's key: raise it when a feature changes meaning."""

WITHOUT_REQUEST = {
    "covisitation": 1.0,
    "behaviour": 1.0,
    "facets": 0.15,
    "text": 0.3,
    "summary": 0.1,
    "popularity": 0.1,
    "attributes": 0.05,
    "context": 0.05,
}
WITH_REQUEST = {
    "covisitation": 0.3, "behaviour": 0.3, "facets": 0.15, "text": 0.15, "summary": 0.05, "popularity": 0.1,
    "attributes": 0.05, "context": 0.05, "request": 3.0, "words": 3.0,
}  # fmt: skip

IN_CONVERSATION = {
    "covisitation": 0.02, "behaviour": 0.3, "facets": 1.2, "text": 0.3, "popularity": 0.75, "attributes": 0.05,
    "context": 0.05, "request": 0.8, "words": 0.5, "values": 0.45, "conversations": 1.6,
}  # fmt: skip
"""Where much was said and items were named, many words are no wish, and what the named ones have in common says more.
Fitted on the turns of ReDial's validation dialogues, see docs/benchmarks.md."""
FEW_WORDS, MANY_WORDS = 6, 24
"""A request of so few words is none but itself, one of so many a conversation."""
MANY_NAMED = 2
"""So many items named are a conversation too."""

SEQUENTIAL = "transformer"
LOGITS_WITHOUT_REQUEST = {"behaviour": 3.0, "popularity": 0.0}
LOGITS_WITH_REQUEST = {"behaviour": 1.0, "popularity": 0.0}
LOGITS_IN_CONVERSATION = {"behaviour": 1.0, "popularity": 0.3}
"""The tower that answers in log-probabilities is on another scale, and knows popularity already. For conversations its
weights are a guess between the other two: no log with both such a tower and conversations was there to fit on."""


def told(request: str, named: int) -> float:
    """How much of a conversation a request is, 0..1: by its words, and by how many items were named as liked."""
    words = (len(request.split()) - FEW_WORDS) / (MANY_WORDS - FEW_WORDS)
    return min(1.0, max(0.0, words) + named / MANY_NAMED)


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """Weights b of the retrieval features, separately for turns without a request, with a short one, and for whole
    conversations; what lies between the last two has weights between theirs."""

    without_request: Mapping[str, float] = field(default_factory=lambda: dict(WITHOUT_REQUEST))
    with_request: Mapping[str, float] = field(default_factory=lambda: dict(WITH_REQUEST))
    in_conversation: Mapping[str, float] = field(default_factory=lambda: dict(IN_CONVERSATION))

    @classmethod
    def shipped(cls, tower: str) -> FusionWeights:
        """What serves before a fit over an index with this tower (see `towers`)."""
        if tower != SEQUENTIAL:
            return cls()
        return cls(
            WITHOUT_REQUEST | LOGITS_WITHOUT_REQUEST, WITH_REQUEST | LOGITS_WITH_REQUEST,
            IN_CONVERSATION | LOGITS_IN_CONVERSATION,
        )  # fmt: skip

    def of(self, has_request: bool, told: float = 0.0) -> Mapping[str, float]:
        """The weights of such a turn; `told` says how much of a conversation it is, see `told`."""
        if not has_request or not told:
            return self.with_request if has_request else self.without_request
        short, whole = self.with_request, self.in_conversation
        return {name: (1 - told) * short.get(name, 0.0) + told * whole.get(name, 0.0) for name in {**short, **whole}}

    def parts(self, features: Mapping[str, Value], has_request: bool, told: float = 0.0) -> dict[str, Value]:
        """Each feature's share of the score, of one item or, in arrays, of many; they sum to it."""
        weights = self.of(has_request, told)
        return {name: weights.get(name, 0.0) * value for name, value in features.items() if weights.get(name)}
