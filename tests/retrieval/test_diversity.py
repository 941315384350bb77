"""Maximal marginal relevance, against the formula written out, and how much chosen an item is."""

import numpy as np
import pytest
from sommelier.retrieval.diversity import diversified, familiarity


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def by_the_book(scores, vectors, diversity, n):
    relevance = (scores - scores.min()) / (scores.max() - scores.min())
    picked = []
    while len(picked) < n:
        rest = [at for at in range(len(scores)) if at not in picked]
        alike = {at: max((float(vectors[at] @ vectors[other]) for other in picked), default=0) for at in rest}
        alike = {at: max(value, 0) for at, value in alike.items()}
        picked.append(max(rest, key=lambda at: (1 - diversity) * relevance[at] - diversity * alike[at]))
    return picked


@pytest.mark.parametrize("diversity", [0.0, 0.2, 0.7, 1.0])
def test_the_order_is_that_of_the_formula(diversity):
    draw = np.random.default_rng(0)
    scores, vectors = draw.normal(size=30).astype(np.float32), unit(draw.normal(size=(30, 4)))
    assert diversified(scores, vectors, diversity, 12) == by_the_book(scores, vectors, diversity, 12)


def test_without_diversity_the_order_is_by_score_and_ties_keep_their_place():
    vectors = unit(np.ones((4, 2)))
    assert diversified(np.array([1, 3, 3, 2], np.float32), vectors, 0.0, 4) == [1, 2, 3, 0]
    assert diversified(np.ones(3, np.float32), vectors[:3], 0.0, 3) == [0, 1, 2]


def test_a_copy_of_the_first_falls_behind():
    vectors = unit(np.array([[1, 0], [1, 0], [0, 1]]))
    assert diversified(np.array([3, 2.9, 2], np.float32), vectors, 0.6, 3) == [0, 2, 1]


@pytest.mark.parametrize(("items", "n"), [(0, 5), (1, 5), (3, 0)])
def test_small_pools(items, n):
    assert diversified(np.ones(items, np.float32), unit(np.ones((items, 2))), 0.5, n) == list(range(min(items, n)))


def test_familiarity_is_logarithmic_and_without_choices_nothing():
    assert familiarity(np.array([0, 1, 3])).tolist() == pytest.approx([0, 0.5, 1])
    assert familiarity(np.array([0, 0])).tolist() == [0, 0]
    assert familiarity(np.array([], np.int64)).tolist() == []
