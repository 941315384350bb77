"""How good probabilities and ratings are: AUC, AUC within users, calibration error, squared errors, a report at a
threshold, and how sure one can be of them. Knows arrays of truths and predictions, one place per user-item pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import (
    classification_report,
    mean_squared_error,
    mean_squared_log_error,
    roc_curve,
)

Floats: TypeAlias = NDArray[np.float64]
Liked: TypeAlias = NDArray[np.bool_]
Interval: TypeAlias = "tuple[float, float, float]"
"""(low, value, high), 95%."""
RESAMPLES = 500
BINS = 10


def auc(liked: Liked, scores: Floats) -> float:
    """Area under the ROC curve, ties counting half; NaN where all are liked or none is.

    From the sum of ranks (Mann and Whitney 1947). It is what `sklearn.metrics.roc_auc_score` gives, without the
    millisecond that checks its input each time: a bootstrap asks thousands of times.
    """
    yes = int(liked.sum())
    no = len(liked) - yes
    ranks = float(rankdata(scores)[liked].sum())
    return (ranks - yes * (yes + 1) / 2) / (yes * no) if yes and no else float("nan")


def grouped_auc(liked: Liked, scores: Floats, users: NDArray[np.str_]) -> float:
    """GAUC: the AUC within each user's pairs, averaged by their numbers of pairs (Zhu et al. 2017).

    Users who like everything or nothing have no AUC and are left out; NaN where none remains.
    """
    areas, sizes = _areas(liked, scores, users)
    return float(np.average(areas, weights=sizes)) if len(areas) else float("nan")


def calibration_error(liked: Liked, probabilities: Floats, bins: int = BINS) -> float:
    """Expected calibration error: mean |share liked - mean probability| over equal-width bins, by their sizes.

    Guo et al. 2017. 0 is perfect, and so is a constant that equals the share of likes: read it beside the AUC.
    """
    places = np.clip((probabilities * bins).astype(np.int64), 0, bins - 1)
    gaps = np.bincount(places, liked - probabilities, minlength=bins)
    return float(np.abs(gaps).sum() / len(liked))


def log_losses(liked: Liked, probabilities: Floats) -> Floats:
    """-log of the probability given to what was so, of each pair; shape (pairs,)."""
    given = np.where(liked, probabilities, 1 - probabilities)
    return -np.log(np.maximum(given, 1e-12))


def squared_errors(truth: Floats, predicted: Floats) -> dict[str, float]:
    """mse and rmse, and both of log(1 + value) where no value is below 0."""
    errors = {"mse": float(mean_squared_error(truth, predicted))}
    if min(truth.min(), predicted.min()) >= 0:
        errors["log1p mse"] = float(mean_squared_log_error(truth, predicted))
    return errors | {name.replace("mse", "rmse"): value**0.5 for name, value in errors.items()}


def best_threshold(liked: Liked, probabilities: Floats) -> float:
    """The probability from which on to say "likes": where true minus false positive rate is largest (Youden 1950).

    0.5 where all are liked or none is.
    """
    if not 0 < liked.sum() < len(liked):
        return 0.5
    false, true, thresholds = roc_curve(liked, probabilities)
    return float(min(thresholds[int(np.argmax(true - false))], 1.0))


def report_at(liked: Liked, said: Liked) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support of "not liked" and "liked" and their averages; `said` is what was predicted."""
    report = classification_report(
        liked, said, labels=[False, True], target_names=["not liked", "liked"], output_dict=True, zero_division=0.0
    )
    accuracy = report.pop("accuracy")
    return {**report, "accuracy": {"f1-score": float(accuracy), "support": float(len(liked))}}


def auc_interval(liked: Liked, scores: Floats, users: NDArray[np.str_], seed: int = 0) -> Interval:
    """The AUC between its bounds: a percentile bootstrap over users, all pairs of a drawn user together, because pairs
    of one user are no independent observations. Resamples without an AUC are left out; NaN where none has one."""
    parts, draw = _by_user(users), np.random.default_rng(seed)
    drawn = (draw.integers(0, len(parts), len(parts)) for _ in range(RESAMPLES))
    pairs = (np.concatenate([parts[place] for place in drawn_users]) for drawn_users in drawn)
    return _bounded([auc(liked[places], scores[places]) for places in pairs], auc(liked, scores))


def grouped_auc_interval(liked: Liked, scores: Floats, users: NDArray[np.str_], seed: int = 0) -> Interval:
    """The GAUC between its bounds, by a bootstrap over the users who have an AUC; NaN where none has."""
    (areas, sizes), draw = _areas(liked, scores, users), np.random.default_rng(seed)
    drawn = [draw.integers(0, len(areas), len(areas)) for _ in range(RESAMPLES if len(areas) else 0)]
    values = [float(np.average(areas[drawn_users], weights=sizes[drawn_users])) for drawn_users in drawn]
    return _bounded(values, grouped_auc(liked, scores, users))


def grouped_auc_gain(
    liked: Liked, scores: Floats, baseline: Floats, users: NDArray[np.str_], seed: int = 0
) -> Interval:
    """What `scores` add to the GAUC of `baseline`, between the bounds of a paired bootstrap over users."""
    (areas, sizes), (base, _) = _areas(liked, scores, users), _areas(liked, baseline, users)
    draw, gains = np.random.default_rng(seed), areas - base
    drawn = [draw.integers(0, len(gains), len(gains)) for _ in range(RESAMPLES if len(gains) else 0)]
    values = [float(np.average(gains[drawn_users], weights=sizes[drawn_users])) for drawn_users in drawn]
    return _bounded(values, float(np.average(gains, weights=sizes)) if len(gains) else float("nan"))


def _areas(liked: Liked, scores: Floats, users: NDArray[np.str_]) -> tuple[Floats, Floats]:
    """AUC and number of pairs of each user who has an AUC."""
    mixed = [part for part in _by_user(users) if 0 < liked[part].sum() < len(part)]
    return np.array([auc(liked[part], scores[part]) for part in mixed]), np.array([float(len(part)) for part in mixed])


def _by_user(users: NDArray[np.str_]) -> list[NDArray[np.int64]]:
    """The places of each user's pairs."""
    _, groups = np.unique(users, return_inverse=True)
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)


def _bounded(resampled: Sequence[float], value: float) -> Interval:
    defined = [resample for resample in resampled if not np.isnan(resample)]
    low, high = np.percentile(defined, [2.5, 97.5]) if defined else (np.nan, np.nan)
    return float(low), value, float(high)
