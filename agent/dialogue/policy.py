"""What to do about a message: show a shelf, answer, give a reason, compare, or talk. A table over acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from ..dialogue_state import Act, Ask, Compare, DialogueState, Talk, Undo, Why

Move: TypeAlias = Literal["shelf", "answer", "why", "compare", "talk", "shown before"]
"""shelf: rank and show. answer, why, compare, talk: say something and leave the shelf as it is. shown before: the
step that is taken back had nothing before it."""


def decide(acts: Sequence[Act], state: DialogueState) -> Move:
    """The move for the acts of a message in the state before it. A question comes before a wish: who asks wants to
    know, and the shelf that they ask about stays."""
    if any(isinstance(act, Talk) for act in acts):
        return "talk"
    for kind, move in _ANSWERS:
        if any(isinstance(act, kind) for act in acts):
            return move
    if any(isinstance(act, Undo) for act in acts) and not state.earlier:
        return "shown before"
    return "shelf"


_ANSWERS: tuple[tuple[type, Move], ...] = ((Compare, "compare"), (Why, "why"), (Ask, "answer"))
