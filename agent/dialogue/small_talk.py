"""Greetings, thanks, insults, orders to the machine, and what is not about the catalogue at all."""

from __future__ import annotations

import regex

from ..dialogue_state import SmallTalk
from .message import Message

_POLITE: tuple[SmallTalk, ...] = ("bye", "thank", "greet")
_RUDE: tuple[SmallTalk, ...] = ("instruct", "abuse")
_ELSEWHERE: tuple[tuple[SmallTalk, str], ...] = (("itself", "itself"), ("off topic", "off_topic"))


def small_talk(message: Message) -> SmallTalk | None:
    """Attempts to instruct and insults wherever they stand; greetings and thanks only where nothing else is said."""
    # Not within a title: "3 Idiots" insults nobody.
    rude = next((kind for kind in _RUDE if _says(message, kind)), None)
    plain = " ".join(regex.sub(r"[^\w\s'&+#/*-]+|_", " ", message.text).split())
    if rude:
        return "bye" if rude == "abuse" and _leaves(message) else rude
    return _polite(message, plain) or _elsewhere(message, plain)


def _leaves(message: Message) -> bool:
    """Whether the last sentence is a goodbye: who is off is not asked what should be different."""
    last = next(filter(None, reversed(regex.split(r"[.!?]\s*", message.text))), "")
    pattern = message.pack.patterns("acts", "bye")
    return pattern is not None and pattern.fullmatch(last.strip()) is not None


def _says(message: Message, kind: str) -> bool:
    pattern = message.pack.patterns("acts", kind)
    return pattern is not None and bool(pattern.search(_untitled(message)))


def _untitled(message: Message) -> str:
    """The text with symbols for the titles in it, and all else as it was written."""
    named = {at for at, _, _ in message.places("title")}
    return " ".join(word.plain if at in named else message.marked.spoken(word.plain)
                    for at, word in enumerate(message.words)) if named else message.text  # fmt: skip


def _polite(message: Message, plain: str) -> SmallTalk | None:
    """A message of pleasantries alone is the one that ends a conversation soonest."""
    known = {kind: message.pack.patterns("acts", kind) for kind in (*_POLITE, "pleasantry")}
    phrases = "|".join(f"(?:{pattern.pattern})" for pattern in known.values() if pattern)
    every = regex.compile(rf"(?:(?:{phrases})\s*)+", regex.IGNORECASE)
    if not plain or every.fullmatch(plain) is None:
        return None
    return next((kind for kind in _POLITE if (pattern := known[kind]) and pattern.search(plain)), None)


def _elsewhere(message: Message, plain: str) -> SmallTalk | None:
    for kind, table in _ELSEWHERE:
        pattern = message.pack.patterns("acts", table)
        if pattern is not None and pattern.match(plain) and not message.points():
            return kind
    return None
