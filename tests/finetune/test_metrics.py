"""Metrics against figures worked out by hand."""

import math

import numpy as np
import pytest
from sommelier.finetune.metrics import (
    hit_rate,
    ndcg,
    paired_interval,
    rank_against_ties,
    reciprocal_rank,
    summarise,
    users_needed,
)

RANKS = np.array([1, 3, 10, 11, math.inf])


def test_by_hand():
    assert hit_rate(RANKS, 1) == pytest.approx(1 / 5)
    assert hit_rate(RANKS, 10) == pytest.approx(3 / 5)
    assert ndcg(RANKS) == pytest.approx([1, 1 / 2, 1 / math.log2(11), 0, 0])
    assert ndcg(RANKS, 2) == pytest.approx([1, 0, 0, 0, 0])
    assert reciprocal_rank(RANKS) == pytest.approx((1 + 1 / 3 + 1 / 10 + 1 / 11) / 5)


def test_summary_has_every_metric_by_its_short_name():
    found = summarise(RANKS)
    assert list(found) == ["hr@1", "hr@10", "hr@20", "hr@50", "hr@100", "ndcg@10", "mrr"]
    assert found["hr@20"] == pytest.approx(4 / 5)
    assert found["ndcg@10"] == pytest.approx((1.5 + 1 / math.log2(11)) / 5)


def test_nobody_was_found():
    assert set(summarise(np.array([math.inf, math.inf])).values()) == {0.0}


@pytest.mark.parametrize(
    ("scores", "target", "rank"),
    [([3, 2, 1], 0, 1), ([3, 2, 1], 2, 3), ([1, 1, 1], 0, 3), ([2, 1, 1], 1, 3), ([5], 0, 1),
     ([0.0, -math.inf, -math.inf], 1, 3)],
)  # fmt: skip
def test_ties_count_against_the_target(scores, target, rank):
    assert rank_against_ties(scores, target) == rank


def test_the_interval_of_a_constant_difference_is_a_point():
    first, second = np.full(50, 0.75), np.full(50, 0.5)
    assert paired_interval(first, second) == pytest.approx((0.25, 0.25, 0.25))
    assert paired_interval(second, first) == pytest.approx((-0.25, -0.25, -0.25))


def test_the_interval_is_about_two_standard_errors_wide_and_the_same_each_time():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.3, 1, 4000), np.zeros(4000)
    low, mid, high = paired_interval(first, second)
    assert mid == pytest.approx(first.mean())
    assert high - low == pytest.approx(2 * 1.96 * first.std() / 4000**0.5, rel=0.1)
    assert (low, mid, high) == paired_interval(first, second)


def test_pairing_removes_what_users_have_in_common():
    easy = np.random.default_rng(2).normal(0, 10, 300)
    low, _, high = paired_interval(easy + 0.1, easy)
    assert (low, high) == pytest.approx((0.1, 0.1))


def test_users_needed_by_hand():
    first, second = np.array([1.0, 0.0, 1.0, 0.0]), np.zeros(4)  # mean .5, deviation .5
    assert users_needed(first, second) == math.ceil(1.96**2)
    assert users_needed(second, second) == 10**9
