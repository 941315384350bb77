"""What an event of each kind means: one table that everybody reads, from the ranking to the operator's board.

Weights are defaults, which a workspace may change. Verbs are English, in the past tense, the plainest first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .catalogue import Event, EventKind

Polarity: TypeAlias = Literal["liked", "neutral", "disliked"]
Reaction: TypeAlias = Literal["chosen", "looked at", "turned down"]

LIKED, DISLIKED = 0.5, -0.25
"""A rating this far from the middle of its scale (-1..1) says liked or disliked: 4 and 2.5 of 5 stars."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one event says of its item.

    `weight`: strength of interest, -1..1 (a rating's is scaled by its value). `polarity`: the opinion it gives; that of
    a rating is in its value. `reaction`: what the board counts it as. `sequence`: behaviour is learned from it.
    `consumed`: the item is not recommended again. `engaged`: it stands in the history with its whole weight; a
    glance has less. `verbs`: what may be said of it; None where the domain has its own ("watched", "read").
    """

    weight: float
    reaction: Reaction | None
    polarity: Polarity = "neutral"
    sequence: bool = False
    consumed: bool = False
    engaged: bool = False
    verbs: tuple[str, ...] | None = ()


MEANINGS: Mapping[EventKind, Meaning] = {
    "search": Meaning(0.0, "looked at"),
    "skip": Meaning(-0.3, "turned down"),
    "view": Meaning(0.1, "looked at", verbs=("looked at", "viewed")),
    "click": Meaning(0.2, "looked at", verbs=("looked at", "viewed")),
    "share": Meaning(0.8, "chosen", sequence=True, engaged=True, verbs=("shared",)),
    "save": Meaning(0.8, "chosen", sequence=True, engaged=True, verbs=("saved",)),
    "comment": Meaning(0.4, "chosen", verbs=("commented on",)),
    "rating": Meaning(1.0, "chosen", sequence=True, consumed=True, engaged=True, verbs=("rated",)),
    # That somebody knows an item does not say that they wanted it.
    "seen": Meaning(0.3, "looked at", sequence=True, consumed=True, engaged=True, verbs=None),
    "play": Meaning(0.6, "chosen", sequence=True, consumed=True, engaged=True, verbs=None),
    "purchase": Meaning(1.0, "chosen", sequence=True, consumed=True, engaged=True, verbs=("bought",)),
    "dismiss": Meaning(-0.8, "turned down", "disliked", consumed=True, engaged=True, verbs=("dismissed",)),
    "dislike": Meaning(-1.0, "turned down", "disliked", consumed=True, engaged=True, verbs=("disliked",)),
    "like": Meaning(1.0, "chosen", "liked", sequence=True, consumed=True, engaged=True, verbs=("liked", "enjoyed")),
}
"""By how much a kind says of an item beside others, least first."""

SEQUENCE_KINDS: frozenset[EventKind] = frozenset(kind for kind, each in MEANINGS.items() if each.sequence)
"""What counts as having chosen an item; the sequences of these are what behaviour is learned from."""
CONSUMING_KINDS: frozenset[EventKind] = frozenset(kind for kind, each in MEANINGS.items() if each.consumed)
"""After one of these the item is not recommended again. Looking (view, click, save, ...) is not consuming."""
OPINIONS: frozenset[EventKind] = frozenset(kind for kind, each in MEANINGS.items() if each.polarity != "neutral")
"""What says by itself whether an item is liked."""
ACTIONS: frozenset[EventKind] = OPINIONS | frozenset(
    kind for kind, each in MEANINGS.items() if each.reaction == "chosen" or each.engaged
)
"""What somebody did with an item, as against a glance at it."""

BAD_RATING = "bad rating"
"""What figures count a rating below the middle of its scale as."""
CHOSEN: frozenset[str] = frozenset(kind for kind, each in MEANINGS.items() if each.reaction == "chosen")
LOOKED_AT: frozenset[str] = frozenset(kind for kind, each in MEANINGS.items() if each.reaction == "looked at")
TURNED_DOWN: frozenset[str] = frozenset({BAD_RATING}) | {
    kind for kind, each in MEANINGS.items() if each.reaction == "turned down"
}
"""What figures count events as."""


def says_most(kinds: Collection[EventKind]) -> EventKind:
    """The one of these kinds that says most of an item. Raises ValueError when there is none."""
    return max(kinds, key=list(MEANINGS).index)


def choices(events: Iterable[Event]) -> list[Event]:
    """Those of the events that choose an item, in order."""
    return [event for event in events if event.item and event.kind in SEQUENCE_KINDS]


def chosen(events: Iterable[Event]) -> list[str]:
    """Ids of the items that these events chose, in order."""
    return [event.item for event in choices(events) if event.item]


def middle(scale: tuple[float, float]) -> float:
    """The rating below which one is bad."""
    return sum(scale) / 2


def rating_level(value: float | None, scale: tuple[float, float]) -> float:
    """Where a rating stands on its scale: -1 at the low end, 0 in the middle or without a value, 1 at the high end."""
    if value is None:
        return 0.0
    return max(-1.0, min(1.0, (value - middle(scale)) / (scale[1] - middle(scale))))


def polarity_of(event: Event, scale: tuple[float, float]) -> Polarity:
    """The opinion that one event gives; a rating's depends on where its value stands on the scale."""
    if event.kind != "rating":
        return MEANINGS[event.kind].polarity
    level = rating_level(event.value, scale)
    return "liked" if level >= LIKED else "disliked" if level <= DISLIKED else "neutral"
