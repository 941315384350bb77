"""A conversation as the page follows it: every exchange so far, and the one that is being answered.

A turn runs in a thread of its own and writes into the conversation; a page only follows. A closed tab stops
nothing, and a reloaded one reattaches to the running turn. Knows nothing about Gradio or HTML.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ...prompts.prompt import PromptError
from ...retrieval.catalogue import CatalogueError, Item
from ..errors import SommelierError
from ..turn import LAST_STEP, Explained, Finished, Recommendation, Sentence, Shelf, Turn, TurnPart
from . import words
from .chat_engine import ChatEngine
from .queue import TurnQueue

LONGEST_MESSAGE = 2000
"""Characters that one message may have."""

TELLABLE = (SommelierError, CatalogueError, PromptError)
"""Errors whose message is written for the reader; any other goes to the log."""

_LAID_OUT = 30
"""Lists of items that a conversation remembers having shown beside its shelves."""
_LOOK = 0.05
"""Seconds between two looks at whether there is something new."""
_log = logging.getLogger(__name__)


class MessageError(SommelierError):
    """A message that cannot be asked: empty, too long, or while another is still being answered."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message and its answer so far. `problem` is a plain sentence when `state` is "failed"; `ahead` is the number
    of people whose turns come first; `timings` and `counts` say how it was searched, once it is answered."""

    message: str
    reply: str = ""
    recommendations: tuple[Recommendation, ...] = ()
    state: Literal["running", "done", "failed", "stopped"] = "running"
    problem: str = ""
    ahead: int = 0
    timings: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def logged(cls, turn: Turn) -> Exchange:
        """A turn as the engine logged it: whole, or as far as it came before it was cut off."""
        state: Literal["done", "stopped"] = "done" if LAST_STEP in turn.timings else "stopped"
        return cls(turn.message, turn.reply, turn.recommendations, state, timings=turn.timings, counts=turn.counts)

    def taking(self, part: TurnPart) -> Exchange:
        """This exchange with one more part of the streamed turn."""
        if isinstance(part, Shelf):
            return replace(self, recommendations=part.recommendations)
        if isinstance(part, Sentence):
            return replace(self, reply=f"{self.reply} {part.text}".strip())
        if isinstance(part, Finished):
            return replace(self.logged(part.turn), state="done")
        return replace(self, recommendations=tuple(_explained(part, each) for each in self.recommendations))

    def failing(self, problem: str) -> Exchange:
        """This exchange ended by `problem`; once it is answered, a later problem no longer matters to the reader."""
        return self if self.state == "done" else replace(self, state="failed", problem=problem)

    @property
    def unanswered(self) -> bool:
        """Whether it ended without a whole answer, so that asking again makes sense."""
        return self.state in {"failed", "stopped"}

    @property
    def mark(self) -> str:
        """Names this exchange's shelf without naming an item: the same items in the same order, the same mark."""
        ids = "\0".join(each.item.id for each in self.recommendations)
        return hashlib.sha256(ids.encode()).hexdigest()[:12]


def _explained(part: Explained, shown: Recommendation) -> Recommendation:
    return part.recommendation if part.recommendation.item.id == shown.item.id else shown


class _Run:
    """One turn being answered. Once it is over, what its thread still has to say is not listened to."""

    def __init__(self) -> None:
        self.over = False
        self.left = threading.Event()
        """Set once its thread has let go of the engine."""


