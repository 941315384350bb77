"""Fit the probability of a like and the expected rating on validation pairs, and say how good they are.

Every figure is of users that the fit behind it has not seen (five folds of users), beside what needs no model: the
user's own level, the item's, and both, each fitted in the same way. The language model gets a weight only if the
loss that it saves on users not seen is above zero with its whole interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from ...agent.config import Config
from ...agent.profile.opinions import Measure, Norms
from ...agent.ranking.strength import FEATURES, LM, Calibration, Line, probability_of
from ...retrieval.behaviour.towers import TowerChoice
from ..evaluation.classification import (
    Interval,
    auc,
    auc_interval,
    best_threshold,
    calibration_error,
    grouped_auc,
    grouped_auc_interval,
    log_losses,
    report_at,
    squared_errors,
)
from ..evaluation.evaluation import PipelineFor, Progress
from ..evaluation.holdout import IndexStore
from ..evaluation.metrics import paired_interval
from ..examples.opinion_pairs import Held, Pairs, describe_pairs, hold_back, norms_without

Floats = NDArray[np.float64]

ENOUGH = 500
"""Below so many validation pairs nothing is fitted."""
FEWEST = 50
"""Nor where fewer than so many are liked or not liked (or, of counts, repeated)."""
FOLDS = 5
PENALTY = 1.0
"""Of the squared weights of standardised features, in units of one pair's loss."""

NOT_CALIBRATED = (
    f"Interest strength is not calibrated: that takes {ENOUGH} held-back opinions (ratings, likes, dislikes), {FEWEST} "
    f"of them likes and {FEWEST} not, or {ENOUGH} held-back choices, {FEWEST} of them repeated; this log has fewer."
)

SYSTEMS: Mapping[str, Sequence[str]] = {
    "user": ("user",), "item": ("item",), "user + item": ("user", "item"), "retrieval": FEATURES,
}  # fmt: skip
"""What is compared, by the features of `agent.ranking.strength` that it is fitted on."""
JUDGED: Mapping[str, Sequence[str]] = {**SYSTEMS, "lm": (LM,), "retrieval + lm": (*FEATURES, LM)}
"""What is compared on the pairs that the model judged."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a system says of each pair without having seen its user: the log-odds of a like, whether they reach the
    threshold chosen on the other users, and the rating (NaN without ratings to learn from)."""

    odds: Floats
    likes: NDArray[np.bool_]
    ratings: Floats


@dataclass(frozen=True, slots=True)
class StrengthReport:
    """The fit and how good it is, over pairs of users that were not fitted on.

    `systems` maps SYSTEMS to their figures over all pairs, `judged` maps JUDGED to those over the pairs that the model
    judged. `intervals` maps "auc" and "gauc" to (low, value, high) of "retrieval", a 95% bootstrap over users.
    `at_threshold` is its classification report. `gain` is the squared error that it saves over "user + item", and
    `lm_gain` the log loss that "retrieval + lm" saves over it: 95% intervals of the mean over users.
    In a log of counts there is nothing about likes, and the ratings are log(1 + times chosen).
    """

    calibration: Calibration
    users: int
    systems: Mapping[str, Mapping[str, float]]
    judged: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, Interval]
    at_threshold: Mapping[str, Mapping[str, float]]
    gain: Interval | None
    lm_gain: Interval | None

    def as_json(self) -> dict[str, Any]:
        """The stable machine-readable form: all of it but the norms of the single items."""
        plain = asdict(self)
        del plain["calibration"]["norms"]
        return plain


