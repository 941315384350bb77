"""Conversations: one turn at a time, followed by any number, restored from the log."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fake_engine import CALM, FakeEngine
from following import all_of, in_a_loop
from sommelier.agent.errors import ModelError
from sommelier.agent.serving.conversations import Conversations
from sommelier.agent.serving.exchange import chips_of, mark_of, may_undo
from sommelier.agent.serving.sessions import LONGEST_MESSAGE, Conversation, MessageError


def _last(conversation):
    return all_of(conversation.follow())[-1]


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

    async def followed():
        leaver, stayer = conversation.follow(), conversation.follow()
        await anext(leaver)
        await leaver.aclose()
        await anext(stayer)
        engine.pause.set()
        return [each async for each in stayer]

    assert in_a_loop(followed())[-1][-1].state == "done"


def test_a_turn_that_was_cut_off_can_be_asked_again_after_a_restart():
    engine = FakeEngine()
    conversation = Conversation(engine, "u", "s")
    conversation.ask("one")
    _last(conversation)
    (turn,) = engine.turns("u", "s")
    cut_off = {step: seconds for step, seconds in turn.timings.items() if step != "explanations"}
    engine._turns["s"] = [replace(turn, reply="", timings=cut_off)]
    restored = Conversation(engine, "u", "s")
    assert (restored.exchanges[-1].state, restored.exchanges[-1].unanswered) == ("stopped", True)
    restored.retry()
    assert [each.message for each in _last(restored)] == ["one"]
    assert restored.exchanges[-1].reply.startswith("You said: one.")


def test_many_conversations_that_all_run_leave_room_for_one_more():
    engine = FakeEngine()
    engine.thinking.clear()
    conversations = Conversations(engine, capacity=2)
    for session in "ab":
        conversations.of("u", session).ask("x")
    newcomer = conversations.of("u", "c")
    assert conversations.of("u", "c") is newcomer
    engine.thinking.set()
    for session in "ab":
        assert _last(conversations.of("u", session))[-1].state == "done"


def test_nothing_begins_once_the_server_closes():
    conversations = Conversations(FakeEngine())
    early = conversations.of("u", "a")
    conversations.close()
    for each in (early, conversations.of("u", "b")):
        with pytest.raises(MessageError, match="closing"):
            each.ask("x")
        assert each.exchanges == ()


def test_two_who_retry_at_once_lose_no_message():
    engine = FakeEngine()
    for _ in range(50):
        engine.failure = ModelError("gone")
        conversation = Conversation(engine, "u", "s")
        conversation.ask("one")
        _last(conversation)
        engine.failure = None
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _, own=conversation: _quietly(own.retry), range(2)))
        assert [each.message for each in _last(conversation)][-1] == "one"
        engine._turns.clear()


def _quietly(deed):
    try:
        deed()
    except MessageError as refused:
        return refused


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


def test_a_stopped_turn_keeps_what_it_said_and_can_be_asked_again():
    engine = FakeEngine()
    engine.pause.clear()
    conversation = Conversation(engine, "u", "s")
    conversation.ask("one")
    while not conversation.exchanges[-1].recommendations:
        time.sleep(0.01)
    conversation.halt()
    (exchange,) = _last(conversation)
    assert (exchange.state, len(exchange.recommendations), exchange.unanswered) == ("stopped", len(CALM), True)
    engine.pause.set()
    conversation.let_go(time.monotonic() + 5)
    assert _last(conversation) == (exchange,)  # the rest is not listened to
    conversation.retry()
    (exchange,) = _last(conversation)
    assert (exchange.state, exchange.message) == ("done", "one")
    with pytest.raises(MessageError, match="answered already"):
        conversation.retry()


def test_nothing_to_stop_or_retry_in_an_empty_conversation():
    conversation = Conversation(FakeEngine(), "u", "s")
    conversation.halt()
    assert conversation.exchanges == ()
    with pytest.raises(MessageError):
        conversation.retry()


def test_who_waits_hears_how_many_are_ahead_and_may_leave():
    engine = FakeEngine()
    engine.thinking.clear()
    conversations = Conversations(engine)
    places = [conversations.of("u", str(at)) for at in range(4)]
    for at, each in enumerate(places):
        each.ask("x")
        while each.exchanges[-1].ahead != max(0, at - 1):
            time.sleep(0.01)
        time.sleep(0.05)  # nothing says that somebody is inside
    assert [each.exchanges[-1].ahead for each in places] == [0, 0, 1, 2]
    places[2].halt()
    engine.thinking.set()
    assert _last(places[3])[-1].state == "done"
    assert places[2].exchanges[-1].state == "stopped"
    assert engine.turns("u", "2") == []


def test_everybody_has_a_shelf_before_the_second_answer_is_whole():
    engine = FakeEngine()
    engine.thinking.clear()
    engine.pause.clear()
    conversations = Conversations(engine)
    places = [conversations.of("u", str(at)) for at in range(6)]
    for each in places:
        each.ask("x")
    while places[-1].exchanges[-1].ahead != 4:
        time.sleep(0.01)
    engine.thinking.set()
    deadline = time.monotonic() + 10
    while not all(each.exchanges[-1].recommendations for each in places):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert all(each.running and not each.exchanges[-1].ahead for each in places)
    engine.pause.set()
    assert [_last(each)[-1].state for each in places] == ["done"] * 6


class SlowLog(FakeEngine):
    """An engine whose log takes its time over one session."""

    def __init__(self):
        super().__init__()
        self.reading, self.go_on = threading.Barrier(3), threading.Event()

    def turns(self, user, session):
        if session == "long":
            self.reading.wait(20)
            assert self.go_on.wait(20)
        return super().turns(user, session)


def test_a_long_log_of_one_holds_up_nobody_else():
    engine = SlowLog()
    conversations = Conversations(engine)
    with ThreadPoolExecutor(3) as threads:
        twice = [threads.submit(conversations.of, "u", "long") for _ in range(2)]
        engine.reading.wait(20)
        other = threads.submit(conversations.of, "v", "short")
        try:
            assert other.result(timeout=20) is conversations.of("v", "short")
            assert not any(each.done() for each in twice)
        finally:
            engine.go_on.set()
        first, second = (each.result(timeout=20) for each in twice)
    assert first is second is conversations.of("u", "long")


def _talk(conversation, *messages):
    for each in messages:
        conversation.ask(each)
        _last(conversation)


def test_a_condition_is_dropped_by_its_place_and_the_transcript_says_so():
    conversation = Conversation(FakeEngine(), "u", "s")
    _talk(conversation, "no comedy", "no music", "who made the first?")
    assert chips_of(conversation.exchanges) == ("no comedy", "no music")
    conversation.drop(0, mark_of(("no comedy", "no music")))
    *_, last = _last(conversation)
    assert (last.message, last.drop, chips_of((last,))) == ("Without: no comedy", 0, ("no music",))


@pytest.mark.parametrize(("place", "mark"), [(2, None), (-1, None), (0, "stale"), (10**9, None)])
def test_a_condition_that_is_not_there_is_refused(place, mark):
    conversation = Conversation(FakeEngine(), "u", "s")
    for _ in range(2):
        with pytest.raises(MessageError, match="no longer in force"):
            conversation.drop(place, mark)
        _talk(conversation, "no comedy")


def test_a_condition_that_went_elsewhere_meanwhile_is_one_sentence():
    engine = FakeEngine()
    conversation = Conversation(engine, "u", "s")
    _talk(conversation, "no comedy")
    list(engine.stream("u", "undo", "s"))  # another process
    conversation.drop(0)
    assert "no longer in force" in _last(conversation)[-1].problem


def test_the_last_message_is_edited_and_stays_so_after_a_restart():
    engine = FakeEngine()
    conversation = Conversation(engine, "u", "s")
    with pytest.raises(MessageError, match="no message to edit"):
        conversation.edit("no comedy")
    _talk(conversation, "no comedy", "no musik")
    mark = conversation.last_mark
    conversation.edit(" no music ", mark)
    said = _last(conversation)
    assert [each.message for each in said] == ["no comedy", "no music"]
    assert chips_of(said) == ("no comedy", "no music")
    assert Conversation(engine, "u", "s").exchanges == said
    with pytest.raises(MessageError, match="newer message"):
        conversation.edit("no drama", mark)
    with pytest.raises(MessageError, match="Tell me"):
        conversation.edit("  ")


def test_an_edit_that_fails_can_be_tried_again_and_replaces_once():
    engine = FakeEngine()
    conversation = Conversation(engine, "u", "s")
    _talk(conversation, "no comedy")
    engine.failure = ModelError("gone")
    conversation.edit("no music")
    assert _last(conversation)[-1].state == "failed"
    engine.failure = None
    conversation.retry()
    assert chips_of(_last(conversation)) == ("no music",)
    assert [each.message for each in engine.turns("u", "s")] == ["no music"]


def test_what_was_stopped_before_its_shelf_holds_once_and_is_replaced_by_the_next_try():
    engine = FakeEngine()
    engine.thinking.clear()
    conversation = Conversation(engine, "u", "s")
    conversation.ask("no comedy")
    conversation.halt()
    conversation.retry()
    engine.thinking.set()
    assert chips_of(_last(conversation)) == ("no comedy",)
    assert [each.message for each in engine.turns("u", "s")] == ["no comedy"]
    engine.thinking.clear()
    conversation.ask("no music")
    conversation.halt()
    conversation.ask("anything")
    engine.thinking.set()
    assert chips_of(_last(conversation)) == ("no comedy", "no music")
    assert [each.message for each in engine.turns("u", "s")] == ["no comedy", "no music", "anything"]


def test_a_stopped_drop_is_tried_again_as_one():
    engine = FakeEngine()
    conversation = Conversation(engine, "u", "s")
    _talk(conversation, "no comedy", "no music")
    engine.pause.clear()
    conversation.drop(1)
    while not conversation.exchanges[-1].recommendations:
        time.sleep(0.01)
    conversation.halt()
    engine.pause.set()
    conversation.let_go(time.monotonic() + 5)
    again = Conversation(engine, "u", "s")  # also after a restart
    assert again.exchanges[-1].unanswered
    again.retry()
    assert chips_of(_last(again)) == ("no comedy",)
    assert len(engine.turns("u", "s")) == 3


def test_the_open_question_offers_its_answers_until_something_else_was_said():
    conversation = Conversation(FakeEngine(), "u", "s")
    with pytest.raises(MessageError, match="no longer open"):
        conversation.option(1)
    _talk(conversation, "ask me")
    assert conversation.option(2, mark_of(("drama", "comedy"))) == "comedy"
    for rank, mark in ((0, None), (3, None), (1, "stale")):
        with pytest.raises(MessageError, match="no longer open"):
            conversation.option(rank, mark)
    _talk(conversation, "drama")
    with pytest.raises(MessageError, match="no longer open"):
        conversation.option(1)


def test_undo_is_a_step_like_any_other_and_is_offered_while_there_is_one():
    conversation = Conversation(FakeEngine(), "u", "s")
    assert not may_undo(conversation.exchanges)
    _talk(conversation, "no comedy", "who made it?")
    assert may_undo(conversation.exchanges)
    conversation.undo()
    assert chips_of(_last(conversation)) == ()
    assert not may_undo(conversation.exchanges)
