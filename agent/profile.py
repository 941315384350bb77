"""From events to interests: how strongly a user is drawn to items and facets now.

Interest of one event: w = kind weight x 2^(-age / half-life). Age is counted back from the user's newest event, in
days where the events have times, else in events. A rating's kind weight is scaled by where the value stands on the
rating scale: -1 at the low end, 0 in the middle, 1 at the high end. Sums are divided by the largest magnitude.
Knows nothing of storage or of language models.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..retrieval.catalogue import CONSUMING_KINDS, Event, Item
from ..retrieval.evidence import HistoryEntry, Polarity
from .config import Config
from .turn import Interest, ItemInterest

REMEMBERED = 500
"""Only this many of the newest events shape the interests; what was consumed is remembered for ever."""
LIKED, DISLIKED = 0.5, -0.25
"""A rating this far from the middle of its scale (-1..1) says liked or disliked: 4 and 2.5 of 5 stars."""

Key = TypeVar("Key", bound=Hashable)

_LIKING = frozenset({"like", "save", "share"})
_DISLIKING = frozenset({"dislike", "dismiss"})


@dataclass(frozen=True, slots=True)
class Interests:
    """What the events of one user amount to. Lists are strongest first, `history` oldest first."""

    facets: tuple[Interest, ...]
    items: tuple[ItemInterest, ...]
    history: tuple[HistoryEntry, ...]
    consumed: frozenset[str]


def interests_of(events: Sequence[Event], find: Callable[[str], Item | None], config: Config) -> Interests:
    """Read a user's events (oldest first). `find` gives an item by id, None when it left the catalogue."""
    consumed = frozenset(event.item for event in events if event.item and event.kind in CONSUMING_KINDS)
    recent = list(events[-REMEMBERED:])
    strengths = _strengths(recent, config)
    return Interests(
        facets=_facet_interests(recent, strengths, find),
        items=_item_interests(recent, strengths, find),
        history=_history(recent, config),
        consumed=consumed,
    )


def event_weight(event: Event, config: Config) -> float:
    """Kind weight of one event, before recency; 0 for kinds without a configured weight."""
    weight = config.event_weights.get(event.kind, 0.0)
    return weight * _stand(event.value, config) if event.kind == "rating" else weight


def polarity_of(event: Event, config: Config) -> Polarity:
    """What one event says about its item."""
    if event.kind == "rating":
        stand = _stand(event.value, config)
        return "liked" if stand >= LIKED else "disliked" if stand <= DISLIKED else "neutral"
    return "liked" if event.kind in _LIKING else "disliked" if event.kind in _DISLIKING else "neutral"


def _stand(value: float | None, config: Config) -> float:
    low, high = config.rating_scale
    middle = (low + high) / 2
    return 0.0 if value is None else max(-1.0, min(1.0, (value - middle) / (high - middle)))


def _strengths(events: Sequence[Event], config: Config) -> list[float]:
    half_life, newest = config.half_life, events[-1] if events else None
    strengths = []
    for at, event in enumerate(events):
        if half_life.days and newest and newest.at and event.at:
            age = max((newest.at - event.at).total_seconds() / 86400, 0.0) / half_life.days
        else:
            age = (len(events) - 1 - at) / half_life.events
        strengths.append(event_weight(event, config) * 2.0**-age)
    return strengths


def _facet_interests(
    events: Sequence[Event], strengths: Sequence[float], find: Callable[[str], Item | None]
) -> tuple[Interest, ...]:
    totals: dict[tuple[str, str], float] = {}
    counts: dict[tuple[str, str], int] = {}
    for event, strength in zip(events, strengths, strict=True):
        item = find(event.item) if event.item else None
        for facet in item.facets() if item else ():
            totals[facet] = totals.get(facet, 0.0) + strength
            counts[facet] = counts.get(facet, 0) + 1
    scaled = _scaled(totals)
    strongest = sorted(scaled, key=lambda facet: (-abs(scaled[facet]), facet))
    return tuple(Interest(*facet, scaled[facet], counts[facet]) for facet in strongest if scaled[facet])


def _item_interests(
    events: Sequence[Event], strengths: Sequence[float], find: Callable[[str], Item | None]
) -> tuple[ItemInterest, ...]:
    totals: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for event, strength in zip(events, strengths, strict=True):
        if event.item and find(event.item):
            totals[event.item] = totals.get(event.item, 0.0) + strength
            kinds[event.item] = event.kind
    scaled = _scaled(totals)
    strongest = sorted(scaled, key=lambda item: (-abs(scaled[item]), item))
    found = ((item, find(item)) for item in strongest)
    return tuple(ItemInterest(id, item.title, scaled[id], kinds[id]) for id, item in found if item)


def _scaled(totals: Mapping[Key, float]) -> dict[Key, float]:
    largest = max((abs(total) for total in totals.values()), default=0.0)
    return {key: total / largest if largest else 0.0 for key, total in totals.items()}


def _history(events: Sequence[Event], config: Config) -> tuple[HistoryEntry, ...]:
    """Each item once, at its newest event; its polarity is the newest one that was expressed."""
    entries: dict[str, HistoryEntry] = {}
    for event in events:
        if event.item is None or event.kind == "skip":
            continue
        before = entries.pop(event.item, None)
        polarity = polarity_of(event, config)
        if polarity == "neutral" and before and event.kind != "rating":
            polarity = before.polarity
        weight = 1.0 if event.kind in CONSUMING_KINDS or polarity == "liked" else 0.3
        entries[event.item] = HistoryEntry(event.item, max(weight, before.weight if before else 0.0), polarity)
    return tuple(entries.values())
