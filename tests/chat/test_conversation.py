"""Conversations: one turn at a time, followed by any number, restored from the log."""

import time

import pytest
from fake_engine import CALM, FakeEngine
from sommelier.agent.chat.conversation import LONGEST_MESSAGE, Conversation, Conversations, MessageError
from sommelier.agent.errors import ModelError


def _last(conversation):
    return list(conversation.follow())[-1]


def test_a_turn_is_followed_to_its_end_and_then_restored_from_the_log():
    engine = FakeEngine()
    conversation = Conversation(engine, "u", "s")
    conversation.ask("  hello ")
    (exchange,) = _last(conversation)
    assert (exchange.state, exchange.message) == ("done", "hello")
    assert exchange.recommendations[0].explanation.text == "Written just now, for you."
    assert Conversation(engine, "u", "s").exchanges == (exchange,)
    assert Conversation(engine, "u", "other").exchanges == ()


def test_a_second_message_waits_for_the_first():
    engine = FakeEngine()
    engine.pause.clear()
    conversation = Conversation(engine, "u", "s")
    conversation.ask("one")
    with pytest.raises(MessageError, match="still answering"):
        conversation.ask("two")
    engine.pause.set()
    _last(conversation)
    conversation.ask("two")
    assert [each.message for each in _last(conversation)] == ["one", "two"]


def test_several_follow_one_turn_and_one_may_leave():
    engine = FakeEngine()
    engine.pause.clear()
    conversation = Conversation(engine, "u", "s")
    conversation.ask("one")
    leaver, stayer = conversation.follow(), conversation.follow()
    next(leaver)
    leaver.close()
    next(stayer)
    engine.pause.set()
    assert list(stayer)[-1][-1].state == "done"


@pytest.mark.parametrize("message", ["", "  \n ", "w" * (LONGEST_MESSAGE + 1)])
def test_empty_and_endless_messages_are_refused(message):
    conversation = Conversation(FakeEngine(), "u", "s")
    with pytest.raises(MessageError):
        conversation.ask(message)
    assert conversation.exchanges == ()


def test_our_errors_speak_for_themselves_and_others_are_not_shown(caplog):
    conversation = Conversation(FakeEngine(failure=ModelError("No model. Run doctor.")), "u", "s")
    conversation.ask("x")
    assert _last(conversation)[-1].problem == "No model. Run doctor."
    conversation = Conversation(FakeEngine(failure=KeyError("internals")), "u", "s")
    conversation.ask("x")
    (exchange,) = _last(conversation)
    assert exchange.state == "failed"
    assert "internals" not in exchange.problem
    assert "internals" in caplog.text


def test_a_shelf_is_found_by_its_mark_and_nothing_else_is():
    conversation = Conversation(FakeEngine(), "u", "s")
    conversation.ask("x")
    (exchange,) = _last(conversation)
    assert conversation.shown(exchange.mark, 2).item == CALM[1]
    assert conversation.shown(exchange.mark, 9) is None
    assert conversation.shown("f2", 2) is None
    assert Conversation(FakeEngine(), "u", "t").shown(exchange.mark, 2) is None


def test_idle_conversations_are_let_go_and_come_back():
    engine = FakeEngine()
    conversations = Conversations(engine, capacity=2)
    first = conversations.of("u", "s0")
    first.ask("keep this")
    _last(first)
    for number in range(1, 4):
        conversations.of("u", f"s{number}")
    again = conversations.of("u", "s0")
    assert again is not first
    assert [each.message for each in again.exchanges] == ["keep this"]


def test_closing_does_not_wait_for_ever():
    engine = FakeEngine()
    engine.pause.clear()
    conversations = Conversations(engine)
    conversations.of("u", "s").ask("x")
    started = time.monotonic()
    conversations.close(patience=0.1)
    assert time.monotonic() - started < 2
    engine.pause.set()
