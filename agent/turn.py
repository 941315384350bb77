"""What the doors hand out: recommendations, the turn they belong to, and the parts of a streamed turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from ..retrieval.catalogue import Item
from ..retrieval.event_kinds import Polarity
from ..retrieval.evidence import Evidence
from ..retrieval.fusion import told
from .dialogue_state import Act, DialogueState, OpenQuestion

SHELF_STEPS = ("profile", "candidates", "ranking")
"""Steps of a turn before its shelf is there, as its timings call them."""
LAST_STEP = "explanations"
"""The step that a turn ends with; one without it was cut off."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one item is recommended. `written_by` says whether the language model's sentence passed the verifier
    ("model") or the plain sentence made from the evidence stands in ("evidence")."""

    text: str
    written_by: Literal["model", "evidence"]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One item on the shelf. `rank` starts at 1. `score` = sum of `parts` (behaviour, text, request, lm, ...)."""

    item: Item
    rank: int
    score: float
    explanation: Explanation
    evidence: Evidence
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Request:
    """What a message asks for. `text` and `examples` (item ids, "like Alien") steer retrieval; `exclude` (item ids) and
    `filters` are hard. Examples are excluded too: they are not answers. Of what the texts in `avoid`
    say there is to be less. `values` are those of the catalogue that were wished, which a reason may name. `context` is
    the situation that it is asked in, see `retrieval.behaviour.past.situation`. `loved` (item ids, oldest first) were
    named in this conversation as what the person likes: they count as the newest of the history do."""

    text: str = ""
    filters: Mapping[str, object] | None = None
    exclude: frozenset[str] = frozenset()
    examples: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    loved: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether something in particular is asked for."""
        return bool(self.text or self.examples or self.avoid)

    @property
    def told(self) -> float:
        """How much of a conversation it is, 0..1; see `retrieval.fusion.told`."""
        return told(self.text, len({*self.loved, *self.examples}))


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and its answer, as logged. `timings` are seconds per step, `counts` what was gone through: events of
    the user, items of the catalogue, candidates that were judged. `acts` are what the message was understood to do,
    `state` is the conversation after it, `question` waits for an answer. A turn that only answers has no
    recommendations, and its `answer` is what the catalogue says. `drop` is the place of the constraint that it took
    back instead of reading its message, `replaces` the id of the turn whose message was edited into this one."""

    id: str
    session: str
    user: str
    message: str
    reply: str
    recommendations: tuple[Recommendation, ...]
    timings: Mapping[str, float]
    at: datetime
    context: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    state: DialogueState = field(default_factory=DialogueState)
    question: OpenQuestion | None = None
    answer: str = ""
    drop: int | None = None
    replaces: str | None = None

    @property
    def chips(self) -> tuple[str, ...]:
        """The constraints in force, in words; the place of each is what `drop` of a later turn names."""
        return self.state.chips


@dataclass(frozen=True, slots=True)
class Shelf:
    """First part of a streamed turn: the ranked items, each explained from evidence alone. `turn` is the id that it is
    logged under, `state` the conversation that it was drawn in."""

    recommendations: tuple[Recommendation, ...]
    turn: str = ""
    state: DialogueState = field(default_factory=DialogueState)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One verified sentence of the reply, by the language model; or made from the evidence because the model's failed;
    or ("rules") one that the model is never asked for."""

    text: str
    written_by: Literal["model", "evidence", "rules"] = "rules"


@dataclass(frozen=True, slots=True)
class Explained:
    """A recommendation whose explanation the language model has now written (or kept from the evidence)."""

    recommendation: Recommendation


@dataclass(frozen=True, slots=True)
class Finished:
    """Last part: the whole turn, already logged."""

    turn: Turn


TurnPart: TypeAlias = "Shelf | Sentence | Explained | Finished"
"""What a streamed turn comes in, in this order: one shelf (none where the turn only answers), then sentences, then an
`Explained` for each item, then the turn."""


@dataclass(frozen=True, slots=True)
class Interest:
    """How strongly a user is drawn to (or put off by) something: -1..1. `count` = events behind it."""

    facet: str
    value: str
    strength: float
    count: int


@dataclass(frozen=True, slots=True)
class ItemInterest:
    """A user's interest in one item they touched: -1..1, after recency. `polarity` is the opinion they gave, and
    `kind` the event that says most: that opinion, else the strongest action."""

    item: str
    title: str
    strength: float
    kind: str
    polarity: Polarity = "neutral"


@dataclass(frozen=True, slots=True)
class Profile:
    """A user as the recommender sees them now. `interests` are most telling first: strength times rarity.

    `summary` is the stored rolling summary (`summary_written_by` "model" or "facts"), `summary_version` counts
    its refreshes (0 = none yet) and `last_event` is the newest event that it covers.
    """

    user: str
    attributes: Mapping[str, object]
    interests: tuple[Interest, ...]
    items: tuple[ItemInterest, ...]
    events: int
    summary: str
    summary_version: int
    summary_written_by: Literal["model", "facts"]
    last_event: str | None
