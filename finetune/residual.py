"""Fit the ranking weights on validation events: b for the retrieval features, then a >= 0 for the language model.

Both minimise the listwise softmax loss, the mean over users of -log softmax(scores)[target], with L-BFGS-B. A fit is
kept only if it holds up on a half of the users that it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .metrics import ndcg, rank_against_ties

Floats = NDArray[np.float64]

RIDGE = 1e-3
"""Pull towards the starting weights, so that a feature that says nothing keeps its place."""
SHARPNESS = 4.0
"""Retrieval features are of order one; the softmax needs this factor to be able to prefer one item clearly."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One user's choice: `features` (items, features), the `target` row, and the LM's standardised `judged` (items)."""

    features: Floats
    target: int
    judged: Floats | None = None


def fit_features(choices: Sequence[Choice], start: Floats) -> Floats:
    """Weights >= 0, shape (features,), or `start` when the fit does not hold up on the second half of the users."""
    half = len(choices) // 2
    fitted = _minimise(choices[:half], start)
    better = _mean_ndcg(choices[half:], fitted) >= _mean_ndcg(choices[half:], start)
    return fitted if better else start


def fit_lm(choices: Sequence[Choice], weights: Floats) -> float:
    """The weight a >= 0 of the LM beside fixed feature weights; 0 when what half of the users say does not rank the
    other half better. Choices without a judgement are left out."""
    judged = [Choice(np.column_stack([each.features @ weights, each.judged]), each.target)
              for each in choices if each.judged is not None]  # fmt: skip
    alone, half = np.array([1.0, 0.0]), len(judged) // 2
    tried = _minimise(judged[:half], alone, ridge=0.0)
    if _mean_ndcg(judged[half:], tried) <= _mean_ndcg(judged[half:], alone):
        return 0.0
    retrieval, lm = _minimise(judged, alone, ridge=0.0)
    return float(lm / retrieval) if retrieval > 0 else 0.0


def _minimise(choices: Sequence[Choice], start: Floats, ridge: float = RIDGE) -> Floats:
    def loss(weights: Floats) -> tuple[float, Floats]:
        total, gradient = ridge * float(((weights - start) ** 2).sum()), 2 * ridge * (weights - start)
        for each in choices:
            logits = SHARPNESS * (each.features @ weights)
            shifted = np.exp(logits - logits.max())
            probability = shifted / shifted.sum()
            total -= float(np.log(probability[each.target] + 1e-12)) / len(choices)
            gradient += SHARPNESS * (probability @ each.features - each.features[each.target]) / len(choices)
        return total, gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, 50.0)] * len(start))
    return np.asarray(found.x, np.float64)


def _mean_ndcg(choices: Sequence[Choice], weights: Floats) -> float:
    ranks = np.array([rank_against_ties(list(each.features @ weights), each.target) for each in choices])
    return float(ndcg(ranks).mean()) if len(ranks) else 0.0
