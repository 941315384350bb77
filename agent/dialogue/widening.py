"""What is fine beside what was asked for: "drama is fine, too" after "a comedy", "it can be in English as well"."""

from __future__ import annotations

from ..dialogue_state import Constraint
from .catalogue_phrases import ValueChoice
from .marked_text import Mention
from .message import Message


def widening(message: Message, mention: Mention) -> Constraint | None:
    """The alternative to a wish in force that a mention which is said to be fine makes; None where it makes none: no
    other value of its attribute was asked for, or this one was refused before."""
    if mention.kind != "value" or len(mention.what) != 1:
        return None
    choice: ValueChoice = mention.what[0]
    choices = [each for each in (message.language_named(mention), choice) if each and not each.refused]
    found = next((each for each in choices if _has_rival(message, each)), None)
    if found is None or any(_is_refused(message, each) for each in choices):
        return None
    return Constraint("in" if len(found.values) == 1 else "any", found.attributes, found.values, words=mention.text)


def _has_rival(message: Message, choice: ValueChoice) -> bool:
    wished = (each for each in message.state.constraints if each.kind in ("in", "any"))
    return any(
        set(each.attributes) & set(choice.attributes) and not set(each.values) & set(choice.values) for each in wished
    )


def _is_refused(message: Message, choice: ValueChoice) -> bool:
    refused = (each for each in message.state.constraints if each.refuses)
    return any(
        set(each.attributes) & set(choice.attributes) and set(each.values) & set(choice.values) for each in refused
    )
