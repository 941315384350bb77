"""A conversation as the page follows it: every exchange so far, and the one that is being answered.

A turn runs in a thread of its own and writes into the conversation; a page only follows. A closed tab stops
nothing, and a reloaded one reattaches to the running turn. Knows nothing about Gradio or HTML.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ...prompts.prompt import PromptError
from ...retrieval.catalogue import CatalogueError
from ..errors import SommelierError
from ..turn import Explained, Finished, Recommendation, Sentence, Shelf, Turn, TurnPart
from . import words

if TYPE_CHECKING:
    from ..recommender import Recommender

LONGEST_MESSAGE = 2000
"""Characters that one message may have."""

TELLABLE = (SommelierError, CatalogueError, PromptError)
"""Errors whose message is written for the reader; any other goes to the log."""

_log = logging.getLogger(__name__)


class MessageError(SommelierError):
    """A message that cannot be asked: empty, too long, or while another is still being answered."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and its answer so far. `problem` is a plain sentence when `state` is "failed"."""

    message: str
    reply: str = ""
    recommendations: tuple[Recommendation, ...] = ()
    state: Literal["running", "done", "failed"] = "running"
    problem: str = ""

    @classmethod
    def logged(cls, turn: Turn) -> Exchange:
        """A turn that the engine has finished and logged."""
        return cls(turn.message, turn.reply, turn.recommendations, "done")

    def taking(self, part: TurnPart) -> Exchange:
        """This exchange with one more part of the streamed turn."""
        if isinstance(part, Shelf):
            return replace(self, recommendations=part.recommendations)
        if isinstance(part, Sentence):
            return replace(self, reply=f"{self.reply} {part.text}".strip())
        if isinstance(part, Finished):
            return self.logged(part.turn)
        return replace(self, recommendations=tuple(_explained(part, each) for each in self.recommendations))

    def failing(self, problem: str) -> Exchange:
        """This exchange ended by `problem`; once it is answered, a later problem no longer matters to the reader."""
        return self if self.state == "done" else replace(self, state="failed", problem=problem)

    @property
    def mark(self) -> str:
        """Names this exchange's shelf without naming an item: the same items in the same order, the same mark."""
        ids = "\0".join(each.item.id for each in self.recommendations)
        return hashlib.sha256(ids.encode()).hexdigest()[:12]


def _explained(part: Explained, shown: Recommendation) -> Recommendation:
    return part.recommendation if part.recommendation.item.id == shown.item.id else shown


class Conversation:
    """One session of one user. Safe from several threads: one turn runs at a time, any number may follow."""

    def __init__(self, engine: Recommender, user: str, session: str) -> None:
        self._engine = engine
        self.user = user
        self.session = session
        self._exchanges = [Exchange.logged(turn) for turn in engine.turns(user, session)]
        self._version = 0
        self._stopping = False
        self._changed = threading.Condition()

    @property
    def running(self) -> bool:
        """Whether a turn is being answered."""
        return bool(self._exchanges) and self._exchanges[-1].state == "running"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything so far, oldest first."""
        with self._changed:
            return tuple(self._exchanges)

    def ask(self, message: str) -> None:
        """Start answering `message`.

        Raises:
            MessageError: the message is empty or too long, or another one is still being answered.
        """
        text = message.strip()
        if not text:
            raise MessageError(words.SAY_SOMETHING)
        if len(text) > LONGEST_MESSAGE:
            raise MessageError(words.TOO_LONG.format(count=len(text), most=LONGEST_MESSAGE))
        with self._changed:
            if self.running:
                raise MessageError(words.STILL_ANSWERING)
            self._exchanges.append(Exchange(text))
            place = len(self._exchanges) - 1
            self._announce()
        threading.Thread(target=self._answer, args=(place, text), name=f"turn-{self.session}", daemon=True).start()

    def follow(self) -> Iterator[tuple[Exchange, ...]]:
        """Everything so far, then again after each change, until no turn is running."""
        seen = -1
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._version != seen)  # noqa: B023 - read before the next round
                seen, exchanges, running = self._version, tuple(self._exchanges), self.running
            yield exchanges
            if not running:
                return

    def shown(self, mark: str, rank: int) -> Recommendation | None:
        """What stands at `rank` of the shelf called `mark`, if this conversation ever showed such a shelf."""
        for exchange in reversed(self.exchanges):
            if exchange.mark == mark:
                return next((each for each in exchange.recommendations if each.rank == rank), None)
        return None

    def stop(self, deadline: float) -> None:
        """Ask the running turn to stop, and wait for it until `deadline` (`time.monotonic()`)."""
        with self._changed:
            self._stopping = True
            self._changed.wait_for(lambda: not self.running, timeout=max(0.0, deadline - time.monotonic()))

    def _answer(self, place: int, message: str) -> None:
        exchange = Exchange(message)
        try:
            for part in self._engine.stream(self.user, message, session=self.session):
                exchange = exchange.taking(part)
                self._put(place, exchange)
                if self._stopping:
                    break
        except TELLABLE as error:
            exchange = exchange.failing(str(error) or words.FAILED)
        except Exception:
            _log.exception("A turn of session %s failed", self.session)
            exchange = exchange.failing(words.FAILED)
        self._put(place, exchange if exchange.state == "failed" else replace(exchange, state="done"))

    def _put(self, place: int, exchange: Exchange) -> None:
        with self._changed:
            self._exchanges[place] = exchange
            self._announce()

    def _announce(self) -> None:
        self._version += 1
        self._changed.notify_all()


class Conversations:
    """The conversations that are open in this process. Idle ones are let go: the engine's log has them."""

    def __init__(self, engine: Recommender, capacity: int = 500) -> None:
        self._engine = engine
        self._capacity = capacity
        self._open: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, user: str, session: str) -> Conversation:
        """The conversation `session` of `user`, restored from the engine's log when it is not open."""
        with self._lock:
            key = (user, session)
            if key not in self._open:
                self._open[key] = Conversation(self._engine, user, session)
            self._open.move_to_end(key)
            self._let_go()
            return self._open[key]

    def close(self, patience: float = 5.0) -> None:
        """Stop what is running; waits `patience` seconds in all."""
        deadline = time.monotonic() + patience
        with self._lock:
            for conversation in self._open.values():
                conversation.stop(deadline)

    def _let_go(self) -> None:
        idle = [session for session, each in self._open.items() if not each.running]
        for session in idle[: max(0, len(self._open) - self._capacity)]:
            del self._open[session]
