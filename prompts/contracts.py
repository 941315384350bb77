"""What each model call gives its prompt, and what the prompt must do with it. Knows names only, no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contract:
    """`provides`: variables that the engine passes. `requires`: those that the prompt must use.

    `slot`: a variable that stands exactly once, outside any condition or loop, in the last user section. What
    follows it is repeated for every item, so it is constant and short, best empty. That section spells out `answers`.
    """

    provides: frozenset[str]
    requires: frozenset[str]
    slot: str | None = None
    answers: tuple[str, ...] = ()


CONTRACTS: Mapping[str, Contract] = {
    "rank": Contract(
        frozenset({"summary", "history", "request", "item"}), frozenset({"item"}), slot="item", answers=("Yes", "No")
    ),
    "order": Contract(frozenset({"summary", "history", "request", "candidates"}), frozenset({"candidates"})),
    "explain": Contract(frozenset({"facts"}), frozenset({"facts"})),
    "reply": Contract(frozenset({"facts"}), frozenset({"facts"})),
    "summarise": Contract(frozenset({"facts"}), frozenset({"facts"})),
}
"""Prompt name -> contract; the file is `<name>.md`."""
