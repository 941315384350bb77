"""What the baselines learn from, and how their lists are judged."""

import numpy as np
import pytest
from fakes import film
from field_log import Log, best_lists, ranks_of
from sommelier.agent.memory.memory import Memory
from sommelier.retrieval.catalogue import Event


def log(*histories, items=6):
    return Log([f"i{at}" for at in range(items)], [f"u{at}" for at in range(len(histories))], histories)


def test_the_log_is_what_sommelier_counts_as_choices(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'log.db'}") as memory:
        memory.catalogue.upsert_items([film("b"), film("a"), film("c")])
        kinds = [("b", "purchase"), ("c", "view"), ("a", "seen"), ("c", "like")]
        memory.events.add([Event(f"e{at}", "ana", item, kind, position=at) for at, (item, kind) in enumerate(kinds)])
        whole, shorter = Log.of(memory, {}), Log.of(memory, {"ana": 1})
    assert (whole.items, whole.users) == (["a", "b", "c"], ["ana"])
    assert whole.histories == [[1, 0, 2]], "a view is no choice"
    assert shorter.histories == [[1, 0]], "what is held back is not in the log"


def test_the_matrix_says_once_what_was_chosen_twice():
    assert log([0, 2, 0], []).matrix().toarray().tolist() == [[1, 0, 1, 0, 0, 0], [0] * 6]


def test_only_new_last_choices_of_long_histories_are_held_out():
    blind, targets = log([0, 1, 2], [0, 1], [0, 1, 0], [3, 4, 5]).without_last(10)
    assert targets == {0: 2, 3: 5}
    assert blind.histories == [[0, 1], [0, 1], [0, 1, 0], [3, 4]]
    assert len(log([0, 1, 2], [3, 4, 5]).without_last(1)[1]) == 1


def test_lists_leave_out_what_was_chosen_and_count_ties_against_the_system():
    some = log([0], [1])
    scores = np.array([[9, 1, 3, 3, 3, 2], [5, 5, 5, 5, 5, 5]], np.float32)
    lists = best_lists(lambda rows: scores[list(rows)], some, {0: 2, 1: 4})
    assert lists[0] == [3, 4, 2, 5, 1], "the target comes after those that score as well"
    assert lists[1][-1] == 4
    assert 1 not in lists[1]
    assert ranks_of(lists, {0: 2, 1: 4}).tolist() == [3, 5]


@pytest.mark.parametrize("scores", [np.zeros(1000), np.arange(1000)[::-1]])
def test_a_target_below_the_list_is_missed(scores):
    many = log([0], items=1000)
    lists = best_lists(lambda rows: np.array([scores for _ in rows], np.float32), many, {0: 999})
    assert len(lists[0]) == 200
    assert np.isinf(ranks_of(lists, {0: 999})).all()
