"""The recommender: one object that observes, recommends, explains and converses. Every door calls this one.

It wires the steps together and delegates: what was said and done goes to the memory, an answer is made by `turns`.
Events are committed before `observe` returns. A turn reads the last rolling summary plus the newest events, so it
never waits for the model to write one; the summary is refreshed in the background afterwards.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from ..retrieval.catalogue import Event, EventKind, Item, User
from ..retrieval.filters import Filters
from ..retrieval.index import Index
from ..retrieval.related_items import RelatedItems
from ..retrieval.relaxation import Relaxation
from ..retrieval.text.encoder import Progress, TextEncoder
from ..retrieval.text.vocabulary import commonest
from .analytics.board import Board
from .dialogue_state import Constraint
from .ingest.builtin import load_builtin
from .ingest.desk import IngestDesk
from .ingest.indexing import open_encoder, open_index, vector_stores
from .llm.background_writer import Foreground
from .llm.language_model import LanguageModel, ModelCard
from .profile.drift import Change
from .profile.profile_cache import ProfileCache
from .ranking.ranking import RankingWeights
from .ranking.strength import InterestStrength
from .serving_model import configured_model, warn_of_changed_prompts
from .spelling import closest
from .turn import Explanation, Finished, Profile, Recommendation, Turn, TurnPart
from .turns.about_items import AboutItems
from .turns.answer import Answerer, Asked
from .turns.observations import Observations
from .turns.serving_pipeline import ServingPipeline
from .turns.summary_refresher import SummaryRefresher
from .workspace import Workspace
from .workspace_lock import default_workspace


class Recommender(AbstractContextManager["Recommender"]):
    """An open workspace with its model. Use as a context manager; safe to call from several threads."""

    def __init__(
        self, workspace: Workspace, index: Index, encoder: TextEncoder, lm: LanguageModel, dev: bool = False,
        follow: bool = False,
    ) -> None:  # fmt: skip
        """Use `open`; this one takes the parts ready-made. With `follow`, `lm` is what the workspace is configured
        for, and gives way to another when another adapter is promoted."""
        self._workspace = workspace
        self._memory = workspace.memory
        self._serving = ServingPipeline(workspace, index, encoder, lm, dev=dev, follow=follow)
        self._profiles = ProfileCache(self._memory, lambda *known: self._serving.current.pipeline.recall(*known))
        self._observations = Observations(self._memory, self._serving)
        self._about_items = AboutItems(self._memory, self._serving)
        self._answerer = Answerer(self._memory, self._profiles, self._serving, workspace.config.shelf,
                                  self._observations.add)  # fmt: skip
        self._desk = IngestDesk(workspace, self._serving.rebuild_index, self._profiles.forget)
        self._foreground = Foreground()
        self._summaries = SummaryRefresher(self._memory, self._serving, self._profiles.of, self._foreground)

    @classmethod
    def open(
        cls, workspace: str | Path | None = None, *, builtin: bool = False, dev: bool = False,
        lm: LanguageModel | None = None, progress: Progress | None = None,
    ) -> Recommender:  # fmt: skip
        """Open a workspace; None is the default one, with the built-in film catalogue.

        `builtin` loads that catalogue into a workspace that has no items yet. `dev` follows prompt drafts.
        `lm` replaces the configured model. `progress` is told (done, total) while an index is built.
        Raises WorkspaceError, ConfigError, ModelError, CatalogueError or PromptError, each saying what to do.
        """
        films = builtin or workspace is None
        opened = Workspace(default_workspace() if workspace is None else Path(workspace), create=films)
        try:
            if films:
                load_builtin(opened)
            model, encoder = lm or configured_model(opened), open_encoder(opened)
            if lm is None:
                warn_of_changed_prompts(opened)
            index = open_index(opened.memory, opened.index, encoder, progress, vector_stores(opened.config))
            recommender = cls(opened, index, encoder, model, dev, follow=lm is None)
            recommender._desk.start()
            return recommender
        except BaseException:
            opened.close()
            raise

    def close(self) -> None:
        """Stop the summary being written, then release the workspace."""
        self._desk.close()
        self._summaries.close()
        self._serving.close()
        self._workspace.close()

    def __exit__(self, *error: object) -> None:
        self.close()

    def observe(
        self, user: str, item: str | None, kind: EventKind, value: float | None = None, at: datetime | None = None,
        context: Mapping[str, str] | None = None, event_id: str | None = None,
    ) -> Event:  # fmt: skip
        """Record one event; it is committed when this returns and moves the user's next answer.

        `at` defaults to now. The same `event_id` twice is the same event. Raises UnknownItemError for an item
        outside the catalogue, InvalidEventError for an unknown kind, a rating without a value, a NaN value, a
        time without zone.
        """
        event_id, at = event_id or uuid.uuid4().hex, at or datetime.now(UTC)
        event = Event(event_id, user, item, kind, value, at, None, context or {})
        self.observe_many([event])
        return event

    def observe_many(self, events: Iterable[Event]) -> int:
        """Record events in one transaction, all or none; returns how many were new. Raises as `observe`."""
        return self._observations.add(events)

    def undo(self, user: str, event_id: str) -> Event:
        """Take back one of this user's own events, for good: their next answer is without it.

        What people in general choose is counted when the index is built, and forgets it then. Raises
        UnknownEventError when the user has no such event, be it somebody else's or one that is undone already.
        """
        return self._observations.retract(user, event_id)

    def events(self, user: str, kinds: Collection[EventKind] | None = None, newest: int = 200) -> list[Event]:
        """The `newest` last events of a user, of these kinds (None: all), newest first."""
        return self._memory.events.newest(user, kinds, newest)

    def recommend(
        self, user: str, n: int = 5, filters: Filters | None = None, context: Mapping[str, str] | None = None, *,
        request: str = "",
    ) -> tuple[Recommendation, ...]:  # fmt: skip
        """The n best items for a user now, best first, each with a verified explanation.

        `filters`: see `retrieval.filters`. `request` is what is wanted in words, read as a message of `chat` is: what
        it rules out holds beside the filters. `context` (place, device, ...) and the present time move the ranking
        where the log says that other items are chosen in such a situation; the context is logged with what was shown.
        Fewer than n come back only when fewer are allowed, none when the filters leave none (see `relax`). Unknown
        users are new users.
        Raises ValueError when n is not in 1..200, CatalogueError for a filter that is malformed or does not go with the
        request.
        """
        if not 1 <= n <= 200:
            raise ValueError(f"n must be between 1 and 200, not {n}")
        with self._foreground.turn():
            return self._answerer.recommend(Asked(user, request, None, context), filters, n)

    def relax(self, user: str, filters: Filters, *, request: str = "") -> Relaxation | None:
        """The nearest conditions to `filters` that leave this user something; None when these do, or nothing would.

        `request` as for `recommend`. Raises CatalogueError for a malformed filter.
        """
        return self._answerer.relax(Asked(user, request), filters)

    def explain(self, user: str, item: str) -> Explanation:
        """Why this item suits (or would suit) this user, from evidence. Raises UnknownItemError."""
        with self._foreground.turn():
            return self._about_items.explain(self._profiles.of(user), item)

    def interest(self, user: str, item: str) -> InterestStrength:
        """How strong this user's interest in this item is: the probability of a like and the expected rating.

        `calibrated` is False, and the probability a mere score, until a fit exists. Raises UnknownItemError.
        """
        with self._foreground.turn():
            return self._about_items.interest(self._profiles.of(user), item)

    def chat(
        self, user: str, message: str, session: str | None = None, context: Mapping[str, str] | None = None, *,
        drop: int | None = None, edit: bool = False,
    ) -> Turn:  # fmt: skip
        """Answer one message and return the whole turn, logged. `session` groups turns; None starts a new one.

        `drop` takes back the constraint at that place of the last turn's `chips` instead of reading the message;
        `edit` answers the message in the place of the session's last one. Raises IndexError for a `drop` that is not
        there.
        """
        *_, last = self.stream(user, message, session, context, drop=drop, edit=edit)
        assert isinstance(last, Finished)  # as every stream ends
        return last.turn

    def stream(
        self, user: str, message: str, session: str | None = None, context: Mapping[str, str] | None = None, *,
        drop: int | None = None, edit: bool = False,
    ) -> Iterator[TurnPart]:  # fmt: skip
        """As `chat`, in parts: Shelf (none where the turn only answers), then Sentence and Explained, then Finished."""
        with self._foreground.turn():
            for part in self._answerer.stream(Asked(user, message, session, context, drop, edit)):
                if isinstance(part, Finished):
                    self._summaries.submit(user)
                yield part

    def profile(self, user: str) -> Profile:
        """The user as the recommender sees them now."""
        return self._profiles.of(user).profile

    def pins(self, user: str) -> tuple[Constraint, ...]:
        """What holds for this user for good, because they wanted it remembered, oldest first: every new session of
        theirs, and `recommend`, begins with it, as far as the catalogue has what it is about."""
        return self._memory.pins.of(user)

    def unpin(self, user: str, place: int) -> Constraint:
        """Forget the pin at a place of `pins`, from 0; a session that has begun keeps it. Raises IndexError when there
        are not so many."""
        return self._memory.pins.remove_at(user, place)

    def changes(self, user: str, session: str) -> tuple[Change, ...]:
        """How the interests moved through what this user did in a session; events say theirs in their context."""
        return self._profiles.changes(self._profiles.of(user), session)

    def related_items(self, item: str, n: int = 4) -> RelatedItems:
        """An item with up to `n` that are like it and `n` that are chosen along with it. Raises UnknownItemError."""
        return self._about_items.related(item, n)

    def users(self) -> list[User]:
        """Users with attributes, in id order."""
        return self._memory.catalogue.users()

    def close_user_ids(self, user: str) -> list[str]:
        """Up to three known users whose ids are spelt most like this one: whom somebody may have meant."""
        return closest(user, ((each, each) for each in self._memory.statistics.user_ids() if each != user))

    def item(self, id: str) -> Item:
        """One item. Raises UnknownItemError."""
        return self._about_items.item(id)

    def turns(self, user: str, session: str) -> list[Turn]:
        """A user's logged turns in a session, oldest first, without those whose message was edited. A turn that was cut
        off has its shelf and no reply."""
        return [logged.turn for logged in self._memory.turns.of(user, session)]

    def facets(self, count: int = 10) -> dict[str, list[tuple[str, int]]]:
        """Facet name -> its `count` most common values with the number of items having each."""
        return commonest(self._serving.current.index.facets, count)

    @property
    def board(self) -> Board:
        """Figures and alarm for whoever runs the workspace."""
        return Board.of(self._workspace)

    @property
    def model_card(self) -> ModelCard:
        """Which model answers."""
        return self._serving.current.pipeline.lm.card

    @property
    def weights(self) -> RankingWeights:
        """What the ranking weighs by."""
        return self._serving.current.pipeline.weights

    @property
    def shelf_size(self) -> int:
        """Recommendations that a conversation's answer shows."""
        return self._workspace.config.shelf

    @property
    def images(self) -> Path:
        """The workspace's folder of pictures, which items may name; it need not exist."""
        return self._workspace.folder / "images"

    @property
    def catalogue_size(self) -> int:
        """Items in the catalogue."""
        return len(self._serving.current.index.items)
