"""Background writing gives way to a turn, and goes on afterwards."""

import threading
import time

import pytest
from sommelier.agent.llm.background_writer import BackgroundWriter, Foreground, StoppedError
from sommelier.agent.llm.language_model import Message


class SlowModel:
    """Writes five words; tells when the first is out."""

    def __init__(self):
        self.begun = threading.Event()
        self.words = 0

    def stream(self, messages, *, max_new_tokens, temperature=0.0, seed=0, opening=""):
        for word in ("one ", "two ", "three ", "four ", "five"):
            self.words += 1
            self.begun.set()
            yield word


def test_a_turn_stops_the_background_and_its_end_lets_it_finish():
    lm, foreground, texts = SlowModel(), Foreground(), []
    writer = BackgroundWriter(lm, foreground)
    with foreground.turn():
        thread = threading.Thread(target=lambda: texts.extend(writer.write([[Message("user", "?")]], max_new_tokens=5)))
        thread.start()
        assert not lm.begun.wait(0.2)
    thread.join(10)
    assert texts == ["one two three four five"]


def test_two_turns_must_both_end():
    foreground, passed = Foreground(), threading.Event()
    thread = threading.Thread(target=lambda: (foreground.wait(10), passed.set()))
    with foreground.turn():
        with foreground.turn():
            thread.start()
        assert not passed.wait(0.2)
    assert passed.wait(10)
    thread.join()


def test_nothing_to_wait_for_is_no_wait():
    assert BackgroundWriter(SlowModel(), Foreground()).write([], max_new_tokens=5) == []


def test_patience_ends_once_for_the_whole_text():
    lm, foreground = SlowModel(), Foreground()
    started = time.monotonic()
    with foreground.turn():
        texts = BackgroundWriter(lm, foreground, patience=0.3).write([[Message("user", "?")]], max_new_tokens=5)
    assert texts == ["one two three four five"]
    assert time.monotonic() - started < 2  # five tokens that each waited anew would wait for ever longer


def test_closing_stops_whoever_gives_way():
    lm, foreground, stopped = SlowModel(), Foreground(), threading.Event()

    def work():
        with pytest.raises(StoppedError):
            BackgroundWriter(lm, foreground).write([[Message("user", "?")]], max_new_tokens=5)
        stopped.set()

    thread = threading.Thread(target=work)
    with foreground.turn():
        thread.start()
        foreground.close()
        assert stopped.wait(10)
    thread.join()
    assert lm.words <= 1
