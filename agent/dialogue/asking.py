"""Questions in a message: about a fact, why something was shown, how items differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import regex

from ..dialogue_state import Act, Ask, Compare, Direction, Why
from .catalogue_phrases import Meaning
from .marked_text import Mention
from .marking import AgeSpan, attributes_called
from .message import Message

_ABOUT = (
    "shown", "how_many", "extreme_less", "extreme_more", "black_white", "director", "writer", "cast", "maker",
    "duration", "price", "weight", "pages", "players", "pack", "age", "material", "colour", "platform", "year",
    "country", "language", "genre", "rating", "theme", "description", "content", "yes_no",
)  # fmt: skip
"""Kinds of questions in the order in which they are looked for."""
_OF_THE_SHELF = frozenset({"shown", "extreme_less", "extreme_more", "how_many"})
_ENDS = frozenset(".?!;\n-\u2013\u2014")
_JUDGED = frozenset({"black_white", "content"})
"""Those whose words may just as well be a wish."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One question of a message: its text with symbols, the items that it is about, () where none is named, and whether
    it begins a sentence."""

    text: str
    items: tuple[str, ...]
    first: bool = True
    span: tuple[int, int] = (0, 0)


def question(message: Message) -> tuple[Act, ...]:
    """What is asked, in the order of the message; empty where nothing is, or where the question asks for items."""
    return () if message.says("questions", "wish") else _question(message)


def _question(message: Message) -> tuple[Act, ...]:
    items = message.items("reference", "title")
    if _picks(message, items):
        return (Why(message.state.shelf[:1]),)
    if _compares(message, items):
        return (Compare(_compared(message) or items),)
    if message.says("acts", "why") and not message.says("questions", "director"):
        return (Why(items),)
    parts = _questions(message)
    if not parts and not message.says("questions", "starts"):
        return ()
    if not items and (asked := _of_catalogue(message)):
        return asked
    if _seeks(message, items):
        return (Ask("title", items),)
    several = list(dict.fromkeys(ask for each in parts for ask in _facts(message, each)))
    if len(several) > 1:
        return tuple(several)
    whole = _Question(message.marked.text, (parts[-1].items if len(parts) == 1 else ()) or items)
    return tuple(_facts(message, whole)) or tuple(several) or _of_catalogue(message) or _open(message, items)


def _seeks(message: Message, items: tuple[str, ...]) -> bool:
    """Whether it is asked if a named item is there: "do you have Heat?"; a wish beside it is another thing."""
    wished = any(True for _ in message.places("value", "range", "direction", "vague", "reference"))
    return bool(items) and not wished and message.says("questions", "has")


def _facts(message: Message, asked: _Question) -> Iterator[Ask]:
    """The first kind of question that it is."""
    kinds = (each for each in _ABOUT if message.part_says(asked.text, "questions", each))
    about = next((each for each in kinds if _fits(message, each) and _is_of_items(message, each)), "")
    if about:
        yield _asked(message, about, asked)


def _fits(message: Message, about: str) -> bool:
    """Whether the catalogue can be asked that: of goods with colours, "in black and white" is one of them."""
    return about != "black_white" or not attributes_called(message.schema, "colour")


def _questions(message: Message) -> list[_Question]:
    """The parts that begin as questions do; of a message that does not, only where a sentence surely is one."""
    parts = [each for each in _parts(message) if message.part_says(each.text, "questions", "starts")]
    if message.says("questions", "starts"):
        return parts
    return parts if any(each.first and message.part_says(each.text, "questions", "sure") for each in parts) else []


def asked_places(message: Message) -> set[int]:
    """The places of the words that stand in a part of the message which asks."""
    spans = [each.span for each in _questions(message)]
    return {at for at, word in enumerate(message.words) if any(start <= word.start < end for start, end in spans)}


def _parts(message: Message) -> Iterator[_Question]:
    """The message part by part. What names no item is about those of the part before: "who directed the third one, and
    how long is it?"."""
    text, items = message.marked.text, ()
    pattern = message.pack.patterns("questions", "next")
    inner = {match.start() for match in pattern.finditer(text)} if pattern is not None else set()
    ends = {word.start for word in message.words if set(word.before) & _ENDS}
    cuts = sorted({0, len(text), *inner, *ends})
    for start, end in pairwise(cuts):
        named = (mention.what for at, mention, _ in message.places("reference", "title")
                 if start <= message.words[at].start < end)  # fmt: skip
        items = tuple(dict.fromkeys(each for what in named for each in what)) or items
        yield _Question(text[start:end].strip(), items, start == 0 or start in ends, (start, end))


