"""What an event says of an item: that it was chosen, looked at or turned down. One definition for every figure."""

from __future__ import annotations

from ..memory.statistics import BAD_RATING

CHOSEN = frozenset({"play", "rating", "purchase", "like", "save", "share", "comment"})
LOOKED_AT = frozenset({"view", "click", "search", "seen"})
"""Neither: `seen` says that somebody knows the item, not that they want it."""
TURNED_DOWN = frozenset({"dislike", "dismiss", "skip", BAD_RATING})


def middle(scale: tuple[float, float]) -> float:
    """The rating below which one is bad."""
    return sum(scale) / 2
