"""What is known of the people met lately, kept and brought up to date by what was committed since.

The log stays the truth: every look at it begins by asking for arrivals, so an event that anybody committed counts, and
one that was never committed does not. What is kept is a copy that saves reading the whole log again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ...retrieval.catalogue import User
from ...retrieval.readers.sources import is_storable
from ..errors import InvalidEventError
from ..memory.events import Mark
from ..memory.memory import Memory
from ..memory.summaries import Summary
from .drift import Change, changes_between
from .history import UserHistory
from .user_state import UserState

KEPT = 200
"""People. One with 500 events to remember takes about half a megabyte."""

Read: TypeAlias = Callable[[User, UserHistory, "Summary | None"], UserState]


@dataclass(frozen=True, slots=True)
class _Known:
    mark: Mark | None
    recalled: UserHistory
    user: User
    summary: Summary | None
    user_state: UserState


class ProfileCache:
    """Safe to call from several threads; `read` must be a function of its arguments alone."""

    def __init__(self, memory: Memory, read: Read, kept: int = KEPT) -> None:
        self._memory = memory
        self._read = read
        self._kept = kept
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()
        self._forgotten = 0

    def of(self, id: str) -> UserState:
        """The user as the log has them now.

        Raises InvalidEventError for an id that no event can have, WorkspaceError as `Memory` does.
        """
        if not id or not is_storable(id):
            raise InvalidEventError(f"the user id {id!r} cannot be stored; give every person an id of plain text")
        with self._lock:
            before, forgotten = self._known.get(id), self._forgotten
        known = self._current(id, before)
        with self._lock:  # two threads may both have read: what either keeps is right, and is caught up the next time
            if forgotten != self._forgotten:  # read of a catalogue that has been replaced meanwhile
                return known.user_state
            self._known[id] = known
            self._known.move_to_end(id)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return known.user_state

    def forget(self) -> None:
        """Read everybody anew when they are next asked for: `read` answers by another catalogue now."""
        with self._lock:
            self._forgotten += 1
            self._known.clear()

    def changes(self, user_state: UserState, session: str) -> tuple[Change, ...]:
        """How the interests moved through what this user did in a session; events say theirs in their context."""
        earlier = [each for each in user_state.events if each.context.get("session") != session]
        if len(earlier) == len(user_state.events):
            return ()
        user = self._memory.catalogue.user(user_state.profile.user)
        before = self._read(user, UserHistory.of(earlier), None).profile
        return changes_between(before.interests, user_state.profile.interests)

    def _current(self, id: str, before: _Known | None) -> _Known:
        arrivals = self._memory.events.arrivals(id, before.mark if before else None)
        if before and not arrivals.anew:
            recalled = before.recalled.including(arrivals.events)
        else:
            recalled = UserHistory.of(arrivals.events)
        user, summary = self._memory.catalogue.user(id), self._memory.summaries.latest(id)
        if before and (recalled, user, summary) == (before.recalled, before.user, before.summary):
            return before
        return _Known(arrivals.mark, recalled, user, summary, self._read(user, recalled, summary))
