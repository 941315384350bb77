"""A conversation as the page follows it: every exchange so far, and the one that is being answered.

A turn runs in a thread of its own and writes into the conversation; a page only follows. A closed tab stops
nothing, and a reloaded one reattaches to the running turn. Knows nothing about Gradio or HTML.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace

from ...prompts.prompt import PromptError
from ...retrieval.catalogue import CatalogueError, Item
from ..errors import SommelierError
from ..text import cut
from ..turn import Recommendation, TurnPart
from . import words
from .chat_engine import ChatEngine
from .exchange import Exchange, chips_of, mark_of
from .queue import TurnQueue

LONGEST_MESSAGE = 2000
"""Characters that one message may have."""

TELLABLE = (SommelierError, CatalogueError, PromptError)
"""Errors whose message is written for the reader; any other goes to the log."""

_LAID_OUT = 30
"""Lists of items that a conversation remembers having shown beside its shelves."""
_LOOK = 0.05
"""Seconds between two looks at whether there is something new."""
_SOON = 0.3
"""Seconds within which an answer that needs no shelf is there."""
_LONGEST_CHIP = 200
_PATIENCE = 10.0
"""Seconds that a turn waits for one that was stopped to reach the log, or to leave without."""
_log = logging.getLogger(__name__)


class MessageError(SommelierError):
    """What cannot be asked: an empty message or a long one, one while another is still being answered, a change of
    something that is no longer there."""


class _Run:
    """One turn being answered. Once it is over, what its thread still has to say is not listened to."""

    def __init__(self) -> None:
        self.over = False
        self.left = threading.Event()
        """Set once its thread has let go of the engine."""
        self.logged = threading.Event()
        """Set once the log has its turn, called `turn`, or will never have it."""
        self.turn = ""

    def leave(self) -> None:
        """The thread is done."""
        self.logged.set()
        self.left.set()


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
        self._run.leave()
        self._begun = 0.0
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
        text = _checked(message)
        with self._lock:
            self._check_rest()
            self._begin(Exchange(text))

    def edit(self, message: str, mark: str | None = None) -> None:
        """Start answering `message` in the place of the last one. `mark` is the `last_mark` of the one that is meant.

        Raises:
            MessageError: as `ask`; there is no last message, or by now it is another one.
        """
        text = _checked(message)
        with self._lock:
            self._check_rest()
            if not self._exchanges:
                raise MessageError(words.NOTHING_TO_EDIT)
            if mark not in {None, _mark_of_last(self._exchanges)}:
                raise MessageError(words.NOT_THE_LAST)
            self._begin(Exchange(text), instead=True)

    def drop(self, place: int, mark: str | None = None) -> None:
        """Start a turn without the constraint at `place` (from 0) of the newest turn's chips. `mark` is `mark_of` the
        chips that are meant.

        Raises:
            MessageError: there is no such constraint, by now they are others, or a message is still being answered.
        """
        with self._lock:
            self._check_rest()
            chips = chips_of(self._exchanges)
            if not 0 <= place < len(chips) or mark not in {None, mark_of(chips)}:
                raise MessageError(words.NO_SUCH_CONDITION)
            said = words.WITHOUT.format(condition=cut(chips[place], _LONGEST_CHIP))
            self._begin(Exchange(said, drop=place))

    def undo(self) -> None:
        """Start taking the last step back: a message like any other. Raises MessageError as `ask`."""
        self.ask(words.TAKE_BACK)

    def option(self, rank: int, mark: str | None = None) -> str:
        """The words of the answer at `rank` (from 1) that the open question offers, to be asked. `mark` is `mark_of`
        the words that are meant.

        Raises:
            MessageError: there is no such answer, or by now there are others.
        """
        exchanges = self.exchanges
        offered = [each.words for each in exchanges[-1].options] if exchanges else []
        if not 1 <= rank <= len(offered) or mark not in {None, mark_of(offered)}:
            raise MessageError(words.NO_SUCH_OPTION)
        return offered[rank - 1]

    def editable(self) -> str:
        """The last message, to be edited. Raises MessageError when there is none, or it is still being answered."""
        with self._lock:
            self._check_rest()
            if not self._exchanges:
                raise MessageError(words.NOTHING_TO_EDIT)
            return self._exchanges[-1].message

    @property
    def last_mark(self) -> str:
        """Names the last message, so that an edit means this one or none."""
        with self._lock:
            return _mark_of_last(self._exchanges)

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
        mark = mark_of(("", *(each.id for each in items)))
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
            last = self._exchanges[-1]
            self._begin(Exchange(last.message, drop=last.drop), instead=True)

    async def follow(self) -> AsyncIterator[tuple[Exchange, ...]]:
        """Everything so far, then again after each change, until no turn is running. Holds no thread meanwhile: many
        may follow, and each for minutes."""
        seen: tuple[int, bool] | None = None
        while True:
            version, exchanges = self._look()
            running = bool(exchanges) and exchanges[-1].state == "running"
            now = (version, running and exchanges[-1].late)
            if now == seen:
                await asyncio.sleep(_LOOK)
                continue
            seen = now
            yield exchanges
            if not running:
                return

    def shown(self, mark: str, rank: int) -> Recommendation | None:
        """What stands at `rank` of the shelf called `mark`, if this conversation ever showed such a shelf."""
        for exchange in reversed(self.exchanges):
            if exchange.mark == mark:
                return next((each for each in exchange.recommendations if each.rank == rank), None)
        return None

    def _look(self) -> tuple[int, tuple[Exchange, ...]]:
        """Everything so far, and which version of it that is."""
        with self._lock:
            if self._is_running() and time.monotonic() - self._begun > _SOON:
                return self._version, (*self._exchanges[:-1], replace(self._exchanges[-1], late=True))
            return self._version, tuple(self._exchanges)

    def _is_running(self) -> bool:
        return bool(self._exchanges) and self._exchanges[-1].state == "running"

    def _check_rest(self) -> None:
        if self._is_running():
            raise MessageError(words.STILL_ANSWERING)

    def _begin(self, exchange: Exchange, *, instead: bool = False) -> None:
        """Start answering in a thread of its own, with `instead` in the last exchange's place; the lock is held."""
        if self._closed:
            raise MessageError(words.CLOSING)
        if instead:
            exchange = replace(exchange, turn=self._exchanges.pop().turn)
        last, self._run, self._begun = self._run, _Run(), time.monotonic()
        run = (self._run, exchange, last, instead)
        threading.Thread(target=self._answer, args=run, name=f"turn-{self.session}", daemon=True).start()
        self._exchanges.append(exchange)
        self._announce()

    def _answer(self, run: _Run, exchange: Exchange, last: _Run, instead: bool) -> None:
        # What was stopped may still be on its way into the log: this turn comes after it, or in its place.
        last.logged.wait(_PATIENCE)
        if instead and last.turn and not exchange.turn:
            exchange = replace(exchange, turn=last.turn)
        grown = exchange
        try:
            for grown in self._answers(run, exchange):
                self._put(run, grown)
        except Exception as error:
            grown = grown.failing(self._sentence(error, exchange))
        self._put(run, grown if grown.state == "failed" else replace(grown, state="done"))
        run.leave()

    def _answers(self, run: _Run, exchange: Exchange) -> Iterator[Exchange]:
        """The exchange after every part of its turn, until that is over and known to the log."""
        place = self._queue.turn(lambda ahead: self._put(run, replace(exchange, ahead=ahead)), lambda: run.over)
        with place as give_way:
            for part in self._parts(exchange) if not run.over else ():
                exchange = exchange.taking(part)
                yield exchange
                give_way()  # at once, and without a place, when the turn is over
                if run.over and (exchange.dialogue is not None or exchange.recommendations):
                    return

    def _parts(self, exchange: Exchange) -> Iterator[TurnPart]:
        return self._engine.stream(
            self.user, exchange.message, self.session, drop=exchange.drop, edit=bool(exchange.turn)
        )

    def _sentence(self, error: Exception, exchange: Exchange) -> str:
        """An error as it is told; what is not written to be read goes to the log."""
        if isinstance(error, TELLABLE):
            return str(error) or words.FAILED
        if isinstance(error, IndexError) and exchange.drop is not None:
            return words.NO_SUCH_CONDITION
        _log.error("A turn of session %s failed", self.session, exc_info=error)
        return words.FAILED

    def _put(self, run: _Run, exchange: Exchange) -> None:
        with self._lock:
            if exchange.dialogue is not None:
                run.turn = exchange.turn
                run.logged.set()
            if run.over:
                self._catch_up(run, exchange)
                return
            self._exchanges[-1] = exchange
            run.over = exchange.state != "running"
            self._announce()

    def _catch_up(self, run: _Run, exchange: Exchange) -> None:
        """A turn that was stopped before it said anything is logged all the same, and what it understood holds."""
        last = self._exchanges[-1]
        if run is self._run and last.state == "stopped" and exchange.dialogue is not None:
            self._exchanges[-1] = replace(last, turn=exchange.turn, dialogue=exchange.dialogue)
            self._announce()

    def _announce(self) -> None:
        self._version += 1


def _checked(message: str) -> str:
    """The message without the space around it. Raises MessageError when it is empty or too long."""
    text = message.strip()
    if not text:
        raise MessageError(words.SAY_SOMETHING)
    if len(text) > LONGEST_MESSAGE:
        raise MessageError(words.TOO_LONG.format(count=len(text), most=LONGEST_MESSAGE))
    return text


def _mark_of_last(exchanges: Sequence[Exchange]) -> str:
    return mark_of((str(len(exchanges)), exchanges[-1].message)) if exchanges else ""
