"""Background writing gives way to a turn, and goes on afterwards."""

import threading

from sommelier.agent.language_model import Message
from sommelier.agent.patience import Foreground, PatientWriter


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
    writer = PatientWriter(lm, foreground)
    with foreground.turn():
        thread = threading.Thread(target=lambda: texts.extend(writer.write([[Message("user", "?")]], max_new_tokens=5)))
        thread.start()
        assert not lm.begun.wait(0.2)
    thread.join(10)
    assert texts == ["one two three four five"]


def test_two_turns_must_both_end():
    foreground, passed = Foreground(), threading.Event()
    thread = threading.Thread(target=lambda: (foreground.wait(), passed.set()))
    with foreground.turn():
        with foreground.turn():
            thread.start()
        assert not passed.wait(0.2)
    assert passed.wait(10)
    thread.join()


def test_nothing_to_wait_for_is_no_wait():
    assert PatientWriter(SlowModel(), Foreground()).write([], max_new_tokens=5) == []