def assess_strength(
    pipeline_for: PipelineFor, store: IndexStore, test: Mapping[str, str], config: Config, progress: Progress
) -> StrengthReport | None:
    """Fit and assess on validation pairs, or None where the log has too few (NOT_CALIBRATED says so).

    `test` maps users to test targets: these and what came after them are seen by nothing here. The norms in the
    calibration, which is what serves, count the validation pairs too.
    """
    measures: tuple[Measure, ...] = ("opinion", "count")
    for measure in measures:
        held, for_test = hold_back(store.memory, test, config, measure)
        if not _enough(_answers(held), measure):
            continue
        unseen = {**for_test, **{person.user: person.count for person in held}}
        with store.without(unseen, TowerChoice()) as index:  # none of the features depends on the tower
            norms = norms_without(store.memory, unseen, config, measure)
            pairs = describe_pairs(pipeline_for(index), store.memory, held, norms, measure, progress)
        if _enough(pairs, measure):  # items may have left the catalogue
            return assess_pairs(pairs, norms_without(store.memory, for_test, config, measure), measure)
    return None


def assess_pairs(pairs: Pairs, norms: Norms, measure: Measure) -> StrengthReport:
    """Fit and assess on these pairs; `norms` are stored with the fit."""
    judged = pairs.judged()
    said = {name: predict_unseen(pairs, names) for name, names in SYSTEMS.items()}
    enough = len(np.unique(judged.users)) >= FOLDS and judged.liked.any() and not judged.liked.all()
    again = {name: predict_unseen(judged, names) for name, names in JUDGED.items()} if enough else {}
    lm_gain = _saved(judged, again["retrieval"], again["retrieval + lm"]) if again else None
    helps = lm_gain is not None and lm_gain[0] > 0
    names = (*FEATURES, LM) if helps else FEATURES
    best, opinions = said["retrieval"], measure == "opinion"
    return StrengthReport(
        calibration=fit(judged if helps else pairs, names, norms, measure, len(judged)),
        users=len(np.unique(pairs.users)),
        systems={name: figures(pairs, predictions, opinions) for name, predictions in said.items()},
        judged={name: figures(judged, predictions, opinions) for name, predictions in again.items()},
        intervals={
            "auc": auc_interval(pairs.liked, best.odds, pairs.users),
            "gauc": grouped_auc_interval(pairs.liked, best.odds, pairs.users),
        } if opinions else {},
        at_threshold=report_at(pairs.liked, best.likes) if opinions else {},
        gain=_error_saved(pairs, said["user + item"], best),
        lm_gain=lm_gain,
    )  # fmt: skip


def fit(pairs: Pairs, names: Sequence[str], norms: Norms, measure: Measure, judged: int) -> Calibration:
    """Fit on all of the pairs."""
    strength = fit_ratings(pairs, names)
    if measure == "count":
        return Calibration("count", strength=strength, norms=norms, pairs=len(pairs))
    like = fit_odds(pairs, names)
    threshold = best_threshold(pairs.liked, probability_of(like.at(pairs.features)))
    return Calibration("opinion", like, strength, threshold, norms, len(pairs), judged)


def predict_unseen(pairs: Pairs, names: Sequence[str]) -> Predictions:
    """Predict each pair from fits on other users' pairs; needs FOLDS users at least."""
    odds, ratings = np.zeros(len(pairs)), np.full(len(pairs), np.nan)
    likes = np.zeros(len(pairs), np.bool_)
    for known, unseen in GroupKFold(FOLDS).split(pairs.liked, groups=pairs.users):
        learnt, asked = pairs.where(known), pairs.where(unseen)
        like, rating = fit_odds(learnt, names), fit_ratings(learnt, names)
        threshold = best_threshold(learnt.liked, probability_of(like.at(learnt.features)))
        odds[unseen] = like.at(asked.features)
        likes[unseen] = odds[unseen] >= logit(threshold)
        ratings[unseen] = rating.at(asked.features) if rating else np.nan
    return Predictions(odds, likes, ratings)


def fit_odds(pairs: Pairs, names: Sequence[str]) -> Line:
    """Logistic regression of the likes; where all are liked or none is, their smoothed share alone."""
    likes, count = int(pairs.liked.sum()), len(pairs)
    if likes in (0, count):
        return Line(math.log((likes + 1) / (count - likes + 1)), {})
    scaler, table = _scaled(pairs, names)
    found = LogisticRegression(C=1 / PENALTY, max_iter=1000).fit(table, pairs.liked)
    return _unscaled(scaler, found.coef_[0], float(found.intercept_[0]), names)


