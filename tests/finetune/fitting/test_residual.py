"""Fits recover what made the data, and are dropped where they do not hold up."""

import numpy as np
import pytest
from sommelier.finetune.fitting.residual import Choice, fit_features, fit_lm
from sommelier.retrieval.fusion import SHARPNESS

TRUE = np.array([1.0, 0.5, 0.0])


def choose(rng, scores):
    """A choice by the softmax that the fit assumes (Gumbel's trick)."""
    return int(np.argmax(SHARPNESS * scores + rng.gumbel(size=len(scores))))


def make(count, seed=0, weights=TRUE, a=0.0, c=0.0, helpful=True):
    """Choices by features, and by the model's votes, which may weigh more for what few have chosen."""
    rng = np.random.default_rng(seed)
    choices = []
    for _ in range(count):
        features, says, known = rng.normal(size=(15, len(weights))), rng.normal(size=15), rng.integers(0, 20, 15)
        votes = np.column_stack([says, says / (1 + known)])
        target = choose(rng, features @ weights + (votes @ [a, c] if helpful else 0.0))
        choices.append(Choice(features, target, votes))
    return choices


def test_the_weights_behind_the_choices_are_found():
    assert fit_features(make(1600), np.array([0.2, 0.2, 0.2]))[0] == pytest.approx(TRUE, abs=0.1)


def test_a_feature_that_misleads_gets_no_negative_weight():
    fitted, _ = fit_features(make(800, weights=np.array([1.0, -1.0])), np.array([0.5, 0.5]))
    assert fitted[1] == 0
    assert fitted[0] > 0.3


def test_a_fit_that_ranks_the_other_half_worse_is_dropped():
    good, misleading = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    choices = make(300, weights=misleading) + make(300, seed=1, weights=good)
    assert fit_features(choices, good)[0] is good


@pytest.mark.parametrize("choices", [[], make(1)])
def test_too_little_to_fit_leaves_the_start(choices):
    start = np.array([0.3, 0.2, 0.1])
    assert fit_features(choices, start)[0] == pytest.approx(start)


def test_features_that_never_vary_keep_their_weight():
    choices = [Choice(np.ones((5, 2)), 0) for _ in range(20)]
    assert fit_features(choices, np.array([0.7, 0.3]))[0] == pytest.approx([0.7, 0.3])


@pytest.mark.parametrize(("a", "c"), [(0.4, 0.0), (0.0, 0.8), (0.2, 0.6)])
def test_how_loud_the_model_is_heard_is_found_for_known_items_and_for_new_ones(a, c):
    known, unknown = fit_lm(make(2500, a=a, c=c), TRUE)[0]
    assert known == pytest.approx(a, abs=0.08)
    assert unknown == pytest.approx(c, abs=0.2)


def test_a_model_that_knows_something_of_new_items_alone_helps():
    new, everywhere = make(1500, c=1.0), [1.0, 0.0]
    alike = [Choice(each.features, each.target, each.votes * everywhere) for each in new]
    gain, less = (fit_lm(each, TRUE)[1] for each in (new, alike))
    assert gain.after > less.after + 0.005
    assert gain.interval[0] > 0


def test_the_weights_of_a_useless_model_are_about_zero_and_never_negative():
    earned = [fit_lm(make(300, seed=seed, a=0.4, helpful=False), TRUE)[0] for seed in range(20)]
    assert sum(any(each) for each in earned) <= 1  # by chance one in forty
    contrary = [Choice(each.features, each.target, -each.votes) for each in make(500, a=0.4)]
    assert fit_lm(contrary, TRUE)[0] == (0, 0)


def test_what_a_fit_is_worth_is_counted_over_all_users():
    _, gain = fit_features(make(800), np.array([0.0, 0.0, 1.0]), 1600)
    low, mean, high = gain.interval
    assert gain.users == 1600
    assert gain.before < 0.25  # half of the users have no target among their candidates
    assert gain.after == pytest.approx(gain.before + mean)
    assert 0.1 < low < mean < high
    assert fit_features(make(800), np.array([0.0, 0.0, 1.0]))[1].after == pytest.approx(2 * gain.after)


def test_nobody_is_ranked_by_a_fit_that_has_seen_them():
    halves = make(40, weights=np.array([8.0, 0.0])) + make(40, seed=1, weights=np.array([0.0, 8.0]))
    _, gain = fit_features(halves, np.array([1.0, 1.0]), 80)
    assert gain.after < gain.before - 0.1  # each half is ranked by what only the other half goes by


def test_what_the_model_is_worth():
    _, helpful = fit_lm(make(1500, a=0.4), TRUE, 1500)
    assert helpful.interval[0] > 0
    _, useless = fit_lm(make(1500, a=0.4, helpful=False), TRUE, 1500)
    assert useless.interval[0] <= 0 <= useless.interval[2]


@pytest.mark.parametrize("choices", [[], make(1)])
def test_a_fit_on_nothing_is_worth_nothing(choices):
    _, gain = fit_features(choices, TRUE, 10)
    assert (gain.before, gain.after, gain.interval) == (0.0, 0.0, (0.0, 0.0, 0.0))


def test_choices_that_were_not_judged_say_nothing():
    unjudged = [Choice(each.features, each.target) for each in make(20)]
    assert fit_lm(unjudged, TRUE)[0] == fit_lm([], TRUE)[0] == (0, 0)
    judged = make(300, a=0.4)
    assert fit_lm(judged + unjudged, TRUE) == fit_lm(judged, TRUE)


def test_a_model_that_answers_with_no_number_ranks_nobody_first():
    broken = [Choice(each.features, each.target, np.full((15, 2), np.nan)) for each in make(40)]
    with np.errstate(invalid="ignore"):
        _, gain = fit_lm(broken, TRUE)
    assert gain.after <= gain.before