class Conversation:
    """One session of one user. Safe from several threads: one turn runs at a time, any number may follow."""

    def __init__(self, engine: ChatEngine, user: str, session: str, queue: TurnQueue | None = None) -> None:
        self._engine = engine
        self._queue = queue or TurnQueue()
        self.user = user
        self.session = session
        self._exchanges = [Exchange.logged(turn) for turn in engine.turns(user, session)]
        self._version = 0
        self._run = _Run()
        self._closed = False
        self._laid_out: OrderedDict[str, tuple[Item, ...]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether a turn is being answered."""
        with self._lock:
            return self._is_running()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything so far, oldest first."""
        with self._lock:
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
        with self._lock:
            if self._is_running():
                raise MessageError(words.STILL_ANSWERING)
            self._begin(text)

    def shelf(self, mark: str) -> tuple[Item, ...]:
        """The items of the shelf called `mark`, best first; none if this conversation never showed such a shelf."""
        found = next((each for each in reversed(self.exchanges) if each.recommendations and each.mark == mark), None)
        return tuple(each.item for each in found.recommendations) if found else ()

    def told_of(self, item: str) -> Recommendation | None:
        """What was said of an item when it was last recommended in this conversation."""
        told = (each for exchange in reversed(self.exchanges) for each in exchange.recommendations)
        return next((each for each in told if each.item.id == item), None)

    def lay_out(self, items: Sequence[Item]) -> str:
        """Show items that are no answer (a list, an item's page): the mark that buttons name them by, with a rank."""
        mark = hashlib.sha256("\0".join(("", *(each.id for each in items))).encode()).hexdigest()[:12]
        with self._lock:
            self._laid_out[mark] = tuple(items)
            self._laid_out.move_to_end(mark)
            while len(self._laid_out) > _LAID_OUT:
                self._laid_out.popitem(last=False)
        return mark

    def item_at(self, mark: str, rank: int) -> Item | None:
        """What stands at `rank` (from 1) under this mark, on a shelf or laid out, if this conversation showed it."""
        shown = self.shown(mark, rank)
        if shown:
            return shown.item
        with self._lock:
            items = self._laid_out.get(mark, ())
        return items[rank - 1] if 1 <= rank <= len(items) else None

    def halt(self) -> None:
        """Stop the running turn, if there is one; what it has said so far stays."""
        with self._lock:
            if self._is_running():
                self._run.over = True
                self._exchanges[-1] = replace(self._exchanges[-1], state="stopped", ahead=0)
                self._announce()

    def close(self) -> None:
        """Stop what is running, and begin nothing more."""
        self._closed = True
        self.halt()

    def let_go(self, deadline: float) -> None:
        """Wait until a turn that was stopped has let go of the engine, or until `deadline` (`time.monotonic()`)."""
        if self._run.over:
            self._run.left.wait(max(0.0, deadline - time.monotonic()))

    def retry(self) -> None:
        """Ask the last message again, if it was not answered.

        Raises:
            MessageError: the last message was answered, or is being answered.
        """
        with self._lock:
            if not self._exchanges or not self._exchanges[-1].unanswered:
                raise MessageError(words.NOTHING_TO_RETRY)
            self._begin(self._exchanges.pop().message)

    async def follow(self) -> AsyncIterator[tuple[Exchange, ...]]:
        """Everything so far, then again after each change, until no turn is running. Holds no thread meanwhile: many
        may follow, and each for minutes."""
        seen = -1
        while True:
            with self._lock:
                version, exchanges, running = self._version, tuple(self._exchanges), self._is_running()
            if version == seen:
                await asyncio.sleep(_LOOK)
                continue
            seen = version
            yield exchanges
            if not running:
                return

    def shown(self, mark: str, rank: int) -> Recommendation | None:
        """What stands at `rank` of the shelf called `mark`, if this conversation ever showed such a shelf."""
        for exchange in reversed(self.exchanges):
            if exchange.mark == mark:
                return next((each for each in exchange.recommendations if each.rank == rank), None)
        return None

    def _is_running(self) -> bool:
        return bool(self._exchanges) and self._exchanges[-1].state == "running"

    def _begin(self, message: str) -> None:
        """Start answering in a thread of its own; the lock is held."""
        if self._closed:
            raise MessageError(words.CLOSING)
        self._run = run = _Run()
        thread = threading.Thread(target=self._answer, args=(run, message), name=f"turn-{self.session}", daemon=True)
        thread.start()
        self._exchanges.append(Exchange(message))
        self._announce()

    def _answer(self, run: _Run, message: str) -> None:
        exchange = Exchange(message)
        try:
            place = self._queue.turn(lambda ahead: self._put(run, replace(exchange, ahead=ahead)), lambda: run.over)
            with place as give_way:
                for part in self._engine.stream(self.user, message, session=self.session) if not run.over else ():
                    exchange = exchange.taking(part)
                    self._put(run, exchange)
                    give_way()  # at once, and without a place, when the turn is over
                    if run.over:
                        break
        except TELLABLE as error:
            exchange = exchange.failing(str(error) or words.FAILED)
        except Exception:
            _log.exception("A turn of session %s failed", self.session)
            exchange = exchange.failing(words.FAILED)
        self._put(run, exchange if exchange.state == "failed" else replace(exchange, state="done"))
        run.left.set()

    def _put(self, run: _Run, exchange: Exchange) -> None:
        with self._lock:
            if run.over:
                return
            self._exchanges[-1] = exchange
            run.over = exchange.state != "running"
            self._announce()

    def _announce(self) -> None:
        self._version += 1


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
