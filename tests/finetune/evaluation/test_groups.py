"""Groups of users and targets, on counts that can be read by eye."""

import numpy as np
import pytest
from fakes import build, film
from sommelier.finetune.evaluation.groups import SMALLEST, gaps, item_groups, user_groups


def named(groups, by):
    return {group.name: group.members.nonzero()[0].tolist() for group in groups if group.by == by}


def test_users_by_history_and_cold():
    groups = user_groups([1, 4, 5, 20, 30, 40], [{}] * 6)
    assert named(groups, "cold") == {"cold, under 5 events": [0, 1], "warm": [2, 3, 4, 5]}
    assert named(groups, "history") == {"1 to 4 events": [0, 1], "5 to 20 events": [2, 3], "30 to 40 events": [4, 5]}


def test_alike_histories_are_one_group_and_nobody_cold_is_none():
    groups = user_groups([9, 9, 9], [{}] * 3)
    assert named(groups, "history") == {"9 events": [0, 1, 2]}
    assert named(groups, "cold") == {"warm": [0, 1, 2]}


def test_no_cases_no_groups():
    assert user_groups([], []) == []


def test_attributes_with_few_values_make_groups():
    attributes = [{"sex": "f", "name": f"n{at}", "lives": "here", "age": 20 + at % 2} for at in range(10)]
    attributes[3] = {"sex": "m", "name": "n3"}
    attributes[4] = {"sex": "m"}
    attributes += [{}, {}]
    groups = user_groups([1] * 12, attributes)
    assert named(groups, "sex") == {"f": [0, 1, 2, 5, 6, 7, 8, 9], "m": [3, 4]}
    assert named(groups, "age") == {}  # two values, eight users
    assert named(groups, "name") == {}  # as many values as users
    assert named(groups, "lives") == {}  # one value divides nobody


def test_attributes_with_many_values_make_none():
    groups = user_groups([1] * 90, [{"town": f"t{at % 9}", "size": at % 8} for at in range(90)])
    assert named(groups, "town") == {}
    assert len(named(groups, "size")) == 8  # numbers too, where they are few


def test_items_by_popularity_tail_and_cold(tmp_path):
    films = [film(f"f{at}") for at in range(10)]
    histories = [[f"f{at}"] for at, times in ((0, 12), (1, 6), (2, 5), (3, 1)) for _ in range(times)]
    index = build(tmp_path, films, histories)
    groups = item_groups(["f0", "f1", "f2", "f3", "f9"], index)
    assert named(groups, "cold") == {"cold, under 5 choices": [3, 4], "warm": [0, 1, 2]}
    assert named(groups, "tail") == {"head": [0, 1], "long tail": [2, 3, 4]}
    assert named(groups, "popularity") == {"0 to 1 choices": [3, 4], "5 choices": [2], "6 to 12 choices": [0, 1]}
    index.close()


def test_a_group_that_is_served_worse_is_seen():
    gains = np.random.default_rng(1).uniform(0.4, 0.6, 200)
    gains[:50] -= 0.3
    groups = user_groups([9] * 200, [{"region": "north" if at < 50 else "south", "half": at % 2} for at in range(200)])
    found = gaps(groups, gains)
    assert (found[0].group.by, found[0].group.name) == ("region", "north")
    assert found[0].difference.middle == pytest.approx(gains[:50].mean() - gains[50:].mean())
    assert found[0].p < 0.001
    assert all(gap.p > 0.05 for gap in found if gap.group.by == "half")


def test_nothing_is_claimed_of_few_users_nor_beside_few():
    few = SMALLEST - 1
    for size in (few, 100 - few):
        groups = user_groups([9] * 100, [{"sex": "f" if at < size else "m"} for at in range(100)])
        assert gaps(groups, np.random.default_rng(2).uniform(size=100)) == []


def test_targets_are_no_user_group(tmp_path):
    index = build(tmp_path, [film("a"), film("b")], [["a"]] * 9)
    groups = item_groups(["a"] * 50 + ["b"] * 50, index)
    assert groups
    assert gaps(groups, np.arange(100.0)) == []
    index.close()
