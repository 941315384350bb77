"""How strong one user's interest in one item is: the probability of a like, and the rating they would give.

Both are linear in what retrieval knows of the pair and in the model's yes-minus-no preference, the first through a
logistic function. The weights are fitted on validation events (`finetune.fitting.calibration`) and hold, like the
ranking weights, for one prompt and model. Without a fit the shipped weights give a probability that
orders items sensibly and means no more than that: `calibrated` is False then, and there is no rating.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ...prompts.prompt import Prompt
from ...retrieval.behaviour.covisitation import HISTORY, decayed
from ...retrieval.index import Index
from ..llm.language_model import ModelCard
from ..memory.memory import Memory
from ..memory.settings import Setting
from ..profile.opinions import Measure, Norms, user_departure, values_of
from ..profile.user_state import UserState
from ..turn import Request
from .pipeline import RankingPipeline
from .weights import reading, weights_key

Floats = NDArray[np.float64]

FEATURES = ("user", "item", "neighbours", "text", "facets", "behaviour", "popularity")
"""user, item: how far the user's values are above those that are normal for their items, and the item's above the
mean. neighbours, text, facets: how far this user's values were above normal on items that are co-visited with this
one, that read alike, that share its facets. behaviour: log(1 + exact co-visitation strength from what they did not
dislike). popularity: log(1 + times chosen)."""
LM = "lm"
"""The name of the model's preference beside them."""

NEIGHBOUR_PULL, FACET_PULL = 1.0, 5.0
"""Shrinkage of the two averages, in strength and in items."""
ALIKE = 10.0
"""Sharpness of the weights exp(ALIKE x cosine) of items that read alike."""

SHIPPED = {
    "user": 4.0,
    "item": 4.0,
    "neighbours": 2.0,
    "text": 3.0,
    "facets": 3.0,
    "behaviour": 0.3,
    "popularity": 0.15,
}
"""Rounded from the fit on MovieLens (small), where behaviour has nothing to add; where nobody says what they like it
is nearly all there is, and so it has a weight here."""


@dataclass(frozen=True, slots=True)
class InterestStrength:
    """One user's interest in one item.

    `probability` is that of a like (a rating in the upper quarter of the scale counts as one), `likes` whether it
    reaches the threshold. `calibrated` says whether both were fitted on this log; if not, the probability is a mere
    score between 0 and 1. `rating` is the expected one on the log's scale, None unless fitted on ratings.
    `log_count` is the expected log(1 + times chosen), None unless fitted on a log of repetitions without opinions.
    """

    probability: float
    rating: float | None
    log_count: float | None
    likes: bool
    calibrated: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A weighted sum. `bounds` (lowest, highest) limit what comes out."""

    intercept: float
    weights: Mapping[str, float]
    bounds: tuple[float, float] | None = None

    def at(self, features: Mapping[str, Floats]) -> Floats:
        """Values for pairs, shape (pairs,). `features` has what is weighed, one name at least, each of that shape."""
        total = np.full(len(next(iter(features.values()))), self.intercept)
        for name, weight in self.weights.items():
            total += weight * features[name]
        return np.clip(total, *self.bounds) if self.bounds else total


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fit. `like` gives log-odds, `strength` a rating (measure "opinion") or log(1 + times chosen) ("count").

    `pairs` validated it; 0 means shipped defaults. `judged` of them were shown to the language model. Where counts
    are measured nobody said what they like, so `like` stays as shipped.
    """

    measure: Measure = "opinion"
    like: Line = field(default_factory=lambda: Line(-0.5, dict(SHIPPED)))
    strength: Line | None = None
    threshold: float = 0.5
    norms: Norms = field(default_factory=Norms)
    pairs: int = 0
    judged: int = 0

    @property
    def asks_lm(self) -> bool:
        """Whether the language model has a say."""
        return any(line is not None and LM in line.weights for line in (self.like, self.strength))

    @property
    def knows_likes(self) -> bool:
        """Whether the probability of a like was fitted on this log."""
        return self.pairs > 0 and self.measure == "opinion"


CALIBRATION = Setting("strength", Calibration, Calibration())
"""A fit, by its key."""


def interest_in(
    pipeline: RankingPipeline, user_state: UserState, items: Sequence[str], calibration: Calibration
) -> list[InterestStrength]:
    """One user's interest in each of these items, which must be in the index (else KeyError).

    The model is asked only where the fit gave it a weight; each item is judged by itself, whatever the others are.
    """
    features = pair_features(pipeline, user_state, items, calibration.norms, calibration.measure)
    if calibration.asks_lm:
        features[LM] = preferences(pipeline, user_state, items)
    probabilities: list[float] = probability_of(calibration.like.at(features)).tolist()
    strengths: Sequence[float | None] = [None] * len(items)
    if calibration.strength:
        strengths = calibration.strength.at(features).tolist()
    rated = calibration.measure == "opinion"
    return [
        InterestStrength(
            probability=probability,
            rating=strength if rated else None,
            log_count=None if rated else strength,
            likes=probability >= calibration.threshold,
            calibrated=calibration.knows_likes,
        )
        for probability, strength in zip(probabilities, strengths, strict=True)
    ]


