"""What a conversation amounts to so far, and the acts that move it: values that a turn carries and the log keeps.

Knows how a constraint becomes a filter. Knows neither words nor the catalogue: `dialogue` reads and moves these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from ..retrieval.catalogue import EventKind
from ..retrieval.filters import ID, Filters, all_of

TITLE = "title"
"""Stands for an item's own name where an attribute's name stands otherwise."""

ConstraintKind: TypeAlias = Literal["in", "any", "out", "not both", "range", "not range"]
"""in: the value is there. any: one of the values is. out: none of them is. not both: the values are not there
together. range: within the bounds. not range: outside of them."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that every item of a shelf must meet.

    `attributes` may each hold it (a person directs or plays); for "not both" they go with `values` one by one.
    `bounds` are `$gt $gte $lt $lte` with a number, or a date as ISO text. `words` say it on a chip: "under 90 minutes".
    `standing`: it says who it is for and on what (an age, a language, a platform), so that it outlives the topic, as
    refusals do. `relative`: it was measured by something that was shown ("newer than the second"). `turn` set it, from
    0; -1 where it holds for good. `spared` are ids of items that need not meet it: "no horror, but Alien is fine".
    """

    kind: ConstraintKind
    attributes: tuple[str, ...]
    values: tuple[str | bool, ...] = ()
    bounds: Mapping[str, int | float | str] = field(default_factory=dict)
    words: str = ""
    standing: bool = False
    relative: bool = False
    turn: int = 0
    spared: tuple[str, ...] = ()

    def says_as(self, other: Constraint) -> bool:
        """Whether it asks the same of an item, in whatever words."""
        return (self.kind, self.attributes, self.values, dict(self.bounds)) == (
            other.kind, other.attributes, other.values, dict(other.bounds)
        )  # fmt: skip

    @property
    def chip(self) -> str:
        """What a chip says of it: the words that it was said in, else its values."""
        return self.words or ", ".join(map(str, self.values))

    @property
    def refuses(self) -> bool:
        """Whether it says what is not wanted."""
        return self.kind in ("out", "not both", "not range")

    @property
    def lasting(self) -> bool:
        """Whether a new topic leaves it in force."""
        return self.standing or self.refuses

    @property
    def filters(self) -> Filters:
        """The same as a filter of `retrieval.filters`."""
        return {"$or": [self._own_filters, {ID: list(self.spared)}]} if self.spared else self._own_filters

    @property
    def _own_filters(self) -> Filters:
        if self.kind == "not both":
            pairs = zip(self.attributes, self.values, strict=True)
            return {"$or": [{name: {"$nin": [value]}} for name, value in pairs]}
        if self.kind == "out":
            return {name: {"$nin": list(self.values)} for name in self.attributes}
        if self.kind == "not range":
            return {"$or": [{name: {_BEYOND[side]: bound}} for name in self.attributes
                            for side, bound in self.bounds.items()]}  # fmt: skip
        condition: dict[str, Any] = dict(self.bounds) if self.kind == "range" else {"$in": list(self.values)}
        each: list[Filters] = [{name: condition} for name in self.attributes]
        return each[0] if len(each) == 1 else {"$or": each}


def either(one: Constraint, other: Constraint, words: str) -> Constraint:
    """What meets one of two wishes of the same attributes: the values of both, or the span that holds both. `words` say
    it on a chip."""
    if one.kind == "range":
        sides = {side: (min if side.startswith("$g") else max)(bound, other.bounds[side])
                 for side, bound in one.bounds.items() if side in other.bounds}  # fmt: skip
        return replace(one, bounds=sides, words=words)
    return replace(one, kind="any", values=tuple(dict.fromkeys((*one.values, *other.values))), words=words)


_BEYOND = {"$gte": "$lt", "$gt": "$lte", "$lte": "$gt", "$lt": "$gte"}


def filters_of(constraints: tuple[Constraint, ...]) -> Filters:
    """What all of the constraints together allow."""
    filters: Filters = {}
    for each in constraints:
        filters = all_of(filters, each.filters)
    return filters


SmallTalk: TypeAlias = Literal[
    "greet", "thank", "bye", "off topic", "abuse", "instruct", "itself", "chosen", "declined"
]
"""itself: it is asked what it is that speaks here. chosen: somebody takes what was shown, and is done. declined:
somebody does not want something to be remembered."""
Direction: TypeAlias = Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Recommend:
    """Items are wanted. `text` is what no constraint says of the wish. `fresh`: a new topic, not a refinement of the
    one before. `alike`: ids of items that are examples of what is wanted. `count` of them are wanted, if it was said.
    """

    text: str = ""
    fresh: bool = False
    alike: tuple[str, ...] = ()
    count: int | None = None
    less: tuple[str, ...] = ()
    """What there is to be less of: "nothing too violent"."""
    named: bool = False
    """The message is the name of an item and nothing else: that very item is wanted, in `text`."""
    kind: Literal["recommend"] = "recommend"


@dataclass(frozen=True, slots=True)
class Constrain:
    """A hard condition. With `instead`, it takes the place of what was wished of the same attributes; with `widen`, it
    is an alternative to that."""

    constraint: Constraint
    instead: bool = False
    widen: bool = False
    kind: Literal["constrain"] = "constrain"


@dataclass(frozen=True, slots=True)
class Relax:
    """Something said before holds no longer: of these attributes, of this value there, or everything (no attribute)."""

    attributes: tuple[str, ...] = ()
    values: tuple[str | bool, ...] = ()
    keep: tuple[str, ...] = ()
    """Attributes that stay where everything else goes."""
    kind: Literal["relax"] = "relax"


@dataclass(frozen=True, slots=True)
class Critique:
    """Away from what was shown: along an attribute ("newer"), or in the words that `text` has ("violent")."""

    direction: Direction
    attribute: str | None = None
    text: str = ""
    items: tuple[str, ...] = ()
    words: str = ""
    kind: Literal["critique"] = "critique"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the person says they did or felt about items. `event` is what the log gets of it."""

    event: EventKind
    items: tuple[str, ...]
    kind: Literal["feedback"] = "feedback"


