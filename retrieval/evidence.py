"""Why a candidate is here: the facts that ranking, explanation, the "why this" panel and the verifier share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from .catalogue import EventKind, Item
from .event_kinds import Polarity


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One item of a user's history as retrieval sees it; histories are lists of these, oldest first.

    `weight` >= 0 is the strength of interest before any decay by position. `kind` is the event that says most about
    it: the opinion where there is one, else the strongest action; None where only the item is known.
    """

    item: str
    weight: float = 1.0
    polarity: Polarity = "neutral"
    kind: EventKind | None = None


@dataclass(frozen=True, slots=True)
class HistoryLink:
    """A history item that points to the candidate. `strength` is its share (0..1] of the behaviour score, `kind` as
    in the history entry, `fields` the names of its attributes, which tell what sort of thing it is. `together` is how
    often, at least, the candidate was chosen near it by anybody, of the `choices` that were made of it; 0 where that
    is not known."""

    item: str
    title: str
    strength: float
    polarity: Polarity
    kind: EventKind | None = None
    fields: tuple[str, ...] = ()
    together: float = 0.0
    choices: int = 0


@dataclass(frozen=True, slots=True)
class SharedAttribute:
    """A facet value that the candidate shares with the user's interests.

    `strength` is the user's interest in it (0..1), `rarity` is log(items / items having it), natural log.
    """

    facet: str
    value: str
    strength: float
    rarity: float

    @property
    def one_in(self) -> int:
        """The rarity for people: one in so many items has it."""
        return round(math.exp(self.rarity))


@dataclass(frozen=True, slots=True)
class Likeness:
    """A history item with what it and the candidate have in common, rarest first. The link's strength may be 0: what
    is alike need not have been chosen together."""

    link: HistoryLink
    values: tuple[SharedAttribute, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that speaks for one candidate, strongest first in each tuple."""

    history: tuple[HistoryLink, ...] = ()
    shared: tuple[SharedAttribute, ...] = ()
    words: tuple[str, ...] = ()
    """Words of the request found in the item, as the catalogue or else the request writes them."""
    popularity: float = 0.0
    """Share of items that are less popular, 0..1."""
    rarities: tuple[float, ...] = ()
    """log(items / items having it) of each of `words`, in their order."""
    alike: tuple[Likeness, ...] = ()
    """History items that have something rare in common with it."""

    def __bool__(self) -> bool:
        return bool(self.history or self.shared or self.words)


@dataclass(frozen=True, slots=True)
class Query:
    """What candidates are drawn for. All parts are optional: an empty query answers with popular items."""

    history: tuple[HistoryEntry, ...] = ()
    interests: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(facet, value) -> signed strength in -1..1."""
    summary: str = ""
    request: str = ""
    examples: tuple[str, ...] = ()
    """Ids of items that the request names as examples of what is wanted."""
    filters: Mapping[str, object] = field(default_factory=dict)
    """attribute -> value, list of values (any of), or {"$gte": .., "$lte": .., "$gt", "$lt", "$ne", "$in", "$nin"}."""
    exclude: frozenset[str] = frozenset()
    avoid: tuple[str, ...] = ()
    """Texts that say what there is to be less of."""
    attributes: Mapping[str, object] = field(default_factory=dict)
    """What the user told us about themselves."""
    context: Mapping[str, str] = field(default_factory=dict)
    """Where, when and how it is asked, as `retrieval.behaviour.past.situation` gives it."""
    told: float = 0.0
    """How much of a conversation it is, 0..1: see `retrieval.fusion.told`."""
    chosen: tuple[str, ...] = ()
    """Ids of the items chosen, oldest first, repeats and all: what towers learn from. Empty: those of `history`."""

    @property
    def asks(self) -> bool:
        """Whether the weights for turns with a request apply."""
        return bool(self.request or self.examples or self.avoid)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item drawn for a query. `features` are the named parts whose weighted sum is `score`; `choices` is how often
    anybody has chosen the item."""

    item: Item
    score: float
    features: Mapping[str, float]
    sources: tuple[str, ...]
    evidence: Evidence
    choices: int = 0
