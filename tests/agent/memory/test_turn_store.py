"""Turns come back with what produced them, to their own user."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sommelier.agent.llm.language_model import ModelCard
from sommelier.agent.turn import Explanation, Recommendation, Turn
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.evidence import Evidence, HistoryLink, SharedAttribute

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FACTS = {"year": 1995, "genres": ("Crime", "Drama"), "score": 7.0, "new": False}
HEAT = Item("heat", "Heat", "A thief and a detective.", FACTS)


def test_turn_is_logged_with_everything_that_made_it(memory):
    link, shared = HistoryLink("ran", "Ran", 0.5, "liked"), SharedAttribute("genres", "Crime", 0.7, 1.2)
    evidence = Evidence((link,), (shared,), ("heist",), 0.9)
    shown = Recommendation(HEAT, 1, 0.75, Explanation("Because of Ran.", "evidence"), evidence, {"lm": 0.25})
    first = Turn("t1", "s1", "ann", "a heist film", "Here is Heat.", (shown,), {"ranking": 0.2}, NOON, {"device": "tv"})
    second = replace(first, id="t2", message="another", recommendations=(), at=NOON + timedelta(seconds=5))
    card = ModelCard("tiny", "ab" * 32, "none", None, "cpu", "bfloat16")
    memory.turns.save(second)
    memory.turns.save(first, {"rank": "c0ffee"}, card)
    logged = memory.turns.of("ann", "s1")
    assert [each.turn for each in logged] == [first, second]
    assert (logged[0].prompts, logged[0].model, logged[1].model) == ({"rank": "c0ffee"}, card, None)
    assert memory.turns.of("ann", "another") == []
    assert memory.turns.of("bob", "s1") == []


def test_the_last_turn_of_a_session_is_the_users_own(memory):
    turn = Turn("t", "s", "ann", "hi", "", (), {}, NOON)
    memory.turns.save(turn)
    memory.turns.save(replace(turn, id="u", at=NOON + timedelta(hours=1)))
    assert memory.turns.last_at("ann", "s") == NOON + timedelta(hours=1)
    assert memory.turns.last_at("bob", "s") is None
    assert memory.turns.last_at("ann", "other") is None


def test_a_turn_that_was_replaced_is_kept_and_no_longer_read(memory):
    turn = Turn("t", "s", "ann", "hi", "", (), {}, NOON)
    memory.turns.save(turn)
    memory.turns.save(replace(turn, id="u", at=NOON + timedelta(hours=1)))
    edited = replace(turn, id="v", at=NOON + timedelta(hours=2), replaces="u", drop=3)
    memory.turns.save(edited)
    assert [each.turn for each in memory.turns.of("ann", "s")] == [turn, edited]
    assert [id for id, _ in memory.turns.newest("ann", "s", 5)] == ["v", "t"]
    assert memory.statistics.counts().turns == 3
    assert [user for user, _, _ in memory.turns.said(5)] == ["ann", "ann"]
    assert memory.turns.said(1) == [("ann", "s", edited.state)]
    other = replace(edited, id="w", user="bob", session="s", replaces="t")  # nobody replaces what is not theirs
    memory.turns.save(other)
    assert [id for id, _ in memory.turns.newest("ann", "s", 5)] == ["v", "t"]
