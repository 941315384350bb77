"""Greetings, thanks, insults, orders to the machine, and what is not about the catalogue at all."""

from __future__ import annotations

import regex

from ..dialogue_state import SmallTalk
from .message import Message

_POLITE: tuple[SmallTalk, ...] = ("bye", "thank", "greet")
_RUDE: tuple[SmallTalk, ...] = ("instruct", "abuse")


def small_talk(message: Message) -> SmallTalk | None:
    """Attempts to instruct and insults wherever they stand; greetings and thanks only where nothing else is said."""
    rude = next((kind for kind in _RUDE if message.says("acts", kind)), None)
    if rude:
        return rude
    plain = " ".join(regex.sub(r"[^\w\s'&+#/*-]+|_", " ", message.text).split())
    return _polite(message, plain) or _elsewhere(message, plain)


def _polite(message: Message, plain: str) -> SmallTalk | None:
    """A message of pleasantries alone is the one that ends a conversation soonest."""
    known = {kind: message.pack.patterns("acts", kind) for kind in (*_POLITE, "pleasantry")}
    phrases = "|".join(f"(?:{pattern.pattern})" for pattern in known.values() if pattern)
    every = regex.compile(rf"(?:(?:{phrases})\s*)+", regex.IGNORECASE)
    if not plain or every.fullmatch(plain) is None:
        return None
    return next((kind for kind in _POLITE if (pattern := known[kind]) and pattern.search(plain)), None)


def _elsewhere(message: Message, plain: str) -> SmallTalk | None:
    pattern = message.pack.patterns("acts", "off_topic")
    found = pattern is not None and pattern.match(plain) and not message.points()
    return "off topic" if found else None
