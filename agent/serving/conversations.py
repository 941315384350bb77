"""The conversations that are open in this process, each restored from the engine's log when somebody comes to it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from .chat_engine import ChatEngine
from .queue import TurnQueue
from .sessions import Conversation


class Conversations:
    """The conversations that are open in this process. Idle ones are let go: the engine's log has them."""

    def __init__(self, engine: ChatEngine, capacity: int = 500) -> None:
        self._engine = engine
        self._queue = TurnQueue()
        self._capacity = capacity
        self._open: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._closed = False
        self._lock = threading.Lock()

    def of(self, user: str, session: str) -> Conversation:
        """The conversation `session` of `user`, restored from the engine's log when it is not open."""
        key = (user, session)
        with self._lock:
            found = self._open.get(key)
        # The log is read while the lock is free: one long conversation holds up nobody else's.
        restored = found or Conversation(self._engine, user, session, self._queue)
        with self._lock:
            found = self._open.setdefault(key, restored)
            self._open.move_to_end(key)
            self._let_go()
            if self._closed:
                found.close()
            return found

    def close(self, patience: float = 5.0) -> None:
        """Stop what is running, and wait up to `patience` seconds in all until the engine is let go of."""
        deadline = time.monotonic() + patience
        with self._lock:
            self._closed = True
            leaving = list(self._open.values())
        for conversation in leaving:
            conversation.close()
        for conversation in leaving:
            conversation.let_go(deadline)

    def _let_go(self) -> None:
        *earlier, _ = self._open.items()  # the newest is in use
        idle = [key for key, each in earlier if not each.running]
        for key in idle[: max(0, len(self._open) - self._capacity)]:
            del self._open[key]