@dataclass(frozen=True, slots=True)
class Exclude:
    """Items that are not to be shown, or with `spare` may be in spite of what was refused so far."""

    items: tuple[str, ...]
    spare: bool = False
    kind: Literal["exclude"] = "exclude"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of fact. `about`: an attribute's name, "title", "description", "shown" (what came up before) or ""
    where it was not understood. `extreme`: which of the items has the most or the least. `value`: is it this?"""

    about: str
    items: tuple[str, ...] = ()
    value: str = ""
    extreme: Direction | None = None
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Why:
    """Why these were recommended."""

    items: tuple[str, ...] = ()
    kind: Literal["why"] = "why"


@dataclass(frozen=True, slots=True)
class Compare:
    """How these differ."""

    items: tuple[str, ...] = ()
    kind: Literal["compare"] = "compare"


@dataclass(frozen=True, slots=True)
class More:
    """Others than those shown."""

    kind: Literal["more"] = "more"


@dataclass(frozen=True, slots=True)
class Undo:
    """Back to before the last step."""

    kind: Literal["undo"] = "undo"


@dataclass(frozen=True, slots=True)
class Reset:
    """Begin anew."""

    kind: Literal["reset"] = "reset"


@dataclass(frozen=True, slots=True)
class Pin:
    """These hold for good, in later sessions, too."""

    pins: tuple[Constraint, ...]
    kind: Literal["pin"] = "pin"


@dataclass(frozen=True, slots=True)
class Unpin:
    """What holds for good is to be forgotten: of these attributes and values, or all of it (no attribute)."""

    attributes: tuple[str, ...] = ()
    values: tuple[str | bool, ...] = ()
    kind: Literal["unpin"] = "unpin"

    def means(self, pin: Constraint) -> bool:
        """Whether this one is to be forgotten."""
        return not self.attributes or bool(set(pin.attributes) & set(self.attributes)
                                           and set(pin.values) & set(self.values))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Talk:
    """Small talk, and what is none of this engine's business."""

    about: SmallTalk
    kind: Literal["talk"] = "talk"