def _picks(message: Message, items: tuple[str, ...]) -> bool:
    """Whether somebody lets us choose among what was shown: "which one of the four would you pick?"."""
    among = set(items) in (set(), set(message.state.shelf))
    return bool(message.state.shelf) and among and message.says("acts", "pick")


def _compared(message: Message) -> tuple[str, ...]:
    """The items of the clause that compares, where it names several."""
    for at, _, _ in message.places("reference", "title"):
        start, end = message.clause(at)
        inside = (mention.what for place, mention, _ in message.places("reference", "title")
                  if start <= message.words[place].start < end)  # fmt: skip
        items = tuple(dict.fromkeys(each for what in inside for each in what))
        if len(items) > 1 and message.part_says(message.marked.text[start:end], "acts", "compare"):
            return items
    return ()


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
    if about in _JUDGED:
        return held and message.says("questions", "of_it")
    return held and (not wished or (about == "yes_no" and message.says("questions", "pronoun")))


def _is_asked(message: Message, about: str, mention: Mention) -> bool:
    """ "Is it fit for children?", "is there one in blue?": a mention that the question itself is about."""
    if about == "age" and isinstance(mention.what, AgeSpan):
        return True
    value = _said(message, about, message.text).get("value", "")
    return bool(value) and message.marked.spoken(value) == mention.text


def _asked(message: Message, about: str, asked: _Question) -> Ask:
    said = _said(message, about, asked.text)
    if about.startswith("extreme"):
        way: Direction = "less" if about == "extreme_less" else "more"
        role = message.pack.table("extremes").get(said.get("word", "").casefold(), "")
        return Ask(role, asked.items or message.state.shelf, extreme=way)
    value = _value(message, about, said)
    if about == "how_many":
        return Ask("how many", (), value)
    return Ask(about, asked.items or message.state.focus or message.state.shelf[:1], value)


def _value(message: Message, about: str, said: dict[str, str]) -> str:
    """What an item is asked to be, or to have."""
    if about == "content":
        return next((name for name in said if name != "value"), "")
    if about == "age":
        ages = [mention.what.age for _, mention, _ in message.places("range") if isinstance(mention.what, AgeSpan)]
        return str(min(ages)) if ages else ("them" if "them" in said else "")
    value = message.marked.spoken(said.get("value", ""))
    if about in ("yes_no", "how_many"):
        value = value or next((mention.text for _, mention, _ in message.places("value", "range")), "")
    return value if about == "how_many" else _in_catalogue(message, value)


def _in_catalogue(message: Message, said: str) -> str:
    """The catalogue's value for a word of another language that stands for one alone: "auf Englisch"."""
    meant: Meaning = next((mention.what for _, mention, _ in message.places("value") if mention.text == said), ())
    alone = len(meant) == 1 and len(meant[0].values) == 1 and not meant[0].refused
    return str(meant[0].values[0]) if alone and message.pack.code != "en" else said


def _said(message: Message, about: str, text: str) -> dict[str, str]:
    """The groups of the question's expression in a text, with symbols or without."""
    pattern = message.pack.patterns("questions", about)
    match: regex.Match[str] | None = None
    for each in (text, message.spoken(text), message.text) if pattern is not None else ():
        match = match or pattern.search(each)  # type: ignore[union-attr]
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
