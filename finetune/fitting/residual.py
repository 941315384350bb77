"""Fit the ranking weights on validation events: b for the retrieval features, then (a, c) >= 0 for the language model.

Both minimise the listwise softmax loss, the mean over users of -log softmax(scores)[target], with L-BFGS-B. Whether a
fit is kept, and what it is worth, is judged on users that it has not seen: each half is ranked by a fit on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ...agent.ranking.ranking import LMWeights
from ...retrieval.fusion import SHARPNESS
from ..evaluation.metrics import Ranks, ndcg, paired_interval

Floats = NDArray[np.float64]

RIDGE = 1e-3
"""Pull towards the starting weights, so that a feature that says nothing keeps its place."""
ALONE = np.array([1.0, 0.0, 0.0])
"""The retrieval score without the model."""
UNHEARD: LMWeights = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Choice:
    """One user's choice: `features` (items, features), the `target` row, and the LM's `votes` (items, 2)."""

    features: Floats
    target: int
    votes: Floats | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """Mean NDCG@10 over `users` before and after a fit, each half of them ranked by a fit on the other half, and the
    paired 95% interval of the difference: (low, mean, high)."""

    users: int
    before: float
    after: float
    interval: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Stack:
    """Choices laid end to end: `features` (rows, features), where each user's rows begin, and each target's row."""

    features: Floats
    starts: NDArray[np.int64]
    targets: NDArray[np.int64]

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> _Stack:
        starts = np.cumsum([0, *(len(choice.features) for choice in choices[:-1])])
        return cls(np.vstack([choice.features for choice in choices]), starts,
                   starts + np.array([choice.target for choice in choices]))  # fmt: skip

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Mean of -log softmax(logits)[target] over users, and its gradient."""
        logits = SHARPNESS * (self.features @ weights)
        shifted = np.exp(logits - self.spread(np.maximum.reduceat(logits, self.starts)))
        share = shifted / self.spread(np.add.reduceat(shifted, self.starts))
        users = len(self.targets)
        value = -float(np.log(share[self.targets] + 1e-12).mean())
        return value, SHARPNESS * (share @ self.features - self.features[self.targets].sum(0)) / users

    def ranks(self, weights: Floats) -> Ranks:
        """Rank of each user's target, ties against it."""
        scores = self.features @ weights
        above = ~(scores < self.spread(scores[self.targets]))  # what is no number ranks nobody's target first
        return np.add.reduceat(above.astype(np.float64), self.starts)

    def spread(self, values: Floats) -> Floats:
        """One value per user, repeated for each of the user's rows."""
        return np.repeat(values, np.diff(self.starts, append=len(self.features)))


def fit_features(choices: Sequence[Choice], start: Floats, users: int | None = None) -> tuple[Floats, Gain]:
    """Weights >= 0, shape (features,), and what fitting is worth; `start` itself where it ranks unseen users worse.

    `users` counts those too whose target is not among the candidates (default: none): they gain nothing, and lower
    both means.
    """
    gain = _gain(choices, start, users, RIDGE)
    if len(choices) < 2 or gain.after < gain.before:
        return start, gain
    return _minimise(choices, start), gain


def fit_lm(choices: Sequence[Choice], weights: Floats, users: int | None = None) -> tuple[LMWeights, Gain]:
    """The weights (a, c) of the LM beside fixed feature weights, and what they are worth; zeros unless they help users
    that the fit has not seen, with an interval above zero. Choices without votes are left out."""
    judged = _beside(choices, weights)
    gain = _gain(judged, ALONE, users, 0.0)
    if not judged or gain.interval[0] <= 0:
        return UNHEARD, gain
    retrieval, known, unknown = map(float, _minimise(judged, ALONE, ridge=0.0))
    return ((known / retrieval, unknown / retrieval) if retrieval > 0 else UNHEARD), gain


def fused_by_others(choices: Sequence[Choice], weights: Floats, half: int | None = None) -> tuple[Floats, Floats]:
    """NDCG@10 of each choice by the retrieval score, and with the LM beside it, whose weights for each half of the
    choices are fitted on the other half. The first half are `half` choices (default: half of them); one person's belong
    on one side. Every choice must have votes; one half alone is fused with nothing."""
    return _crosswise(_beside(choices, weights), ALONE, len(choices), 0.0, half)


def _gain(choices: Sequence[Choice], start: Floats, users: int | None, ridge: float) -> Gain:
    users = len(choices) if users is None else users
    if not users:
        return Gain(0, 0.0, 0.0, (0.0, 0.0, 0.0))
    before, after = _crosswise(choices, start, users, ridge)
    return Gain(users, float(before.mean()), float(after.mean()), paired_interval(after, before))


def _crosswise(
    choices: Sequence[Choice], start: Floats, users: int, ridge: float, half: int | None = None
) -> tuple[Floats, Floats]:
    """NDCG@10 by the weights to start from and by those that the other half fits, zeros for users without a choice."""
    before, after = np.zeros(users), np.zeros(users)
    half = len(choices) // 2 if half is None else half
    places = (slice(half), slice(half, len(choices)))
    for place, others in zip(places, reversed(places), strict=True) if half else ():
        stack = _Stack.of(choices[place])
        before[place] = ndcg(stack.ranks(start))
        after[place] = ndcg(stack.ranks(_minimise(choices[others], start, ridge)))
    return before, after


def _beside(choices: Sequence[Choice], weights: Floats) -> list[Choice]:
    """Choices by the retrieval score and the model's votes, where there are any."""
    return [Choice(np.column_stack([choice.features @ weights, choice.votes]), choice.target)
            for choice in choices if choice.votes is not None]  # fmt: skip


def _minimise(choices: Sequence[Choice], start: Floats, ridge: float = RIDGE) -> Floats:
    stack = _Stack.of(choices)

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, gradient = stack.loss(weights)
        return value + ridge * float(((weights - start) ** 2).sum()), gradient + 2 * ridge * (weights - start)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 50.0)] * len(start))
    return np.asarray(found.x, np.float64)
