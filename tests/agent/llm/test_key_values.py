"""What is kept between calls: found by exact tokens, bounded, the least recently used dropped first."""

import torch
from sommelier.agent.llm.key_values import KeptKeyValues, LentPrefixes, contents
from transformers import DynamicCache

VALUES = ((torch.zeros(1, 1, 2, 4), torch.ones(1, 1, 2, 4)),)


def test_only_exactly_the_same_tokens_are_found():
    kept = KeptKeyValues(10)
    kept.keep((1, 2), VALUES)
    assert kept.get((1, 2)) is VALUES
    assert kept.get((1, 2, 3)) is None
    assert kept.get((1,)) is None


def test_the_least_recently_used_goes_first():
    kept = KeptKeyValues(6)
    kept.keep((1, 1), VALUES)
    kept.keep((2, 2), VALUES)
    kept.get((1, 1))
    kept.keep((3, 3, 3), VALUES)
    assert kept.get((2, 2)) is None
    assert kept.get((1, 1)) is VALUES
    assert kept.get((3, 3, 3)) is VALUES


def test_one_that_is_too_long_is_kept_alone():
    kept = KeptKeyValues(2)
    kept.keep((1,), VALUES)
    kept.keep((2,) * 9, VALUES)
    assert kept.get((2,) * 9) is VALUES
    assert kept.get((1,)) is None


def test_a_lent_prefix_is_copied_per_row_and_stays_as_it_was():
    prefixes = ((torch.arange(2.0).view(2, 1, 1, 1), torch.arange(2.0).view(2, 1, 1, 1)),)
    lent = LentPrefixes(prefixes, torch.tensor([1, 0, 1]))
    new = torch.full((3, 1, 1, 1), 9.0)
    keys, _ = lent.update(new, new, 0)
    assert keys[:, 0, :, 0].tolist() == [[1, 9], [0, 9], [1, 9]]
    assert lent.get_seq_length() == 1
    assert prefixes[0][0].flatten().tolist() == [0, 1]


def test_contents_do_not_change_when_the_cache_grows():
    cache = DynamicCache(VALUES)
    kept = contents(cache)
    cache.update(torch.ones(1, 1, 1, 4), torch.ones(1, 1, 1, 4), 0)
    assert cache.get_seq_length() == 3
    assert kept[0][0].shape == (1, 1, 2, 4)
