"""The engine: one object that observes, recommends, explains and converses. Every door calls this one.

Events are committed before `observe` returns. A turn reads the last rolling summary plus the newest events, so it
never waits for the model to write one; the summary is refreshed in the background afterwards.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from itertools import chain
from pathlib import Path
from types import TracebackType

from ..prompts.library import PromptLibrary
from ..prompts.prompt import Prompt
from ..retrieval.behaviour.past import situation
from ..retrieval.candidates import Retriever
from ..retrieval.catalogue import Event, EventKind, Item, User
from ..retrieval.evidence import Candidate
from ..retrieval.index import Index
from ..retrieval.readers.sources import is_storable
from ..retrieval.related_items import RelatedItems, related_items_of
from ..retrieval.relaxation import Relaxation, relax
from ..retrieval.text.encoder import Progress, TextEmbedder
from ..retrieval.text.vocabulary import words_of
from .analytics.board import Board
from .dialogue.acknowledgement import acknowledgement
from .dialogue.conditions import offer
from .dialogue.reply import stream_reply
from .dialogue.request import read_request, title_key
from .errors import InvalidEventError, UnknownEventError, UnknownItemError
from .explanation.explanation import explain, plain_explanation
from .ingest.builtin import load_builtin
from .ingest.indexing import open_embedder, open_index
from .llm.background_writer import BackgroundWriter, Foreground, StoppedError
from .llm.language_model import LanguageModel, ModelCard
from .memory.memory import Memory
from .profile.drift import Change, changes_between
from .profile.history import UserHistory
from .profile.profile_cache import ProfileCache
from .profile.summary import write_summary
from .profile.user_state import UserState
from .ranking.pipeline import Clock, RankingPipeline
from .ranking.ranking import Ranked, RankingWeights
from .ranking.strength import Calibration, InterestStrength, calibration_key, interest_in, load_calibration
from .ranking.weights import serving_weights
from .serving_model import changed_prompts, configured_model, model_with, serving_adapter
from .turn import (
    LAST_STEP,
    Explained,
    Explanation,
    Finished,
    Profile,
    Recommendation,
    Request,
    Sentence,
    Shelf,
    Turn,
    TurnPart,
)  # fmt: skip
from .workspace import Workspace, default_workspace

log = logging.getLogger(__name__)

RETRY = 60.0
"""Seconds after which an adapter that could not be opened is tried again."""


class Recommender:
    """An open workspace with its model. Use as a context manager; safe to call from several threads."""

    def __init__(
        self, workspace: Workspace, index: Index, embedder: TextEmbedder, lm: LanguageModel, dev: bool = False,
        follow: bool = False,
    ) -> None:  # fmt: skip
        """Use `open`; this one takes the parts ready-made. With `follow`, `lm` is what the workspace is configured
        for, and gives way to another when another adapter is promoted."""
        self._workspace = workspace
        self._memory: Memory = workspace.memory
        self._index = index
        self._prompts = PromptLibrary(workspace.folder, dev)
        self._embedder = embedder
        self._swapping = threading.Lock()
        self._failed: float | None = None
        self._engine = self._engine_with(lm, self._prompts.get(workspace.config.ranking_prompt))
        self._follow, self._adapter = follow, serving_adapter(workspace) if follow else None
        self._profile_cache = ProfileCache(self._memory, lambda *known: self._engine.recall(*known))
        self._calibrations: dict[str, Calibration] = {}
        self._titles: dict[str, list[str]] = {}
        for item in index.items:
            self._titles.setdefault(title_key(item.title), []).append(item.id)
        years = any(isinstance(item.attributes.get("year"), int) for item in index.items)
        self._year = "year" if years else None
        self._foreground = Foreground()
        self._background = ThreadPoolExecutor(1, thread_name_prefix="summary")

    @classmethod
    def open(
        cls,
        workspace: str | Path | None = None,
        *,
        builtin: bool = False,
        dev: bool = False,
        lm: LanguageModel | None = None,
        progress: Progress | None = None,
    ) -> Recommender:
        """Open a workspace; None is the default one, with the built-in film catalogue.

        `builtin` loads that catalogue into a workspace that has no items yet. `dev` follows prompt drafts.
        `lm` replaces the configured model. `progress` is told (done, total) while an index is built.
        Raises WorkspaceError, ConfigError, ModelError, CatalogueError or PromptError, each saying what to do.
        """
        folder = default_workspace() if workspace is None else Path(workspace)
        opened = Workspace(folder, create=builtin or workspace is None)
        try:
            if builtin or workspace is None:
                load_builtin(opened)
            model, embedder = lm or configured_model(opened), open_embedder()
            if lm is None:
                _warn_of_changed_prompts(opened)
            index = open_index(opened.memory, opened.index, embedder, progress)
            return cls(opened, index, embedder, model, dev, follow=lm is None)
        except BaseException:
            opened.close()
            raise

    def close(self) -> None:
        """Stop the summary being written, then release the workspace."""
        self._foreground.close()
        self._background.shutdown(wait=True, cancel_futures=True)
        self._index.close()
        self._workspace.close()

    def __enter__(self) -> Recommender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What happened

    def observe(
        self,
        user: str,
        item: str | None,
        kind: EventKind,
        value: float | None = None,
        at: datetime | None = None,
        context: Mapping[str, str] | None = None,
        event_id: str | None = None,
    ) -> Event:
        """Record one event; it is committed when this returns and moves the user's next answer.

        `at` defaults to now. The same `event_id` twice is the same event. Raises UnknownItemError for an item
        outside the catalogue, InvalidEventError for an unknown kind, a NaN value, a time without zone.
        """
        moment = at or datetime.now(timezone.utc)
        event = Event(event_id or uuid.uuid4().hex, user, item, kind, value, moment, None, context or {})
        self.observe_many([event])
        return event

    def observe_many(self, events: Iterable[Event]) -> int:
        """Record events in one transaction, all or none; returns how many were new. Raises as `observe`."""
        batch = list(events)
        unknown = sorted({event.item for event in batch if event.item is not None} - self._index.position.keys())
        if unknown:
            raise UnknownItemError(f"not in the catalogue: {', '.join(unknown[:5])}; ingest the item first")
        return self._memory.add_events(batch)

    def undo(self, user: str, event_id: str) -> Event:
        """Take back one of this user's own events, for good: their next answer is without it.

        What people in general choose is counted when the index is built, and forgets it then.

        Raises UnknownEventError when the user has no such event, be it somebody else's or one that is undone already.
        """
        retracted = self._memory.retract(user, event_id)
        if retracted is None:
            raise UnknownEventError(f"the user {user!r} has no event {event_id!r}; it may be undone already")
        return retracted

    def events(self, user: str, kinds: Collection[EventKind] | None = None, newest: int = 200) -> list[Event]:
        """The `newest` last events of a user, of these kinds (None: all), newest first."""
        return self._memory.events(user, kinds, newest)

    # What to choose

    def recommend(
        self,
        user: str,
        n: int = 5,
        filters: Mapping[str, object] | None = None,
        context: Mapping[str, str] | None = None,
    ) -> tuple[Recommendation, ...]:
        """The n best items for a user now, best first, each with a verified explanation.

        `filters`: see `retrieval.filters`. `context` (place, device, ...) and the present time move the ranking where
        the log says that other items are chosen in such a situation; the context is logged with what was shown. Fewer
        than n come back only when fewer are allowed, none when the filters leave none (see `relax`). Unknown users
        are new users.
        Raises ValueError when n is not in 1..200, CatalogueError for a malformed filter.
        """
        if not 1 <= n <= 200:
            raise ValueError(f"n must be between 1 and 200, not {n}")
        clock, prompts = Clock(), self._current_prompts()
        request, engine = Request(filters=filters, context=_situation(context)), self._engine_for(prompts["rank"])
        with self._foreground.turn():
            ranked = engine.rank(self._read(user), request, n, clock)
            shelf = _explained(engine.lm, _shelf(ranked, request), ranked, request, prompts["explain"])
        clock.lap(LAST_STEP)
        self._log(self._new_turn(user, "", None, shelf, clock, context), prompts, engine.lm.card)
        return shelf

    def relax(self, user: str, filters: Mapping[str, object]) -> Relaxation | None:
        """The nearest conditions to `filters` that leave this user something; None when these do, or nothing would.

        Raises CatalogueError for a malformed filter.
        """
        return self._relaxed(self._read(user), Request(filters=filters))

    def explain(self, user: str, item: str) -> Explanation:
        """Why this item suits (or would suit) this user, from evidence. Raises UnknownItemError."""
        if item not in self._index.position:
            raise UnknownItemError(f"not in the catalogue: {item}")
        self._follow_promotion()
        query = self._engine.query(self._read(user), Request())
        candidates = self._engine.retriever.describe(query, [item])
        with self._foreground.turn():
            return explain(self._engine.lm, self._prompts.get("explain"), candidates)[0]

    def interest(self, user: str, item: str) -> InterestStrength:
        """How strong this user's interest in this item is: the probability of a like and the expected rating.

        `calibrated` is False, and the probability a mere score, until a fit exists. Raises UnknownItemError.
        """
        if item not in self._index.position:
            raise UnknownItemError(f"not in the catalogue: {item}")
        self._follow_promotion()
        engine = replace(self._engine, prompt=self._prompts.get("rank"))
        key = calibration_key(engine.prompt, engine.lm.card)
        if key not in self._calibrations:  # with a line per item, it is not read for every question
            self._calibrations[key] = load_calibration(self._memory, key)
        with self._foreground.turn():
            return interest_in(engine, self._read(user), [item], self._calibrations[key])[0]

    # Conversation

    def chat(
        self, user: str, message: str, session: str | None = None, context: Mapping[str, str] | None = None
    ) -> Turn:
        """Answer one message and return the whole turn, logged. `session` groups turns; None starts a new one."""
        for part in self.stream(user, message, session, context):
            if isinstance(part, Finished):
                return part.turn
        raise AssertionError("a stream ends with Finished")

    def stream(
        self, user: str, message: str, session: str | None = None, context: Mapping[str, str] | None = None
    ) -> Iterator[TurnPart]:
        """Answer one message in parts: Shelf, then Sentence and Explained as they are written, then Finished."""
        with self._foreground.turn():
            yield from self._turn(user, message, session, context)

    # What is known

    def profile(self, user: str) -> Profile:
        """The user as the recommender sees them now."""
        return self._read(user).profile

    def changes(self, user: str, session: str) -> tuple[Change, ...]:
        """How the interests moved through what this user did in a session; events say theirs in their context."""
        user_state = self._read(user)
        earlier = [each for each in user_state.events if each.context.get("session") != session]
        if len(earlier) == len(user_state.events):
            return ()
        before = self._engine.recall(self._memory.user(user), UserHistory.of(earlier)).profile
        return changes_between(before.interests, user_state.profile.interests)

    def related_items(self, item: str, n: int = 4) -> RelatedItems:
        """An item with up to `n` that are like it and `n` that are chosen along with it. Raises UnknownItemError."""
        if item not in self._index.position:
            raise UnknownItemError(f"not in the catalogue: {item}")
        return related_items_of(self._engine.retriever, item, n)

    def users(self) -> list[User]:
        """Users with attributes, in id order."""
        return self._memory.users()

    def item(self, id: str) -> Item:
        """One item. Raises UnknownItemError."""
        if id not in self._index.position:
            raise UnknownItemError(f"not in the catalogue: {id}")
        return self._index.items[self._index.position[id]]

    def turns(self, user: str, session: str) -> list[Turn]:
        """A user's logged turns in a session, oldest first. A turn that was cut off has its shelf and no reply."""
        return [logged.turn for logged in self._memory.turns(user, session)]

    def facets(self, count: int = 10) -> dict[str, list[tuple[str, int]]]:
        """Facet name -> its `count` most common values with the number of items having each."""
        having = self._index.facets.matrix.sum(axis=0).A1
        found: dict[str, list[tuple[str, int]]] = {}
        for (name, value), items in zip(self._index.facets.terms, having, strict=True):
            found.setdefault(name, []).append((value, int(items)))
        return {name: sorted(values, key=lambda each: (-each[1], each[0]))[:count] for name, values in found.items()}

    @property
    def board(self) -> Board:
        """Figures and alarm for whoever runs the workspace."""
        return Board.of(self._workspace)

    @property
    def model_card(self) -> ModelCard:
        """Which model answers."""
        return self._engine.lm.card

    @property
    def weights(self) -> RankingWeights:
        """What the ranking weighs by."""
        return self._engine.weights

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
        return len(self._index.items)

    # How

    def _read(self, user: str) -> UserState:
        if not user or not is_storable(user):
            raise InvalidEventError(f"the user id {user!r} cannot be stored; give every person an id of plain text")
        return self._profile_cache.of(user)

    def _turn(
        self, user: str, message: str, session: str | None, context: Mapping[str, str] | None
    ) -> Iterator[TurnPart]:
        clock, prompts = Clock(), self._current_prompts()
        message = _storable(message)
        user_state = self._read(user)
        clock.lap("profile")
        request = read_request(message, self._index.facets.terms, self._titles, self._year)
        request = replace(request, context=_situation(context))
        engine = self._engine_for(prompts["rank"])  # of the whole turn, whatever is promoted meanwhile
        heard = self._acknowledged(user_state, session)
        ranked = engine.rank(user_state, request, self._workspace.config.shelf, clock)
        shelf = _shelf(ranked, request)
        turn = self._new_turn(user, message, session, shelf, clock, context)
        self._log(turn, prompts, engine.lm.card)  # what was shown is logged even if the reader leaves before the end
        clock.lap("shelf")
        yield Shelf(shelf)
        clock.resume()
        sentences: list[Sentence] = []
        for sentence in chain(heard, self._reply(engine.lm, user_state, request, ranked, prompts["reply"])):
            clock.lap("sentence" if sentences else "first_sentence")
            sentences.append(sentence)
            yield sentence
            clock.resume()
        shelf = _explained(engine.lm, shelf, ranked, request, prompts["explain"])
        clock.lap(LAST_STEP)
        yield from (Explained(recommendation) for recommendation in shelf)
        reply = " ".join(each.text for each in sentences)
        turn = replace(turn, reply=reply, recommendations=shelf, timings=clock.seconds)
        self._log(turn, prompts, engine.lm.card, sentences)
        self._background.submit(self._refresh_summary, user)
        yield Finished(turn)

    def _reply(
        self, lm: LanguageModel, user_state: UserState, request: Request, ranked: Sequence[Ranked], prompt: Prompt
    ) -> Iterator[Sentence]:
        if not ranked and request.filters and (found := self._relaxed(user_state, request)):
            return iter([Sentence(offer(request.filters, found))])
        conditions = bool(request.filters or request.exclude)
        candidates = [each.candidate for each in ranked]
        return stream_reply(lm, prompt, request.text, candidates, filtered=conditions)

    def _acknowledged(self, user_state: UserState, session: str | None) -> list[Sentence]:
        """A sentence about what this person did on the page since the last answer of this session, if anything."""
        if session is None:
            return []
        last = self._memory.last_turn(user_state.profile.user, session)
        own = [each for each in user_state.events if each.context.get("session") == session]
        said = acknowledgement(
            [each for each in own if last is None or (each.at and each.at > last)], self._engine.find
        )
        return [Sentence(said)] if said else []

    def _relaxed(self, user_state: UserState, request: Request) -> Relaxation | None:
        query = self._engine.query(user_state, request)
        known_best = [self._index.items[at] for at in self._index.by_popularity.tolist()]
        return relax(known_best, query.filters, query.exclude)

    def _current_prompts(self) -> dict[str, Prompt]:
        """What this turn uses and logs, whatever is published or edited meanwhile."""
        called = {"rank": self._workspace.config.ranking_prompt, "reply": "reply", "explain": "explain"}
        return {call: self._prompts.get(name) for call, name in called.items()}

    def _engine_for(self, prompt: Prompt) -> RankingPipeline:
        """The engine that ranks with this prompt; the weights fitted for another prompt do not hold for it."""
        self._follow_promotion()
        with self._swapping:
            if prompt.hash != self._engine.prompt.hash:
                self._engine = self._engine_with(self._engine.lm, prompt)
            return self._engine

    def _engine_with(self, lm: LanguageModel, prompt: Prompt) -> RankingPipeline:
        weights = serving_weights(self._memory, prompt, lm.card, self._index)
        retriever = Retriever(self._index, self._embedder, weights.retrieval)
        return RankingPipeline(self._workspace.config, retriever, lm, prompt, weights)

    def _follow_promotion(self) -> None:
        """Have another adapter opened when another one is to serve; turns go on with the present one until it is."""
        wanted = serving_adapter(self._workspace) if self._follow else None
        with self._swapping:
            again = self._failed is not None and time.monotonic() - self._failed > RETRY
            if wanted != self._adapter or again:
                self._adapter, self._failed = wanted, None
                self._background.submit(self._swap, wanted)

    def _swap(self, adapter: Path | None) -> None:
        try:
            lm = model_with(self._workspace, adapter)
            with self._swapping:
                self._engine = self._engine_with(lm, self._engine.prompt)
            log.info("the adapter %s serves from now on", lm.card.adapter)
        except Exception:  # a background task: nobody else would ever hear of it
            self._failed = time.monotonic()
            log.exception("the adapter %s cannot serve; what served goes on, and it is tried again", adapter)

    def _refresh_summary(self, user: str) -> None:
        try:
            retracted = self._memory.retracted(user)
            user_state = self._read(user)
            newest = user_state.events[-1].id if user_state.events else None
            if newest is None or (user_state.profile.summary_version and user_state.profile.last_event == newest):
                return
            text, written_by = write_summary(
                BackgroundWriter(self._engine.lm, self._foreground), self._prompts.get("summarise"), user_state.profile
            )
            self._memory.save_summary(user, text, written_by, newest, retracted)
        except StoppedError:
            log.debug("closing: the summary of user %r is left for the next turn", user)
        except Exception:  # a background task: nobody else would ever hear of it
            log.exception("could not refresh the summary of user %r", user)

    def _new_turn(
        self, user: str, message: str, session: str | None, shelf: tuple[Recommendation, ...], clock: Clock,
        context: Mapping[str, str] | None,
    ) -> Turn:  # fmt: skip
        return Turn(
            id=uuid.uuid4().hex, session=session or uuid.uuid4().hex, user=user, message=message, reply="",
            recommendations=shelf, timings=clock.seconds, at=datetime.now(timezone.utc), context=dict(context or {}),
            counts=clock.counts,
        )  # fmt: skip

    def _log(
        self, turn: Turn, prompts: Mapping[str, Prompt], card: ModelCard, sentences: Sequence[Sentence] = ()
    ) -> None:
        self._memory.save_turn(turn, {name: prompt.hash for name, prompt in prompts.items()}, card, sentences)


