"""What to do about a message: show a shelf, answer, give a reason, compare, or talk. A table over acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from ..dialogue_state import Act, Ask, Compare, DialogueState, Pin, Talk, Undo, Unpin, Why
from .lasting import PINS

Move: TypeAlias = Literal["shelf", "answer", "why", "compare", "talk", "shown before", "pin", "unpin", "pins"]
"""shelf: rank and show. answer, why, compare, talk: say something and leave the shelf as it is. shown before: the
step that is taken back had nothing before it. pin, unpin, pins: say what is remembered from now on, is no longer, and
is at all."""


def decide(acts: Sequence[Act], state: DialogueState) -> Move:
    """The move for the acts of a message in the state before it. A question comes before a wish: who asks wants to
    know, and the shelf that they ask about stays."""
    if any(isinstance(act, Talk) for act in acts):
        return "talk"
    if pinning := _about_pins(acts):
        return pinning
    for kind, move in _ANSWERS:
        if any(isinstance(act, kind) for act in acts):
            return move
    if any(isinstance(act, Undo) for act in acts) and not state.earlier:
        return "shown before"
    return "shelf"


def _about_pins(acts: Sequence[Act]) -> Move | None:
    """Who says something to be remembered together with a wish is shown what meets it."""
    if any(isinstance(act, Unpin) for act in acts):
        return "unpin"
    if any(isinstance(act, Ask) and act.about == PINS for act in acts):
        return "pins"
    return "pin" if acts and all(isinstance(act, Pin) for act in acts) else None


_ANSWERS: tuple[tuple[type, Move], ...] = ((Compare, "compare"), (Why, "why"), (Ask, "answer"))
