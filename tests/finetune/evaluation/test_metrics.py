"""Metrics against figures worked out by hand."""

import math

import numpy as np
import pytest
from scipy import stats
from sommelier.finetune.evaluation.metrics import (
    difference_of,
    hit_rate,
    holm,
    ndcg,
    non_inferiority,
    overlap,
    paired_interval,
    rank_against_ties,
    rank_biased_overlap,
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


def test_identical_systems_are_not_worse_and_nobody_is_needed_to_know():
    gains = np.array([1.0, 0.0, 0.5])
    found = non_inferiority(gains, gains)
    assert (found.low, found.p, found.holds, found.needed) == (0.0, 0.0, True, None)
    assert found.margin == pytest.approx(0.01)


def test_nothing_found_by_either_shows_nothing():
    assert not non_inferiority(np.zeros(5), np.zeros(5)).holds


def test_one_user_settles_nothing():
    found = non_inferiority(np.ones(1), np.zeros(1))
    assert (found.low, found.p, found.holds) == (-1.0, 1.0, False)


def test_not_worse_is_a_one_sided_test_against_the_margin():
    rng = np.random.default_rng(6)
    second = rng.uniform(0, 1, 400)
    first = second + rng.normal(0, 0.02, 400)
    found = non_inferiority(first, second)
    difference = first - second
    error = difference.std(ddof=1) / 20
    assert found.holds
    assert found.low == pytest.approx(difference.mean() - stats.t(399).ppf(0.95) * error)
    assert found.p == pytest.approx(stats.t(399).sf((difference.mean() + found.margin) / error))
    # The bound and the level say the same thing.
    for shift in (0.02, 0.008, 0.0):
        each = non_inferiority(first - shift, second)
        assert each.holds == (each.low > -each.margin)


def test_clearly_worse_is_not_shown_whatever_the_number_of_users():
    first, second = np.tile([0.1, 0.3], 50), np.tile([0.5, 0.6], 50)
    found = non_inferiority(first, second)
    assert not found.holds
    assert found.needed is None


def test_a_small_loss_needs_more_users_than_there_are():
    rng = np.random.default_rng(7)
    second = rng.uniform(0, 1, 50)
    noise = rng.normal(0, 0.2, 50)
    found = non_inferiority(second + noise - noise.mean() - 0.001, second)
    assert not found.holds
    assert found.needed > 50


def test_a_difference_between_users_by_hand():
    found = difference_of(np.array([1.0, 0.0]), np.array([0.0, 1.0, 0.5]))
    assert found.middle == 0
    assert found.p == pytest.approx(1)
    assert found.low < 0 < found.high
    assert difference_of(np.ones(3), np.ones(2)).p == 1
    apart = difference_of(np.ones(3), np.zeros(2))
    assert (apart.low, apart.middle, apart.high, apart.p) == (1, 1, 1, 0)


def test_holm_by_hand():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [("abc", "cab", 1), ("abc", "abd", 2 / 3), ("abc", "xyz", 0), ("ab", "abcd", 0.5), ("", "", 1), ("", "a", 0)],
)
def test_overlap(first, second, share):
    assert overlap(list(first), list(second)) == pytest.approx(share)


def test_overlap_stops_at_k():
    assert overlap(list("abcdef"), list("bafedc"), 2) == 1
    assert overlap(list("abcdef"), list("cdabef"), 2) == 0


def test_rank_biased_overlap_by_hand():
    assert rank_biased_overlap(list("abc"), list("abc")) == pytest.approx(1)
    assert rank_biased_overlap(list("abc"), list("xyz")) == 0
    assert rank_biased_overlap([], []) == 1
    # Agreement 0 at depth 1 and 1 at depth 2: (1 - p) (0 + p) + p^2.
    assert rank_biased_overlap(list("ab"), list("ba"), p=0.9) == pytest.approx(0.1 * 0.9 + 0.81)


def test_a_change_at_the_top_counts_more_than_one_at_the_end():
    base = list("abcdefghij")
    top, end = list("bacdefghij"), list("abcdefghji")
    assert rank_biased_overlap(base, top) < rank_biased_overlap(base, end) < 1