Act: TypeAlias = (
    Recommend
    | Constrain
    | Relax
    | Critique
    | Feedback
    | Exclude
    | Ask
    | Why
    | Compare
    | More
    | Undo
    | Reset
    | Pin
    | Unpin
    | Talk
)
"""One thing that a message does; a message may do several."""


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that a question offers: what is said when it is picked, and how many items that leaves, None where it
    is not about items."""

    words: str
    count: int | None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that the engine asked, about an attribute; or whether the `pins` shall hold for good."""

    attribute: str
    text: str
    options: tuple[Option, ...] = ()
    pins: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class DialogueState:
    """A conversation so far. `turns` counts the messages.

    `wishes` are the words of the present topic that no constraint says, oldest first, `avoided` those that a critique
    wants less of. `examples` and `excluded` are ids, and `loved` those of what was named as an example or as liked at
    any time of the session, oldest first: it outlives the topic. `shown` the shelves of the session, oldest first, each
    as ids by rank; `focus` what was last spoken of. `asked` are the attributes that questions were asked about;
    `question` waits for an answer. `count` is how many items a shelf is to have, None as configured. `language` is a
    BCP-47 code.
    """

    turns: int = 0
    constraints: tuple[Constraint, ...] = ()
    wishes: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    shown: tuple[tuple[str, ...], ...] = ()
    focus: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    question: OpenQuestion | None = None
    count: int | None = None
    empty: bool = False
    """Nothing was left to show at the last step."""
    avoided: tuple[str, ...] = ()
    loved: tuple[str, ...] = ()
    language: str = "en"
    pinned: tuple[Constraint, ...] = ()
    """What holds for the person for good, and with which a fresh start begins; without what was lifted meanwhile."""
    offered: tuple[Constraint, ...] = ()
    """What need not be offered to be pinned: it was, or is pinned already."""
    earlier: tuple[DialogueState, ...] = ()
    """What an undo goes back to, the newest last; without what was shown."""

    @property
    def said(self) -> str:
        """What is wanted, in the words of the present topic that no constraint says."""
        return ". ".join(self.wishes)

    @classmethod
    def begun_with(cls, pins: tuple[Constraint, ...]) -> DialogueState:
        """A new conversation of somebody for whom these hold for good."""
        return cls(constraints=pins, pinned=pins, offered=pins)

    @property
    def shelf(self) -> tuple[str, ...]:
        """Ids of what the last shelf showed, by rank."""
        return self.shown[-1] if self.shown else ()

    @property
    def chips(self) -> tuple[str, ...]:
        """What the constraints say, each once: "for 4" is two of them, of the fewest players and of the most."""
        return tuple(dict.fromkeys(each.chip for each in self.constraints))

    @property
    def filters(self) -> Filters:
        """What every item of a shelf must meet."""
        return filters_of(self.constraints)

    def said_by(self, place: int) -> tuple[Constraint, ...]:
        """The constraints of one of the chips, by its place. Raises IndexError when there are not so many."""
        chips = self.chips
        if not 0 <= place < len(chips):
            raise IndexError(f"there is no constraint {place}, only {len(chips)}")
        return tuple(each for each in self.constraints if each.chip == chips[place])

    def without(self, place: int) -> DialogueState:
        """The state without the constraints of one of its chips. Raises IndexError when there are not so many."""
        gone = self.said_by(place)
        left = tuple(each for each in self.constraints if each not in gone)
        pinned = tuple(each for each in self.pinned if not any(map(each.says_as, gone)))
        return replace(self, constraints=left, pinned=pinned)
