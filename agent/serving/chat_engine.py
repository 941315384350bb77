"""What pages, the terminal and services ask of the engine. `Recommender` is one; a page's tests have a fake."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ...retrieval.catalogue import Event, EventKind, Item, User
from ...retrieval.related_items import RelatedItems
from ..dialogue_state import Constraint
from ..llm.language_model import ModelCard
from ..profile.drift import Change
from ..turn import Profile, Turn, TurnPart


class ChatEngine(Protocol):
    """An engine that converses. Every method may be called from several threads, means what `Recommender`'s of that
    name means, and raises what that raises."""

    @property
    def model_card(self) -> ModelCard:
        """Which model answers."""

    @property
    def shelf_size(self) -> int:
        """Recommendations that an answer shows."""

    @property
    def catalogue_size(self) -> int:
        """Items in the catalogue."""

    @property
    def images(self) -> Path:
        """Folder of pictures that items may name; it need not exist."""

    def observe(
        self, user: str, item: str | None, kind: EventKind, value: float | None = None, at: datetime | None = None,
        context: Mapping[str, str] | None = None, event_id: str | None = None,
    ) -> Event:  # fmt: skip
        """Record one event; it is committed when this returns."""

    def undo(self, user: str, event_id: str) -> Event:
        """Take back one of this user's own events. Raises UnknownEventError."""

    def events(self, user: str, kinds: Collection[EventKind] | None = None, newest: int = 200) -> list[Event]:
        """The `newest` last events of a user, of these kinds (None: all), newest first."""

    def stream(
        self, user: str, message: str, session: str | None = None, context: Mapping[str, str] | None = None, *,
        drop: int | None = None, edit: bool = False,
    ) -> Iterator[TurnPart]:  # fmt: skip
        """Answer one message in parts: Shelf (none where the turn only answers), then Sentence and Explained as they
        are written, then Finished. `drop` takes a constraint back instead, `edit` answers in the place of the last
        message. Raises IndexError for a `drop` that is not there."""

    def turns(self, user: str, session: str) -> list[Turn]:
        """A user's logged turns in a session, oldest first, without those that were replaced; nobody else's."""

    def profile(self, user: str) -> Profile:
        """The user as the engine sees them now."""

    def pins(self, user: str) -> tuple[Constraint, ...]:
        """What holds for the user for good, oldest first."""

    def unpin(self, user: str, place: int) -> Constraint:
        """Forget the pin at a place of `pins`, from 0. Raises IndexError when there are not so many."""

    def changes(self, user: str, session: str) -> tuple[Change, ...]:
        """How the interests moved through what this user did in a session."""

    def related_items(self, item: str, n: int = 4) -> RelatedItems:
        """An item with others like it and chosen along with it. Raises UnknownItemError."""

    def item(self, id: str) -> Item:
        """One item. Raises UnknownItemError."""

    def users(self) -> Sequence[User]:
        """Users with attributes."""

    def facets(self, count: int = 10) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Facet name -> its `count` most common values with the number of items having each, the most common first."""
