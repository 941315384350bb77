"""The line in front of the engine: who has nothing yet goes first, nobody starves, nobody waits behind who left."""

import threading
import time

import pytest
from sommelier.agent.serving.queue import TurnQueue


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
    line, served, guests = TurnQueue(at_once=2), [], []
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
    line, served = TurnQueue(at_once=1), []
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
    line, served = TurnQueue(at_once=1), []
    try:
        with line.turn(print, lambda: False):
            raise ValueError
    except ValueError:
        guest = Guest(line, served)
        assert guest.inside.wait(10)
        guest.finish.set()


def step(line, name, said, parts, gates):
    """Answer in parts; each waits for its gate."""
    with line.turn(print, lambda: False) as give_way:
        for part in range(parts):
            gates[name, part].wait(10)
            said.append((name, part))
            give_way()


def test_everybody_has_a_first_part_before_the_second_of_those_who_came_later():
    line, said = TurnQueue(at_once=2), []
    gates = {(name, part): threading.Event() for name in "abcd" for part in range(3)}
    threads = [threading.Thread(target=step, args=(line, name, said, 3, gates), daemon=True) for name in "abcd"]
    for thread in threads:
        before = len(line._tickets)
        thread.start()
        until(lambda: len(line._tickets) > before)  # noqa: B023 - called at once

    def opens(name, part):
        gates[name, part].set()
        until(lambda: (name, part) in said)

    opens("b", 0)  # b has something to read: c and d go first
    opens("c", 0)
    opens("d", 0)
    opens("a", 0)  # who came first goes on beside the others
    for gate in gates.values():
        gate.set()
    for thread in threads:
        thread.join(10)
    assert len(said) == 12
    assert said[:4] == [("b", 0), ("c", 0), ("d", 0), ("a", 0)]


def test_who_came_first_is_never_kept_waiting_by_those_who_keep_coming():
    line, said = TurnQueue(at_once=1), []
    first, others = threading.Event(), []

    def long_turn():
        with line.turn(print, lambda: False) as give_way:
            first.wait(10)
            for part in range(20):
                said.append(part)
                give_way()

    def short_turn():
        with line.turn(print, lambda: False):
            said.append("short")

    thread = threading.Thread(target=long_turn)
    thread.start()
    until(lambda: line._tickets)
    for _ in range(5):
        others.append(threading.Thread(target=short_turn))
        others[-1].start()
    until(lambda: len(line._tickets) == 6)
    first.set()
    for each in (thread, *others):
        each.join(10)
    assert said == [*range(20), *["short"] * 5]


@pytest.mark.parametrize("others", [0, 1])
def test_a_reader_who_leaves_gives_the_place_to_the_next(others):
    line, gone = TurnQueue(at_once=1 + others), []
    earlier = [Guest(line, []) for _ in range(others)]
    assert all(each.inside.wait(10) for each in earlier)
    with line.turn(print, lambda: bool(gone)) as give_way:
        guest = Guest(line, [])
        guest.hears(1)
        gone.append(True)
        give_way()
        assert guest.inside.wait(10)  # already now, not only once the block is left
    for each in (*earlier, guest):
        each.finish.set()


def until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
