"""The line in front of the engine: first come, first served, and nobody waits behind someone who left."""

import threading

from sommelier.agent.chat.line import Line


class Guest:
    """Somebody in the line, in a thread of their own. `told` are the numbers ahead that they heard."""

    def __init__(self, line, served):
        self.told, self.finish, self.gone = [], threading.Event(), False
        self.inside = threading.Event()
        self.moved = threading.Condition()
        self.thread = threading.Thread(target=self._come, args=(line, served), daemon=True)
        self.thread.start()

    def _come(self, line, served):
        with line.turn(self._hear, lambda: self.gone):
            if not self.gone:
                served.append(self)
                self.inside.set()
                self.finish.wait(10)

    def _hear(self, ahead):
        with self.moved:
            self.told.append(ahead)
            self.moved.notify_all()

    def hears(self, ahead):
        with self.moved:
            assert self.moved.wait_for(lambda: self.told and self.told[-1] == ahead, 10), self.told


def test_so_many_at_once_and_the_others_in_their_order():
    line, served, guests = Line(at_once=2), [], []
    for waiting in (0, 0, 1, 2):
        guests.append(Guest(line, served))
        guests[-1].hears(waiting) if waiting else guests[-1].inside.wait(10)
    assert served == guests[:2]
    guests[1].finish.set()
    guests[3].hears(1)
    assert guests[2].inside.wait(10)
    assert not guests[3].inside.is_set()
    guests[0].finish.set()
    assert guests[3].inside.wait(10)
    assert served == guests
    assert guests[3].told == [2, 1, 0]
    for each in guests:
        each.finish.set()


def test_who_leaves_keeps_nobody_waiting():
    line, served = Line(at_once=1), []
    first = Guest(line, served)
    assert first.inside.wait(10)
    second = Guest(line, served)
    second.hears(1)
    third = Guest(line, served)
    third.hears(2)
    second.gone = True
    third.hears(1)
    first.finish.set()
    assert third.inside.wait(10)
    assert served == [first, third]
    third.finish.set()


def test_a_turn_that_fails_gives_its_place_back():
    line, served = Line(at_once=1), []
    try:
        with line.turn(print, lambda: False):
            raise ValueError
    except ValueError:
        guest = Guest(line, served)
        assert guest.inside.wait(10)
        guest.finish.set()