def probability_of(odds: Floats) -> Floats:
    """Log-odds to probabilities, by the logistic function."""
    return np.asarray(expit(odds), np.float64)


def pair_features(
    pipeline: RankingPipeline, user_state: UserState, items: Sequence[str], norms: Norms, measure: Measure = "opinion"
) -> dict[str, Floats]:
    """FEATURES of one user with each of the items, each of shape (items,). Raises KeyError for an unknown item."""
    index = pipeline.retriever.index
    positions = [index.position[item] for item in items]
    residuals = norms.residuals(values_of(user_state.events, pipeline.config, measure))
    beyond = user_departure(residuals.values())
    residual_at = {index.position[item]: value - beyond for item, value in residuals.items() if item in index.position}
    return {
        "user": np.full(len(items), beyond),
        "item": np.array([norms.item(item) for item in items], np.float64),
        "neighbours": _by_neighbours(index, residual_at, positions),
        "text": _by_text(index, residual_at, positions),
        "facets": _by_facets(index, residual_at, positions),
        "behaviour": _by_behaviour(index, user_state, positions),
        "popularity": np.log1p(index.covisitation.counts[positions].astype(np.float64)),
    }


def preferences(pipeline: RankingPipeline, user_state: UserState, items: Sequence[str]) -> Floats:
    """The model's logit of yes minus logit of no for each item, in their order, shape (items,)."""
    found = pipeline.retriever.describe(pipeline.query(user_state, Request()), items)
    judged = dict(
        zip((candidate.item.id for candidate in found), pipeline.judge(user_state, Request(), found), strict=True)
    )
    return np.array([judged[item] for item in items], np.float64)


def _by_neighbours(index: Index, residual_at: Mapping[int, float], positions: Sequence[int]) -> Floats:
    if not residual_at:
        return np.zeros(len(positions))
    strengths = index.covisitation.strengths[list(residual_at)][:, list(positions)].toarray().astype(np.float64)
    values = np.fromiter(residual_at.values(), np.float64)
    return np.asarray(values @ strengths / (strengths.sum(axis=0) + NEIGHBOUR_PULL))


def _by_text(index: Index, residual_at: Mapping[int, float], positions: Sequence[int]) -> Floats:
    if not residual_at:
        return np.zeros(len(positions))
    alike = np.exp(ALIKE * (index.text[list(residual_at)] @ index.text[list(positions)].T).astype(np.float64))
    return np.asarray(np.fromiter(residual_at.values(), np.float64) @ alike / alike.sum(axis=0))


def _by_facets(index: Index, residual_at: Mapping[int, float], positions: Sequence[int]) -> Floats:
    if not residual_at:
        return np.zeros(len(positions))
    having = index.facets.matrix[list(residual_at)]
    values = np.fromiter(residual_at.values(), np.float64)
    departures = having.T @ values / (np.asarray(having.sum(axis=0)).ravel() + FACET_PULL)
    own = index.facets.matrix[list(positions)]
    return np.asarray(own @ departures / np.maximum(np.asarray(own.sum(axis=1)).ravel(), 1))


def _by_behaviour(index: Index, user_state: UserState, positions: Sequence[int]) -> Floats:
    known = [
        entry for entry in user_state.interests.history if entry.item in index.position and entry.polarity != "disliked"
    ]
    recent = known[-HISTORY:]
    weights = decayed([entry.weight for entry in recent])
    history = [index.position[entry.item] for entry in recent]
    given = index.covisitation.contributions(history, weights, positions)
    return np.asarray(np.log1p(given.sum(axis=0)), np.float64)


def calibration_key(prompt: Prompt, card: ModelCard, encoder: str) -> str:
    """Where the fit for this rank prompt, model and text encoder (its identity) is kept.

    It goes on serving when the log moves on: the norms are stored with it, and nothing in FEATURES depends on the
    tower.
    """
    return weights_key(prompt, card, reading(encoder))


def save_calibration(memory: Memory, key: str, calibration: Calibration) -> None:
    """Store a fit."""
    memory.settings.put(CALIBRATION.of(key), calibration)


def load_calibration(memory: Memory, key: str) -> Calibration:
    """The fit stored under the key, else the shipped defaults (`pairs` = 0)."""
    return memory.settings.get(CALIBRATION.of(key))


class Calibrations:
    """The fits of a workspace, each read once: with a line per item, one is not read for every question."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._read: dict[str, Calibration] = {}

    def of(self, prompt: Prompt, card: ModelCard, encoder: str) -> Calibration:
        """The fit for this rank prompt, model and text encoder, or the shipped defaults."""
        key = calibration_key(prompt, card, encoder)
        if key not in self._read:
            self._read[key] = load_calibration(self._memory, key)
        return self._read[key]