def fit_ratings(pairs: Pairs, names: Sequence[str]) -> Line | None:
    """Ridge regression of the ratings there are, bounded by the lowest and highest of them; None without any."""
    rated = pairs.where(~np.isnan(pairs.ratings))
    if not len(rated):
        return None
    scaler, table = _scaled(rated, names)
    found = Ridge(alpha=PENALTY).fit(table, rated.ratings)
    bounds = float(rated.ratings.min()), float(rated.ratings.max())
    return _unscaled(scaler, found.coef_, float(found.intercept_), names, bounds)


def figures(pairs: Pairs, said: Predictions, opinions: bool = True) -> dict[str, float]:
    """AUC, GAUC, expected calibration error, log loss where there are opinions; squared errors where ratings."""
    found = {"pairs": float(len(pairs))}
    if opinions:
        probabilities = probability_of(said.odds)
        found |= {
            "auc": auc(pairs.liked, said.odds),
            "gauc": grouped_auc(pairs.liked, said.odds, pairs.users),
            "ece": calibration_error(pairs.liked, probabilities),
            "log loss": float(log_losses(pairs.liked, probabilities).mean()),
        }
    rated = ~np.isnan(pairs.ratings) & ~np.isnan(said.ratings)
    return found | (squared_errors(pairs.ratings[rated], said.ratings[rated]) if rated.any() else {})


def _answers(held: Sequence[Held]) -> Pairs:
    """The pairs before any feature is known, items that have left the catalogue included."""
    users = np.array([one.user for one in held for _ in one.items], np.str_)
    liked = np.array([liked for one in held for liked in one.liked], np.bool_)
    return Pairs(users, {}, liked, np.array([rating for one in held for rating in one.ratings], np.float64))


def _enough(pairs: Pairs, measure: Measure) -> bool:
    liked = int(pairs.liked.sum())
    repeated = int((pairs.ratings > math.log1p(1)).sum())
    fewest = repeated if measure == "count" else min(liked, len(pairs) - liked)
    return len(pairs) >= ENOUGH and fewest >= FEWEST and len(np.unique(pairs.users)) >= FOLDS


def _scaled(pairs: Pairs, names: Sequence[str]) -> tuple[StandardScaler, Floats]:
    table = np.column_stack([pairs.features[name] for name in names])
    scaler = StandardScaler().fit(table)
    return scaler, scaler.transform(table)


def _unscaled(
    scaler: StandardScaler, weights: Floats, intercept: float, names: Sequence[str],
    bounds: tuple[float, float] | None = None,
) -> Line:  # fmt: skip
    """The same line over features as they come."""
    plain = weights / scaler.scale_
    return Line(intercept - float(plain @ scaler.mean_), dict(zip(names, plain.tolist(), strict=True)), bounds)


def _saved(pairs: Pairs, without: Predictions, having: Predictions) -> Interval:
    """The log loss that `having` saves."""
    first, second = (log_losses(pairs.liked, probability_of(predictions.odds)) for predictions in (without, having))
    return paired_interval(_per_user(pairs, first), _per_user(pairs, second))


def _error_saved(pairs: Pairs, without: Predictions, having: Predictions) -> Interval | None:
    """The squared error of ratings that `having` saves; None without ratings."""
    rated = ~np.isnan(pairs.ratings) & ~np.isnan(without.ratings)
    if not rated.any():
        return None
    truth = pairs.ratings[rated]
    first, second = ((predictions.ratings[rated] - truth) ** 2 for predictions in (without, having))
    known = pairs.where(rated)
    return paired_interval(_per_user(known, first), _per_user(known, second))


def _per_user(pairs: Pairs, losses: Floats) -> Floats:
    """Mean over each user's pairs, shape (users,): pairs of one user are no independent observations."""
    _, groups = np.unique(pairs.users, return_inverse=True)
    return np.asarray(np.bincount(groups, losses) / np.bincount(groups), np.float64)
