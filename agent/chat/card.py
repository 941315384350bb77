"""One recommendation as a card: cover, title, facts, reason, buttons and, on demand, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...retrieval.catalogue import EventKind, Item
from ..turn import Recommendation
from . import words
from .button import Button, item_button
from .facts import facts, percent, title_of, year
from .images import Images
from .item_state import ItemState
from .picture import Picture, picture
from .why import Why, why

_KINDS: tuple[EventKind, ...] = ("like", "save", "seen", "dismiss")


@dataclass(frozen=True, slots=True)
class Strength:
    """How the score compares with the highest on the shelf: a share of 0..1, and the same as text."""

    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was just done with the item, and the way back, for so many seconds."""

    text: str
    undo: Button
    seconds: float


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `mark` and `rank` say where it stands; `opinion` is the person's newest one, or ""."""

    mark: str
    rank: int
    title: str
    year: str
    picture: Picture
    facts: Sequence[tuple[str, str]]
    reason: str
    opinion: str
    actions: Sequence[Button]
    strength: Strength
    why: Why
    done: Done | None


def card(shown: Recommendation, mark: str, best: float, state: ItemState, session: str, images: Images) -> Card:
    """The card on the shelf called `mark`, whose highest score is `best`. What was done in `session` a moment ago can
    be taken back."""
    item = shown.item
    return Card(
        mark=mark, rank=shown.rank, title=title_of(item), year=year(item), picture=picture(item, images),
        facts=facts(item, 3), reason=shown.explanation.text, opinion=state.opinion or "",
        actions=actions(item, mark, shown.rank, state), strength=_strength(shown.score, best), why=why(shown),
        done=_done(shown, mark, state, state.undoable(session)),
    )  # fmt: skip


def actions(item: Item, mark: str, rank: int, state: ItemState) -> list[Button]:
    """What can be done with an item."""
    toggles = [
        item_button(kind, mark, rank, item, (words.PRESSED if state.has(kind) else words.BUTTONS)[kind],
                    pressed=state.has(kind))
        for kind in _KINDS
    ]  # fmt: skip
    return [*toggles, item_button("more", mark, rank, item, words.MORE_LIKE_THIS)]


def _strength(score: float, best: float) -> Strength:
    share = max(0.0, score / best) if best > 0 else 0.0
    return Strength(share, words.STRENGTH_FIRST if score >= best else words.STRENGTH.format(share=percent(share)))


def _done(shown: Recommendation, mark: str, state: ItemState, seconds: float) -> Done | None:
    if not state.last or not seconds:
        return None
    undo = item_button("undo", mark, shown.rank, shown.item, words.UNDO, deed=state.deed)
    return Done(words.DONE[state.last.kind], undo, seconds)