def _warn_of_changed_prompts(workspace: Workspace) -> None:
    adapter = serving_adapter(workspace)
    if adapter and (changed := changed_prompts(workspace, adapter)):
        log.warning("the adapter %s was trained on other prompts than now: %s; tune it again, or check with "
                    "`sommelier adapters compare`", adapter.name, ", ".join(changed))  # fmt: skip


def _shelf(ranked: Sequence[Ranked], request: Request) -> tuple[Recommendation, ...]:
    return tuple(
        Recommendation(
            item=each.candidate.item,
            rank=at,
            score=each.score,
            explanation=_plain(each.candidate, request),
            evidence=each.candidate.evidence,
            parts=each.parts,
        )
        for at, each in enumerate(ranked, start=1)
    )


def _explained(
    lm: LanguageModel, shelf: Sequence[Recommendation], ranked: Sequence[Ranked], request: Request, prompt: Prompt
) -> tuple[Recommendation, ...]:
    candidates = [each.candidate for each in ranked]
    written = explain(lm, prompt, candidates, _words(request)) if candidates else []
    return tuple(replace(each, explanation=text) for each, text in zip(shelf, written, strict=True))


def _situation(context: Mapping[str, str] | None) -> dict[str, str]:
    return situation(context or {}, datetime.now(timezone.utc))


def _plain(candidate: Candidate, request: Request) -> Explanation:
    return Explanation(plain_explanation(candidate, _words(request)), "evidence")


def _storable(message: str) -> str:
    """The message without what no database keeps: half characters and NUL."""
    return message.encode("utf-8", "replace").decode().replace("\0", "")


def _words(request: Request) -> list[str]:
    return words_of(request.text)
