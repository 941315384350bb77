"""How what is to hold for good, or no longer, moves the state of a conversation. Knows neither words nor storage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..dialogue_state import Constraint, DialogueState, Unpin

BEFORE = -1
"""The turn that set what holds for good."""


def pinned(state: DialogueState, pins: tuple[Constraint, ...]) -> DialogueState:
    """The state in which these hold for good."""
    new = tuple(replace(each, standing=True, turn=BEFORE) for each in pins)
    old = tuple(each for each in state.pinned if not _is_among(each, new))
    now = tuple(replace(each, standing=True) if _is_among(each, new) else each for each in state.constraints)
    return replace(state, constraints=now, pinned=(*old, *new), offered=(*state.offered, *new))


def unpinned(state: DialogueState, act: Unpin) -> DialogueState:
    """Without what is meant, in later conversations and in this one."""
    gone = tuple(each for each in state.pinned if act.means(each))
    gone += tuple(each for each in state.constraints if act.attributes and each.lasting and act.means(each))
    left = {name: tuple(each for each in getattr(state, name) if not _is_among(each, gone))
            for name in ("constraints", "pinned", "offered")}  # fmt: skip
    return replace(state, **left)  # type: ignore[arg-type]


def _is_among(constraint: Constraint, others: Iterable[Constraint]) -> bool:
    return any(constraint.says_as(each) for each in others)
