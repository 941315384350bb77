"""Constrained order: whatever is chosen at every step, a permutation comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sommelier.agent.llm.label_order import LabelOrder

SEPARATOR = (0,)
labels_of_one_length = st.lists(st.tuples(*[st.integers(1, 4)] * 3), unique=True, max_size=12)


@given(labels_of_one_length, st.randoms(use_true_random=False))
def test_every_path_is_a_permutation(labels, random):
    order, written = LabelOrder(labels, SEPARATOR), []
    while allowed := order.allowed():
        assert len(set(allowed)) == len(allowed)
        written += order.take(random.choice(allowed))
    assert sorted(order.chosen) == list(range(len(labels)))
    spelled = [token for label in order.chosen[:-1] for token in (*labels[label], *SEPARATOR)]
    assert written == spelled  # the last label is not a choice, so it is not written


def test_tokens_without_a_choice_are_written_along():
    order = LabelOrder([(1, 5, 6), (2, 7, 8), (2, 7, 9)], SEPARATOR)
    assert order.allowed() == [1, 2]
    assert order.take(2) == [2, 7]
    assert order.allowed() == [8, 9]
    assert order.take(9) == [9, 0]
    assert order.take(1) == [1, 5, 6, 0]
    assert order.chosen == [2, 0, 1]


def test_an_unfinished_order_ends_in_the_order_given():
    order = LabelOrder([(1,), (2,), (3,), (4,)], SEPARATOR)
    order.take(3)
    assert order.chosen == [2, 0, 1, 3]


@pytest.mark.parametrize("labels", [[(1,), (1, 2)], [(1,), (2,), (1,)], [(), (1,)]])
def test_labels_that_cannot_be_told_apart_are_refused(labels):
    with pytest.raises(ValueError, match="none may begin with another"):
        LabelOrder(labels, SEPARATOR)


@pytest.mark.parametrize("labels", [[], [(1, 2)]])
def test_nothing_to_choose(labels):
    order = LabelOrder(labels, SEPARATOR)
    assert order.allowed() == []
    assert order.chosen == list(range(len(labels)))
