"""What is taken in conversations that read alike."""

import numpy as np
import pytest
from sommelier.retrieval.text.conversations import Conversation, Conversations, fingerprint, known_of

EAST, NORTH = np.eye(2, dtype=np.float32)
SAID = np.array([EAST] * 6 + [NORTH] * 6)
TAKEN = [[0], [0, 2], [0], [0, 2], [0], [0], [1], [1], [1, 2], [1], [1], [1]]


def test_an_item_is_found_by_what_was_said_where_it_was_taken():
    learned = Conversations.fit(SAID, TAKEN, 4)
    east, between = learned.score(EAST), learned.score((EAST + NORTH) / np.sqrt(2))
    assert east == pytest.approx([6 / 7, 0, 2 / 7, 0], abs=1e-6), "the share that took it, held down by the ridge"
    assert between[0] == pytest.approx(between[1])


def test_few_conversations_say_less_than_many():
    assert Conversations.fit(SAID[:1], TAKEN[:1], 4).score(EAST)[0] == pytest.approx(0.5)


def test_where_nobody_spoke_nothing_is_said(tmp_path):
    none = Conversations.fit(np.zeros((0, 0), np.float32), [], 4)
    none.save(tmp_path)
    assert none.score(EAST) is None
    assert Conversations.load(tmp_path).score(EAST) is None
    assert Conversations.load(tmp_path / "older").score(EAST) is None


def test_what_was_learned_is_kept(tmp_path):
    learned = Conversations.fit(SAID, TAKEN, 4)
    learned.save(tmp_path)
    assert Conversations.load(tmp_path).score(NORTH) == pytest.approx(learned.score(NORTH))


def test_conversations_that_led_to_nothing_known_are_left_out():
    known = known_of([Conversation("a heist", ("b", "gone", "a", "b")), Conversation("a king", ("gone",)),
                      Conversation("", ("a",))], {"a": 0, "b": 1})  # fmt: skip
    assert known == [("a heist", [0, 1])]
    assert fingerprint(known) == fingerprint([("a heist", (0, 1))]) != fingerprint([("a heist", [1])])
