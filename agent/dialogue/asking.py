"""Questions in a message: about a fact, why something was shown, how items differ."""

from __future__ import annotations

import regex

from ..dialogue_state import Act, Ask, Compare, Direction, Why
from .catalogue_phrases import Meaning
from .marked_text import Mention
from .marking import AgeSpan
from .message import Message

_ABOUT = (
    "shown", "how_many", "extreme_less", "extreme_more", "director", "writer", "cast", "maker", "duration", "price",
    "weight", "pages", "players", "pack", "age", "material", "colour", "platform", "year", "country", "language",
    "genre", "rating", "theme", "description", "yes_no",
)  # fmt: skip
"""Kinds of questions in the order in which they are looked for."""
_OF_THE_SHELF = frozenset({"shown", "extreme_less", "extreme_more", "how_many"})


def question(message: Message) -> tuple[Act, ...]:
    """What is asked; empty where nothing is, or where the question asks for items."""
    items = message.items("reference", "title")
    if _compares(message, items):
        return (Compare(items),)
    if message.says("acts", "why") and not message.says("questions", "director"):
        return (Why(items),)
    if not message.says("questions", "starts"):
        return ()
    if not items and (asked := _of_catalogue(message)):
        return asked
    about = next((each for each in _ABOUT if message.says("questions", each) and _is_of_items(message, each)), "")
    if about:
        return (_asked(message, about, items),)
    return _of_catalogue(message) or _open(message, items)


def _compares(message: Message, items: tuple[str, ...]) -> bool:
    if message.says("acts", "compare"):
        return len(items) > 1 or message.points()
    return len(items) > 1 and message.says("acts", "compare_two") and not message.says("narrative", "wishes_strict")


def _is_of_items(message: Message, about: str) -> bool:
    """Whether the question is about items that are there, and does not ask for some."""
    return _is_pointed(message, about) or _is_bare(message, about)


def _is_pointed(message: Message, about: str) -> bool:
    """Whether the question is about something that is named or pointed at, and no wish for something like it."""
    if not message.points():
        return False
    return about != "yes_no" or not message.says("narrative", "wishes_strict")


def _is_bare(message: Message, about: str) -> bool:
    """A question without an item is one of the last shelf, unless it asks for items."""
    if about in _OF_THE_SHELF:
        return True
    wished = [at for at, mention, stance in message.places("value", "range")
              if stance != "known" and not _is_asked(message, about, mention)]  # fmt: skip
    held = bool(message.state.shelf) and not message.says("narrative", "wishes_strict")
    return held and (not wished or (about == "yes_no" and message.says("questions", "pronoun")))


def _is_asked(message: Message, about: str, mention: Mention) -> bool:
    """ "Is it fit for children?", "is there one in blue?": a mention that the question itself is about."""
    if about == "age" and isinstance(mention.what, AgeSpan):
        return True
    value = _said(message, about).get("value", "")
    return bool(value) and message.marked.spoken(value) == mention.text


def _asked(message: Message, about: str, items: tuple[str, ...]) -> Ask:
    said = _said(message, about)
    if about.startswith("extreme"):
        way: Direction = "less" if about == "extreme_less" else "more"
        role = message.pack.table("extremes").get(said.get("word", "").casefold(), "")
        return Ask(role, items or message.state.shelf, extreme=way)
    value = message.marked.spoken(said.get("value", ""))
    if about in ("yes_no", "how_many"):
        value = value or next((mention.text for _, mention, _ in message.places("value", "range")), "")
    if about == "how_many":
        return Ask("how many", (), value)
    return Ask(about, items or message.state.focus or message.state.shelf[:1], _in_catalogue(message, value))


def _in_catalogue(message: Message, said: str) -> str:
    """The catalogue's value for a word of another language that stands for one alone: "auf Englisch"."""
    meant: Meaning = next((mention.what for _, mention, _ in message.places("value") if mention.text == said), ())
    alone = len(meant) == 1 and len(meant[0].values) == 1 and not meant[0].refused
    return str(meant[0].values[0]) if alone and message.pack.code != "en" else said


def _said(message: Message, about: str) -> dict[str, str]:
    """The groups of the question's expression."""
    pattern = message.pack.patterns("questions", about)
    match: regex.Match[str] | None = None
    for text in (message.marked.text, message.text) if pattern is not None else ():
        match = match or pattern.search(text)  # type: ignore[union-attr]
    return {name: text for name, text in match.groupdict().items() if text} if match else {}


def _of_catalogue(message: Message) -> tuple[Act, ...]:
    """ "What genres do you know?": about an attribute of the catalogue, not of an item."""
    if not message.says("questions", "catalogue"):
        return ()
    named = [mention.what.role for _, mention, _ in message.places("attribute")]
    return (Ask(named[0] if named else "", ()),)


def _open(message: Message, items: tuple[str, ...]) -> tuple[Act, ...]:
    """A question about an item that no expression knows: it is answered as well as it can be."""
    asks = message.says("questions", "open") and not message.says("questions", "requests")
    return (Ask("", items),) if asks and items else ()
