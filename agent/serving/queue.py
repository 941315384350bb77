"""The queue in front of the engine: so many turns at once, and who has nothing yet goes before who reads already.

Turns that share a processor all get slower together; one after the other, most are answered much sooner. A shelf takes
a second and its words take several, so a turn gives way between its parts. Of the places, one always belongs to
whoever came first: nobody waits for ever behind those who keep coming.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

AT_ONCE = 2
"""Turns answered at the same time: while one is being ranked, another can be written."""
_LOOK = 0.2
"""Seconds between two looks at whether somebody who waits has left."""


@dataclass(eq=False, slots=True)
class _Ticket:
    left: Callable[[], bool]
    inside: bool = False
    served: bool = False


class TurnQueue:
    """Safe to use from several threads. `at_once` turns run at the same time."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._tickets: list[_Ticket] = []
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, moved: Callable[[int], None], left: Callable[[], bool]) -> Iterator[Callable[[], None]]:
        """Wait for a place and hold it. `moved` is told how many are ahead whenever that changes; waiting ends early,
        without a place, once `left` says so.

        Yields what is to be called whenever there is something new to read: it lets those go first who have nothing
        yet, and returns with a place again, or without one once `left` says so.
        """
        ticket = _Ticket(left)
        with self._changed:
            self._tickets.append(ticket)
        try:
            self._wait(ticket, moved)
            yield lambda: self._give_way(ticket)
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _give_way(self, ticket: _Ticket) -> None:
        with self._changed:
            ticket.inside, ticket.served = False, True
            self._changed.notify_all()
        self._wait(ticket, lambda _: None)

    def _wait(self, ticket: _Ticket, moved: Callable[[int], None]) -> None:
        told = 0
        while not ticket.left():
            with self._changed:
                ticket.inside = self._next() is ticket
                ahead = 0 if ticket.inside else self._ahead(ticket)
                if ticket.inside:
                    self._changed.notify_all()
                elif ahead == told:
                    self._changed.wait(_LOOK)
                    continue
            if ahead != told:
                moved(ahead)
            if not ahead:
                return
            told = ahead

    def _next(self) -> _Ticket | None:
        """Whose turn it is, if there is a place: who came first, else the first who has nothing yet."""
        present = [each for each in self._tickets if not each.left()]
        if sum(each.inside for each in self._tickets) >= self._at_once or not present:
            return None
        if not present[0].inside:
            return present[0]
        return min((each for each in present if not each.inside), key=lambda each: each.served, default=None)

    def _ahead(self, ticket: _Ticket) -> int:
        """How many get their first words before this one, at least 1."""
        before = self._tickets[: self._tickets.index(ticket)]
        return max(1, sum(not each.served for each in before) - self._at_once + 1)
