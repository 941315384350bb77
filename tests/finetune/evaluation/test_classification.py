"""Figures about likes and ratings, on data whose right answer is obvious by eye."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sommelier.finetune.evaluation.classification import (
    auc,
    auc_interval,
    best_threshold,
    calibration_error,
    grouped_auc,
    grouped_auc_gain,
    grouped_auc_interval,
    log_losses,
    report_at,
    squared_errors,
)

LIKED = np.array([True, True, False, False])
ASCENDING = np.array([0.1, 0.2, 0.3, 0.4])


def users(*names):
    return np.array(names, np.str_)


def test_auc_is_the_share_of_pairs_in_the_right_order():
    assert auc(LIKED, -ASCENDING) == 1
    assert auc(LIKED, ASCENDING) == 0
    assert auc(LIKED, np.zeros(4)) == 0.5
    assert math.isnan(auc(np.ones(4, bool), ASCENDING))


def test_auc_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    liked, scores = rng.random(200) < 0.3, rng.integers(0, 9, 200).astype(float)
    assert auc(liked, scores) == pytest.approx(roc_auc_score(liked, scores), abs=1e-12)


def test_gauc_does_not_reward_knowing_who_likes_much():
    liked = np.array([True, True, False, True, False, False])
    who = users("a", "a", "a", "b", "b", "b")
    level = np.array([2.0, 2, 2, 1, 1, 1])
    assert auc(liked, level) > 0.5
    assert grouped_auc(liked, level, who) == 0.5


def test_gauc_weighs_users_by_pairs_and_leaves_out_those_of_one_mind():
    liked = np.array([True, False, True, False, False, True, True])
    scores = np.array([1.0, 0, 0, 1, 2, 0, 0])
    who = users("a", "a", "b", "b", "b", "c", "c")
    assert grouped_auc(liked, scores, who) == pytest.approx((2 * 1 + 3 * 0) / 5)
    assert math.isnan(grouped_auc(liked[-2:], scores[-2:], who[-2:]))


def test_gauc_does_not_need_users_in_one_stretch():
    liked, scores = np.array([True, True, False, False]), np.array([1.0, 0, 0, 1])
    assert grouped_auc(liked, scores, users("a", "b", "a", "b")) == 0.5


def test_calibration_error_is_the_gap_between_said_and_true():
    assert calibration_error(LIKED, np.full(4, 0.5)) == 0
    assert calibration_error(LIKED, np.full(4, 0.9)) == pytest.approx(0.4)
    assert calibration_error(LIKED, np.array([1.0, 1.0, 0.0, 0.0])) == 0
    assert calibration_error(LIKED, np.array([0.0, 0.0, 1.0, 1.0])) == 1


def test_log_loss_of_certainty_gone_wrong_is_large_and_finite():
    assert log_losses(LIKED, np.array([0.5, 1, 0.5, 1])) == pytest.approx([math.log(2), 0, math.log(2), 27.6], abs=0.1)


def test_squared_errors_also_of_the_logarithm():
    found = squared_errors(np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    assert found["mse"] == pytest.approx(2)
    assert found["rmse"] == pytest.approx(2**0.5)
    assert found["log1p rmse"] == pytest.approx((math.log(5 / 3) ** 2 / 2) ** 0.5)
    assert set(squared_errors(np.array([-1.0, 1.0]), np.array([0.0, 0.0]))) == {"mse", "rmse"}


def test_the_threshold_parts_likes_from_the_rest():
    assert best_threshold(LIKED, np.array([0.9, 0.8, 0.3, 0.1])) == 0.8
    assert best_threshold(np.ones(3, bool), np.array([0.9, 0.8, 0.3])) == 0.5


def test_the_report_counts_both_kinds():
    report = report_at(LIKED, np.array([True, False, False, False]))
    assert report["liked"]["precision"] == 1
    assert report["liked"]["recall"] == 0.5
    assert report["not liked"]["support"] == 2
    assert report["accuracy"]["f1-score"] == 0.75


@pytest.mark.parametrize("of", [auc_interval, grouped_auc_interval])
def test_intervals_hold_the_value_and_narrow_with_users(of):
    rng = np.random.default_rng(0)
    widths = []
    for people in (20, 200):
        liked = rng.random(people * 10) < 0.5
        scores = liked + rng.normal(0, 1, people * 10)
        low, value, high = of(liked, scores, np.repeat(np.arange(people), 10).astype(np.str_))
        assert low < value < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


@pytest.mark.parametrize("of", [auc_interval, grouped_auc_interval])
def test_intervals_of_what_is_undefined_are_undefined(of):
    assert all(math.isnan(each) for each in of(np.ones(3, bool), np.arange(3.0), users("a", "b", "b")))


def test_the_gain_is_that_within_users():
    liked, who = np.array([True, False] * 100), np.repeat(np.arange(100), 2).astype(np.str_)
    assert grouped_auc_gain(liked, liked * 1.0, np.zeros(200), who) == (0.5, 0.5, 0.5)
    low, value, high = grouped_auc_gain(liked, np.random.default_rng(0).normal(size=200), np.zeros(200), who)
    assert low < value < high
    assert low < 0 < high
    assert all(math.isnan(each) for each in grouped_auc_gain(liked[:1], np.zeros(1), np.zeros(1), who[:1]))
