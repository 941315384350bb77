"""Who consumed what after what: on logs whose right answer is obvious by eye, and against a naive loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.retrieval.behaviour.covisitation import Covisitation, Sequences, decayed

A, B, C, D = range(4)


def fit(histories, items=4):
    return Covisitation.fit(Sequences.of(histories), items)


def strengths(histories, items=4):
    return fit(histories, items).strengths.toarray()


def naive(histories, items):
    """The definition in the module's docstring, as loops."""
    sequences = [[item for at, item in enumerate(each) if at == 0 or item != each[at - 1]] for each in histories]
    counts = np.zeros(items)
    for sequence in sequences:
        for item in sequence:
            counts[item] += 1
    table = np.zeros((items, items))
    for sequence in sequences:
        for early, first in enumerate(sequence):
            for late in range(early + 1, min(early + 10, len(sequence) - 1) + 1):
                then = sequence[late]
                if first != then:
                    table[first, then] += (late - early) ** -0.5
                    table[then, first] += 0.5 * (late - early) ** -0.5
    return table * np.maximum(counts, 1.0) ** -0.3


histories_of_six = st.lists(st.lists(st.integers(0, 5), max_size=25), max_size=6)


@settings(max_examples=60, deadline=None)
@given(histories_of_six)
def test_strengths_equal_the_definition_as_loops(histories):
    np.testing.assert_allclose(strengths(histories, 6), naive(histories, 6), rtol=1e-5, atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(histories_of_six, st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), max_size=8))
def test_scores_and_contributions_equal_the_definition_as_loops(histories, past):
    fitted, table = fit(histories, 6), naive(histories, 6)
    items = [item for item, _ in past]
    weights = decayed([weight for _, weight in past])
    given_by = [[0.8 ** (len(past) - 1 - at) * w * table[i, j] for j in range(6)] for at, (i, w) in enumerate(past)]
    wanted = np.array(given_by, np.float32).reshape(len(past), 6)
    np.testing.assert_allclose(fitted.score(items, weights), wanted.sum(axis=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(fitted.contributions(items, weights, [4, 1]), wanted[:, [4, 1]], rtol=1e-4, atol=1e-6)


def test_after_counts_twice_as_much_as_before():
    table = strengths([[A, B]])
    assert table[A, B] == pytest.approx(1.0)
    assert table[B, A] == pytest.approx(0.5)


def test_strength_falls_with_the_root_of_the_distance_and_ends_after_ten_steps():
    table = strengths([list(range(12))], 12)
    assert table[0, 4] == pytest.approx(4**-0.5)
    assert table[0, 10] == pytest.approx(10**-0.5)
    assert table[0, 11] == 0
    assert table[11, 0] == 0


def test_popular_items_are_discounted():
    table = strengths([[A, B], [A, C], [C], [C], [C]])  # C is consumed four times, B once
    assert table[A, C] == pytest.approx(table[A, B] * 4**-0.3)


def test_users_are_not_joined_end_to_end():
    assert strengths([[A], [B], [], [C, D]])[A].sum() == 0


def test_newest_history_weighs_most():
    fitted = fit([[A, C], [B, D]])
    scores = fitted.score([A, B], decayed([1, 1]))
    assert scores[D] == pytest.approx(1.0)
    assert scores[C] == pytest.approx(0.8)
    assert decayed([1.0, 0.5, 1.0]) == pytest.approx([0.64, 0.4, 1.0])


@pytest.mark.parametrize(("histories", "items"), [([], 0), ([], 1), ([], 3), ([[], []], 3), ([[0]], 1), ([[0, 0]], 1)])
def test_nothing_to_learn_from(histories, items):
    fitted = fit(histories, items)
    assert fitted.strengths.nnz == 0
    assert not fitted.score([], decayed([])).any()
    assert fitted.contributions([], decayed([]), []).shape == (0, 0)


def test_immediate_repetition_counts_once_and_an_item_never_leads_to_itself():
    fitted = fit([[A, A, A, B, A]])
    assert list(fitted.counts) == [2, 1, 0, 0]
    assert not fitted.strengths.diagonal().any()


def test_fitting_twice_gives_the_same_bits_and_saving_keeps_them(tmp_path):
    histories = [[at % 9, (at * 5) % 9, (at * 2) % 9] for at in range(20)]
    first, second = fit(histories, 9), fit(histories, 9)
    first.save(tmp_path)
    for other in (second, Covisitation.load(tmp_path)):
        assert np.array_equal(other.counts, first.counts)
        assert (other.strengths != first.strengths).nnz == 0
