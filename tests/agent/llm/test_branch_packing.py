"""Batches of branches: each branch once, blind to the others, in shapes that other branches' words do not change."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sommelier.agent.llm.branch_packing import ATTENDED_TOKENS, PASS_TOKENS, Branch, batches, like_long, padded

PREFIXES = [5, 3, 9]


def branches_of(lengths):
    return [Branch([at + 1] * length, at % len(PREFIXES), at) for at, length in enumerate(lengths)]


@given(st.lists(st.integers(1, 90), min_size=1, max_size=80), st.integers(0, 400), st.sampled_from([1, 16]))
def test_each_branch_stands_once_where_it_says(lengths, padding, multiple):
    found = list(batches(branches_of(lengths), PREFIXES, padding=padding, multiple=multiple))
    assert sorted(place for each in found for place in each.places.tolist()) == list(range(len(lengths)))
    for each in found:
        for row, place in enumerate(each.places.tolist()):
            assert each.ids[row, : lengths[place]].tolist() == [place + 1] * lengths[place]
            assert not each.ids[row, lengths[place] :].any()
            assert each.ends[row] == lengths[place] - 1
            assert each.owners[row] == place % len(PREFIXES)
            assert each.positions[row, 0] == PREFIXES[place % len(PREFIXES)]


@given(st.lists(st.integers(1, 90), min_size=1, max_size=80), st.integers(0, 400))
def test_a_pass_is_bounded_and_so_is_its_padding(lengths, padding):
    for each in batches(branches_of(lengths), PREFIXES, padding=padding, multiple=1):
        assert each.ids.numel() <= PASS_TOKENS
        assert sum(each.ids.shape[1] - lengths[place] for place in each.places.tolist()) <= padding


def test_a_row_sees_its_prefix_and_itself_up_to_where_it_is():
    (batch,) = batches([Branch([7, 8], 0, 0), Branch([9], 1, 1)], [2, 1], padding=99, multiple=1)
    assert batch.places.tolist() == [1, 0]  # the shorter one first
    assert batch.mask[0, 0].int().tolist() == [[1, 0, 1, 0], [1, 0, 1, 1]]
    assert batch.mask[1, 0].int().tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]


def test_prefixes_of_one_length_share_a_mask():
    (batch,) = batches([Branch([7, 8], 0, 0), Branch([9], 1, 1)], [2, 2], padding=99, multiple=1)
    assert batch.mask.shape == (1, 1, 2, 4)


def test_within_its_width_a_branch_moves_no_other():
    def layout(length):
        found = batches(branches_of([20, length, 40, 18]), PREFIXES, padding=128)
        return [(each.ids.shape, each.places.tolist()) for each in found]

    assert layout(17) == layout(32)
    assert layout(32) != layout(200)


def test_a_long_prefix_means_fewer_rows():
    (first, *_) = batches([Branch([1], 0, at) for at in range(100)], [ATTENDED_TOKENS // 10], padding=0)
    assert first.ids.shape[0] == 9
    (alone,) = batches([Branch([1] * 3000, 0, 0)], [2 * ATTENDED_TOKENS], padding=0)
    assert alone.ids.shape == (1, 3008)


@given(st.lists(st.integers(0, 3 * PASS_TOKENS), max_size=40))
def test_groups_of_like_length(lengths):
    groups = list(like_long(lengths))
    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[place] for place in group) <= PASS_TOKENS


@pytest.mark.parametrize("rows", [[[1, 2], [3]], [[], [1]]])
def test_padded(rows):
    assert torch.equal(padded(rows, 2)[1], torch.tensor([rows[1][0], 0]))
