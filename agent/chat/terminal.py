"""The chat in a terminal: the same engine, a table for a shelf, a few commands. Works with piped input.

Knows nothing about Gradio. Text from outside is cut and stripped of control characters, so that a title cannot
move the cursor or colour the screen.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...retrieval.catalogue import EventKind
from ..serving.chat_engine import ChatEngine
from ..serving.conversations import Conversations
from ..serving.exchange import Exchange, chips_of
from ..serving.sessions import TELLABLE, Conversation
from ..text import cut
from ..turn import Recommendation
from .facts import evidence_lines, facts, model_line, pin_words, title_of, year

_HELP = (
    "Say what you are in the mood for, or: /like 2, /dislike 3, /why 1 (numbers from the shelf), /drop 2 (a "
    "condition), /undo, /edit TEXT (instead of your last message), /retry, /profile, /unpin 1 (of what "
    "is remembered for good), /help, /quit. A number alone "
    "answers a question that offers answers."
)
_ACCENT = "bold magenta"


@dataclass(slots=True)
class _Talk:
    """One conversation at one terminal."""

    engine: ChatEngine
    conversation: Conversation
    console: Console
    shelf: tuple[Recommendation, ...] = ()

    def say(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style))

    def answer(self, message: str) -> None:
        offered = self.conversation.exchanges[-1:]
        if offered and offered[0].options and message.isdecimal():
            message = self.conversation.option(int(message[:9]))
        self.conversation.ask(message)
        self.follow()

    def follow(self) -> None:
        """Print the answer that was begun, and what can be done then. Without a shelf, the last one stays."""
        exchange = asyncio.run(self._follow())
        self.shelf = exchange.recommendations or self.shelf
        if exchange.problem:
            self.say(cut(exchange.problem, 600), "red")
        for each in exchange.recommendations:
            self.say(f"{each.rank}. {cut(each.explanation.text, 400)}", "dim")
        chips = chips_of(self.conversation.exchanges)
        self._offer("Every pick meets", [cut(each, 80) for each in chips], "/drop 1 takes the first back")
        options = [
            cut(each.words, 80) + ("" if each.count is None else f" ({each.count:,})") for each in exchange.options
        ]
        self._offer("Answers", options, "say one, or its number")

    def _offer(self, what: str, listed: Sequence[str], how: str) -> None:
        numbered = "  ".join(f"{place} {each}" for place, each in enumerate(listed, start=1))
        if numbered:
            self.say(f"{what}: {numbered}  ({how})", _ACCENT)

    def drop(self, place: str) -> None:
        place = place.strip()
        self.conversation.drop(int(place[:9]) - 1 if place.isdecimal() else -1)
        self.follow()

    def edit(self, message: str) -> None:
        self.conversation.edit(message)
        self.follow()

    def undo(self) -> None:
        self.conversation.undo()
        self.follow()

    def retry(self) -> None:
        self.conversation.retry()
        self.follow()

    async def _follow(self) -> Exchange:
        """Print the answer as it comes; returns it whole, or as far as it came."""
        said = Exchange("")
        async for exchanges in self.conversation.follow():
            newest = exchanges[-1]
            if newest.recommendations and not said.recommendations:
                self.console.print(_table(newest.recommendations))
            if sentences := newest.reply[len(said.reply) :].strip():
                self.say(cut(sentences, 1000))
            said = newest
        return said

    def judge(self, place: str, kind: EventKind) -> None:
        shown = self._at(place)
        if shown is None:
            return
        self.engine.observe(self.conversation.user, shown.item.id, kind, context={"session": self.conversation.session})
        self.say(f"Noted: you {kind} {title_of(shown.item)}.")

    def why(self, place: str) -> None:
        shown = self._at(place)
        if shown is None:
            return
        self.say(title_of(shown.item), _ACCENT)
        for line in evidence_lines(shown.evidence):
            self.say(f"  {line}")
        parts = ", ".join(f"{cut(name, 30)} {value:+.2f}" for name, value in shown.parts.items())
        self.say(f"  Score {shown.score:+.2f}{f' = {parts}' if parts else ''}", "dim")

    def profile(self) -> None:
        profile = self.engine.profile(self.conversation.user)
        self.say(cut(profile.summary, 900) or "Nothing yet. Like or dislike something and I will learn.")
        for each in profile.interests[:6]:
            self.say(f"  {each.strength:+.2f}  {cut(each.facet, 30)}: {cut(each.value, 40)}")
        self.say(f"  from {profile.events:,} {'event' if profile.events == 1 else 'events'}", "dim")
        pins = [pin_words(each) for each in self.engine.pins(self.conversation.user)]
        self._offer("Remembered for good", pins, "/unpin 1 forgets the first")

    def unpin(self, place: str) -> None:
        place = place.strip()
        pins = self.engine.pins(self.conversation.user)
        if not place.isdecimal() or not 1 <= int(place[:9]) <= len(pins):
            self.say(f"Which one? /profile lists {len(pins)} to forget." if pins else "Nothing is remembered for good.")
            return
        gone = self.engine.unpin(self.conversation.user, int(place[:9]) - 1)
        self.say(f"Forgotten, from your next conversation on: {pin_words(gone)}.")

    def _at(self, place: str) -> Recommendation | None:
        found = next((each for each in self.shelf if str(each.rank) == place.strip()), None)
        if found is None:
            numbers = ", ".join(str(each.rank) for each in self.shelf)
            self.say(f"Which one? On the shelf: {numbers}." if numbers else "The shelf is empty: ask first.")
        return found


def run(engine: ChatEngine, user: str, input: TextIO | None = None, output: TextIO | None = None) -> None:
    """Chat as `user` until /quit, Ctrl-C at the prompt or the end of `input` (default: standard input and output)."""
    console = Console(file=output or sys.stdout, highlight=False)
    conversations = Conversations(engine)
    talk = _Talk(engine, conversations.of(user, f"terminal-{uuid.uuid4().hex}"), console)
    talk.say("Sommelier", _ACCENT)
    talk.say(f"{model_line(engine.model_card)} · {engine.catalogue_size:,} items", "dim")
    talk.say(_HELP, "dim")
    try:
        for line in _lines(console, input or sys.stdin):
            if line.lower() in {"/quit", "/exit", "/q", "quit", "exit"}:
                break
            _respond(talk, line)
    finally:
        conversations.close()


def _respond(talk: _Talk, line: str) -> None:
    try:
        if line.startswith("/"):
            _obey(talk, line)
        else:
            talk.answer(line)
    except TELLABLE as error:
        talk.say(cut(str(error), 600), "red")
    except KeyboardInterrupt:
        talk.conversation.halt()
        talk.say("Stopped.", "dim")


def _obey(talk: _Talk, line: str) -> None:
    word, _, place = line.partition(" ")
    commands: dict[str, Callable[[], None]] = {
        "/like": lambda: talk.judge(place, "like"),
        "/dislike": lambda: talk.judge(place, "dislike"),
        "/why": lambda: talk.why(place),
        "/drop": lambda: talk.drop(place),
        "/undo": talk.undo,
        "/edit": lambda: talk.edit(place),
        "/retry": talk.retry,
        "/profile": talk.profile,
        "/unpin": lambda: talk.unpin(place),
        "/help": lambda: talk.say(_HELP),
    }
    unknown = f"I do not know the command {cut(word, 40)}. {_HELP}"
    commands.get(word.lower(), lambda: talk.say(unknown))()


def _lines(console: Console, source: TextIO) -> Iterator[str]:
    """Lines that say something, until the input ends. At a terminal the line can be edited and recalled."""
    typed = source is sys.stdin and source.isatty()
    while True:
        try:
            line = console.input("[bold magenta]>[/] " if typed else "", stream=None if typed else source)
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if not line and not typed:
            return
        if line.strip():
            yield line.strip()


def _table(shelf: Sequence[Recommendation]) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style=_ACCENT)
    table.add_column(style="bold", overflow="fold")
    table.add_column(overflow="fold")
    for each in shelf:
        when = year(each.item)
        title = title_of(each.item)
        about = " · ".join(value for _, value in facts(each.item))
        table.add_row(str(each.rank), Text(f"{title} ({when})" if when else title), Text(about))
    return table
