"""Wishes of one attribute that are alternatives, not all to be met: "comedy or drama", "westerns and war films"."""

from __future__ import annotations

from collections.abc import Iterator

from ..dialogue_state import Constraint, either
from .message import Message
from .phrasing import joined

Wished = tuple[int, Constraint]
"""A place in the message, and the condition that stands there."""


def alternatives(message: Message, wished: list[Wished]) -> Iterator[Constraint]:
    """Wishes of one attribute that an "or" joins, or of which an item can only have one, are alternatives."""
    done: set[int] = set()
    for place, (at, each) in enumerate(wished):
        if place in done:
            continue
        others = [other for other in range(place + 1, len(wished)) if _is_alternative(message, wished, at, each, other)]
        done |= set(others)
        for other in others:
            words = joined((each.words, wished[other][1].words), message.pack.code, "or")
            each = either(each, wished[other][1], words)
        yield each


def _is_alternative(message: Message, wished: list[Wished], at: int, each: Constraint, other: int) -> bool:
    place, more = wished[other]
    if (
        place == at
        or each.kind not in ("in", "any", "range")
        or not _same_kind(each, more)
        or each.attributes != more.attributes
    ):
        return False
    if _is_joined(message, at, place):
        return True
    if each.kind == "range":
        return False
    attribute = message.schema.attributes[each.attributes[0]]
    return not attribute.several or _is_taste(message, at, place) or _are_several(message, at, place)


def _are_several(message: Message, at: int, other: int) -> bool:
    """ "Westerns and war films" are two kinds of things, "funny and romantic" is one kind."""
    between = [word.plain for word in message.words[at + 1 : other]]
    light = message.pack.words("and") | message.pack.words("media")
    plural = message.pack.words("plural")
    if not between or not all(word in light for word in between) or not message.pack.words("and") & set(between):
        return False
    return all(_is_plural(message, place, plural) for place in (at, other))


def _is_plural(message: Message, at: int, endings: frozenset[str]) -> bool:
    """Whether a value is written in the plural, or a thing in the plural follows it."""
    mention = message.mention(at)
    after = message.words[at + 1].plain if at + 1 < len(message.words) else ""
    media = message.pack.words("media")
    if mention.kind != "value" or mention.what[0].kind != "category":
        return False
    return any(mention.text.endswith(each) or (after in media and after.endswith(each)) for each in endings)


def _is_joined(message: Message, at: int, other: int) -> bool:
    """Whether an "or" stands between, and nothing else of weight."""
    words = message.words
    pack = message.pack
    either = any(word.plain in pack.words("or") for word in words[at + 1 : other])
    either |= any(word.before == "/" for word in words[at + 1 : other + 1])
    light = pack.fillers | pack.words("or") | pack.words("and")
    return either and all(word.plain in light or message.marked.mention(word) for word in words[at + 1 : other])


def _is_taste(message: Message, at: int, other: int) -> bool:
    """ "I like comedies. I like biopics." tells of two tastes, not of one film that is both."""
    one, two = message.clause(at), message.clause(other)
    texts = [message.marked.text[start:end] for start, end in (one, two)]
    if not message.part_says(texts[0], "narrative", "taste"):
        return False
    if one == two:
        return ":" in texts[0]
    return message.part_says(texts[1], "narrative", "taste") or message.part_says(texts[1], "narrative", "added")


def _same_kind(one: Constraint, other: Constraint) -> bool:
    return (one.kind == "range") == (other.kind == "range") and other.kind in ("in", "any", "range")
