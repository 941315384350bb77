"""What holds for good, said back: the offer to remember it, the answer to that, and what is told about it.

Knows constraints and the schema; where pins are kept is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from ...retrieval.catalogue import CatalogueError
from ...retrieval.filters import matcher
from ..dialogue_state import Act, Constraint, DialogueState, OpenQuestion, Option, Pin, Talk
from ..knowledge.language import language_pack
from .lasting import PINS
from .phrasing import joined, say
from .restating import all_restated
from .schema import CatalogueSchema

_LONGEST = 80
"""Characters of a message that may be a plain answer."""


def offer(lasting: Iterable[Constraint], state: DialogueState, schema: CatalogueSchema) -> OpenQuestion | None:
    """Whether that which was said for good shall be remembered; None where nothing of it is new."""
    new = tuple(each for each in lasting if not any(each.says_as(other) for other in state.offered))
    if not new:
        return None
    language = state.language
    answers = tuple(Option(say(key, language), None) for key in ("pin_yes", "pin_no"))
    return OpenQuestion(PINS, say("ask_pin", language, value=_quoted(new, schema, language)), answers, new)


def answered(message: str, state: DialogueState) -> tuple[Act, ...]:
    """The acts of a plain yes or no to that offer; none of any other message."""
    if state.question is None or not state.question.pins or len(message) > _LONGEST:
        return ()
    said = " ".join(regex.sub(r"[^\w\s']+|_", " ", message.replace("\u2019", "'")).split())
    if _is_plain(said, "yes", state.language):
        return (Pin(state.question.pins),)
    return (Talk("declined"),) if _is_plain(said, "no", state.language) else ()


def told(move: str, pins: Sequence[Constraint], schema: CatalogueSchema, language: str) -> str:
    """What is said of these pins: that they are remembered (move "pin"), no longer ("unpin"), or are all ("pins")."""
    if not pins:
        return say("no_pins", language)
    key = {"pin": "pinned", "unpin": "unpinned", "pins": "pins"}[move]
    return say(key, language, value=_quoted(pins, schema, language))


def usable(pins: Iterable[Constraint], schema: CatalogueSchema) -> tuple[Constraint, ...]:
    """Those that still mean something in this catalogue, which may have lost an attribute or a value since."""
    return tuple(each for each in pins if _means_something(each, schema))


def _means_something(pin: Constraint, schema: CatalogueSchema) -> bool:
    known = [schema.attributes[name] for name in pin.attributes if name in schema.attributes]
    if not known or len(known) < len(pin.attributes):
        return False
    values = {value for each in known for value in each.values}
    here = [isinstance(value, bool) or value in values for value in pin.values]
    if pin.values and not (all(here) if pin.kind == "not both" else any(here)):
        return False
    try:
        matcher(pin.filters)
    except (CatalogueError, ValueError, KeyError):  # of another version, or written by hand
        return False
    return bool(pin.values or pin.bounds)


def _quoted(pins: Iterable[Constraint], schema: CatalogueSchema, language: str) -> str:
    return joined((say("quoted", language, value=each) for each in all_restated(pins, schema, language)), language)


def _is_plain(said: str, answer: str, language: str) -> bool:
    """Whether it is that answer and nothing else, in the language of the question or in English."""
    found = (language_pack(each).patterns("lasting", answer) for each in (language, "en"))
    return any(pattern is not None and pattern.fullmatch(said) is not None for pattern in found)
