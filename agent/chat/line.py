"""The line in front of the engine: so many turns at once, the others in the order in which they came.

Turns that share a processor all get slower together; one after the other, most are answered much sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AT_ONCE = 2
"""Turns answered at the same time: while one is being ranked, another can be written."""
_LOOK = 0.2
"""Seconds between two looks at whether somebody who waits has left."""


class Line:
    """Safe to use from several threads. `at_once` turns run, first come, first served."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._tickets: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, moved: Callable[[int], None], left: Callable[[], bool]) -> Iterator[None]:
        """Wait for a place and hold it. `moved` is told how many are ahead whenever that changes; waiting ends early,
        without a place, once `left` says so."""
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        try:
            self._wait(ticket, moved, left)
            yield
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object, moved: Callable[[int], None], left: Callable[[], bool]) -> None:
        told = 0
        while not left():
            with self._changed:
                ahead = max(0, self._tickets.index(ticket) - self._at_once + 1)
                if ahead == told and ahead:
                    self._changed.wait(_LOOK)
                    continue
            if ahead != told:
                moved(ahead)
            if not ahead:
                return
            told = ahead
