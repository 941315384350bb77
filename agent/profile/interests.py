"""From events to interests: how strongly a user is drawn to items and facets now.

Interest of one event: w = kind weight x 2^(-age / half-life). Age is counted back from the user's newest event, in
days where the events have times, else in events. A rating's kind weight is scaled by where the value stands on the
rating scale: -1 at the low end, 0 in the middle, 1 at the high end. Sums are divided by the largest magnitude.
Knows nothing of storage or of language models.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from ...retrieval.catalogue import Event, EventKind, Item
from ...retrieval.event_kinds import MEANINGS, Polarity, polarity_of, rating_level, says_most
from ...retrieval.evidence import HistoryEntry
from ..config import Config
from ..turn import Interest, ItemInterest
from .history import UserHistory

GLANCE = 0.3
"""Weight in the history of an item that was only looked at."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Interests:
    """What is recalled of one user amounts to this. Lists are strongest first, `history` oldest first."""

    facets: tuple[Interest, ...]
    items: tuple[ItemInterest, ...]
    history: tuple[HistoryEntry, ...]
    consumed: frozenset[str]


def interests_of(recalled: UserHistory, find: Callable[[str], Item | None], config: Config) -> Interests:
    """Read what is recalled of a user. `find` gives an item by id, None when it left the catalogue."""
    recent = recalled.recent
    strengths = _strengths(recent, config)
    return Interests(
        facets=_facet_interests(recent, strengths, find),
        items=_item_interests(recent, strengths, find, config),
        history=_history(recent, config),
        consumed=recalled.consumed,
    )


def event_weight(event: Event, config: Config) -> float:
    """Kind weight of one event, before recency; 0 for kinds without a configured weight."""
    weight = config.event_weights.get(event.kind, 0.0)
    return weight * rating_level(event.value, config.rating_scale) if event.kind == "rating" else weight


def _strengths(events: Sequence[Event], config: Config) -> list[float]:
    half_life, newest = config.half_life, events[-1].at if events else None
    if newest:  # one date in the future must not make all else old
        newest = min(newest, datetime.now(UTC))
    strengths = []
    for at, event in enumerate(events):
        if half_life.days and newest and event.at:
            age = max((newest - event.at).total_seconds() / 86400, 0.0) / half_life.days
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
    events: Sequence[Event], strengths: Sequence[float], find: Callable[[str], Item | None], config: Config
) -> tuple[ItemInterest, ...]:
    totals: dict[str, float] = {}
    touched: dict[str, list[Event]] = {}
    for event, strength in zip(events, strengths, strict=True):
        if event.item and find(event.item):
            totals[event.item] = totals.get(event.item, 0.0) + strength
            touched.setdefault(event.item, []).append(event)
    scaled = _scaled(totals)
    strongest = sorted(scaled, key=lambda item: (-abs(scaled[item]), item))
    found = ((item, find(item), *_telling(touched[item], config)) for item in strongest)
    return tuple(ItemInterest(id, item.title, scaled[id], kind, mood) for id, item, mood, kind in found if item)


def _telling(events: Sequence[Event], config: Config) -> tuple[Polarity, EventKind]:
    """The newest opinion among one item's events and the kind that gave it; without one, the strongest action."""
    polarity: Polarity = "neutral"
    kind: EventKind | None = None
    neutral: list[EventKind] = []
    for event in events:
        said = polarity_of(event, config.rating_scale)
        if said != "neutral" or event.kind == "rating":
            polarity, kind = said, event.kind
        if said == "neutral":
            neutral.append(event.kind)
    return (polarity, kind) if kind and polarity != "neutral" else ("neutral", says_most(neutral))


def _scaled(totals: Mapping[Key, float]) -> dict[Key, float]:
    largest = max((abs(total) for total in totals.values()), default=0.0)
    return {key: total / largest if largest else 0.0 for key, total in totals.items()}


def _history(events: Sequence[Event], config: Config) -> tuple[HistoryEntry, ...]:
    """Each item once, at its newest event, with the newest opinion or else the strongest action."""
    touched: dict[str, list[Event]] = {}
    for event in events:
        if event.item is not None and event.kind != "skip":
            touched[event.item] = [*touched.pop(event.item, []), event]
    return tuple(_entry(item, own, config) for item, own in touched.items())


def _entry(item: str, events: Sequence[Event], config: Config) -> HistoryEntry:
    polarity, kind = _telling(events, config)
    engaged = any(MEANINGS[each.kind].engaged for each in events)
    return HistoryEntry(item, 1.0 if engaged else GLANCE, polarity, kind)
