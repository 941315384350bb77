"""The engine: one object that observes, recommends, explains and converses. Every door calls this one.

Events are committed before `observe` returns. A turn reads the last rolling summary plus the newest events, so it
never waits for the model to write one; the summary is refreshed in the background afterwards.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from ..prompts.store import PromptStore
from ..retrieval.candidates import Retriever
from ..retrieval.catalogue import Event, EventKind, Item, User
from ..retrieval.embeddings import Progress, TextEmbedder
from ..retrieval.evidence import Candidate, Query
from ..retrieval.index import Index
from .builtin import load_builtin
from .bundled import default_cache
from .errors import InvalidEventError, UnknownItemError
from .explanation import explain, plain_explanation
from .indexing import open_embedder, open_index
from .language_model import LanguageModel, ModelCard
from .memory import Memory
from .profile import Interests, interests_of
from .ranking import Ranked, judge, rank
from .reply import stream_reply
from .request import read_request
from .summary import plain_summary, write_summary
from .transformers_model import open_model
from .turn import (
    Explained, Explanation, Finished, Profile, Recommendation, Request, Sentence, Shelf, Turn, TurnPart,
)  # fmt: skip
from .weights import load_weights, weights_key
from .workspace import Workspace, default_workspace

log = logging.getLogger(__name__)

RECENT = 8
"""History items that the model is told by name."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """One user at one moment: events, what they amount to, and the stored summary."""

    events: Sequence[Event]
    interests: Interests
    profile: Profile


class Recommender:
    """An open workspace with its model. Use as a context manager; safe to call from several threads."""

    def __init__(self, workspace: Workspace, index: Index, embedder: TextEmbedder, lm: LanguageModel, dev: bool = False):
        self._workspace = workspace
        self._memory: Memory = workspace.memory
        self._config = workspace.config
        self._index = index
        self._lm = lm
        self._prompts = PromptStore(workspace.folder, dev)
        self._weights = load_weights(self._memory, weights_key(self._prompts.get("rank"), lm.card, index.folder.name))
        self._retriever = Retriever(index, embedder, self._weights.retrieval)
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
            embedder = open_embedder()
            index = open_index(opened.memory, opened.index, embedder, progress)
            return cls(opened, index, embedder, lm or _configured_model(opened), dev)
        except BaseException:
            opened.close()
            raise

    def close(self) -> None:
        """Finish the summary being written, then release the workspace."""
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

    # What to choose

    def recommend(
        self, user: str, n: int = 5, filters: Mapping[str, object] | None = None, context: Mapping[str, str] | None = None
    ) -> tuple[Recommendation, ...]:
        """The n best items for a user now, best first, each with a verified explanation.

        `filters`: see `retrieval.filters`. `context` (place, device, ...) is checked and reserved: it does not
        move the ranking yet. Fewer than n come back only when fewer are allowed. Unknown users are new users.
        Raises ValueError when n is not in 1..200, CatalogueError for a malformed filter.
        """
        if not 1 <= n <= 200:
            raise ValueError(f"n must be between 1 and 200, not {n}")
        reader = self._read(user)
        ranked = self._ranked(reader, Request(filters=filters), n, {})
        shelf = _shelf(ranked, Request())
        return self._explained(shelf, ranked, Request())

    def explain(self, user: str, item: str) -> Explanation:
        """Why this item suits (or would suit) this user, from evidence. Raises UnknownItemError."""
        if item not in self._index.position:
            raise UnknownItemError(f"not in the catalogue: {item}")
        candidates = self._retriever.describe(self._query(self._read(user), Request(), ""), [item])
        return explain(self._lm, self._prompts.get("explain"), candidates, "")[0]

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
        clock = _Clock()
        reader = self._read(user)
        clock.lap("profile")
        request = read_request(message, self._index.facets.terms)  # type: ignore[arg-type]
        ranked = self._ranked(reader, request, self._config.shelf, clock.seconds)
        shelf = _shelf(ranked, request)
        clock.lap("shelf")
        yield Shelf(shelf)
        sentences: list[str] = []
        candidates = [each.candidate for each in ranked]
        for sentence in stream_reply(self._lm, self._prompts.get("reply"), request.text, candidates, reader.profile.summary):
            if not sentences:
                clock.lap("first_sentence")
            sentences.append(sentence)
            yield Sentence(sentence)
        clock.lap("reply")
        shelf = self._explained(shelf, ranked, request)
        yield from (Explained(recommendation) for recommendation in shelf)
        clock.lap("explanations")
        turn = Turn(
            id=uuid.uuid4().hex, session=session or uuid.uuid4().hex, user=user, message=message,
            reply=" ".join(sentences), recommendations=shelf, timings=clock.seconds,
            at=datetime.now(timezone.utc), context=dict(context or {}),
        )  # fmt: skip
        self._memory.save_turn(turn, self._prompt_hashes(), self._lm.card)
        self._background.submit(self._refresh_summary, user)
        yield Finished(turn)

    # What is known

    def profile(self, user: str) -> Profile:
        """The user as the recommender sees them now."""
        return self._read(user).profile

    def users(self) -> list[User]:
        """Users with attributes, in id order."""
        return self._memory.users()

    def item(self, id: str) -> Item:
        """One item. Raises UnknownItemError."""
        if id not in self._index.position:
            raise UnknownItemError(f"not in the catalogue: {id}")
        return self._index.items[self._index.position[id]]

    def turns(self, session: str) -> list[Turn]:
        """The logged turns of a session, oldest first."""
        return [logged.turn for logged in self._memory.turns(session)]

    def facets(self, count: int = 10) -> dict[str, list[tuple[str, int]]]:
        """Facet name -> its `count` most common values with the number of items having each."""
        having = self._index.facets.matrix.sum(axis=0).A1
        found: dict[str, list[tuple[str, int]]] = {}
        for (name, value), items in zip(self._index.facets.terms, having, strict=True):  # type: ignore[misc]
            found.setdefault(name, []).append((value, int(items)))
        return {name: sorted(values, key=lambda each: (-each[1], each[0]))[:count] for name, values in found.items()}

    @property
    def model_card(self) -> ModelCard:
        """Which model answers."""
        return self._lm.card

    @property
    def catalogue_size(self) -> int:
        """Items in the catalogue."""
        return len(self._index.items)

    # How

    def _read(self, user: str) -> _Reader:
        if not user:
            raise InvalidEventError("the user id is empty; give every person an id")
        events = self._memory.history(user)
        interests = interests_of(events, self._find, self._config)
        known = self._memory.user(user)
        stored = self._memory.latest_summary(user)
        profile = Profile(
            user=user, attributes=known.attributes, interests=interests.facets, items=interests.items,
            events=len(events), summary="", summary_version=0, summary_written_by="facts", last_event=None,
        )  # fmt: skip
        if stored is None:
            return _Reader(events, interests, replace(profile, summary=plain_summary(profile)))
        profile = replace(
            profile, summary=stored.text, summary_version=stored.version,
            summary_written_by=stored.written_by, last_event=stored.last_event,
        )  # fmt: skip
        return _Reader(events, interests, profile)

    def _find(self, id: str) -> Item | None:
        at = self._index.position.get(id)
        return None if at is None else self._index.items[at]

    def _query(self, reader: _Reader, request: Request, summary: str) -> Query:
        consumed = frozenset() if self._config.repeats == "allowed" else reader.interests.consumed
        return Query(
            history=reader.interests.history,
            interests={(each.facet, each.value): each.strength for each in reader.interests.facets},
            summary=summary,
            request=request.text,
            filters=request.filters or {},
            exclude=consumed | request.exclude,
        )

    def _ranked(self, reader: _Reader, request: Request, n: int, timings: dict[str, float]) -> list[Ranked]:
        clock = _Clock(timings)
        summary = reader.profile.summary if reader.events else ""
        candidates = self._retriever.candidates(self._query(reader, request, summary), max(self._config.pool, n))
        clock.lap("candidates")
        recent = [self._told(entry.item, entry.polarity) for entry in reader.interests.history[-RECENT:]]
        judged = judge(self._lm, self._prompts.get("rank"), candidates, summary, list(filter(None, recent)), request.text)
        clock.lap("ranking")
        return rank(candidates, judged, self._weights, bool(request.text))[:n]

    def _told(self, id: str, polarity: str) -> str:
        item = self._find(id)
        return f"{'chose' if polarity == 'neutral' else polarity} {item.title}" if item else ""

    def _explained(
        self, shelf: Sequence[Recommendation], ranked: Sequence[Ranked], request: Request
    ) -> tuple[Recommendation, ...]:
        candidates = [each.candidate for each in ranked]
        written = explain(self._lm, self._prompts.get("explain"), candidates, request.text) if candidates else []
        return tuple(replace(each, explanation=text) for each, text in zip(shelf, written, strict=True))

    def _refresh_summary(self, user: str) -> None:
        try:
            reader = self._read(user)
            newest = reader.events[-1].id if reader.events else None
            if newest is None or (reader.profile.summary_version and reader.profile.last_event == newest):
                return
            text, written_by = write_summary(self._lm, self._prompts.get("summarise"), reader.profile)
            self._memory.save_summary(user, text, written_by, newest)
        except Exception:  # a background task: nobody else would ever hear of it
            log.exception("could not refresh the summary of user %r", user)

    def _prompt_hashes(self) -> dict[str, str]:
        return {name: self._prompts.get(name).hash for name in ("rank", "reply", "explain")}


class _Clock:
    """Seconds per step, in the order of the steps."""

    def __init__(self, seconds: dict[str, float] | None = None, now: Callable[[], float] = time.perf_counter):
        self.seconds: dict[str, float] = {} if seconds is None else seconds
        self._now = now
        self._last = now()

    def lap(self, step: str) -> None:
        """Book the time since the last lap under `step`."""
        current = self._now()
        self.seconds[step] = current - self._last
        self._last = current


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


def _plain(candidate: Candidate, request: Request) -> Explanation:
    return Explanation(plain_explanation(candidate, request.text), "evidence")


def _configured_model(workspace: Workspace) -> LanguageModel:
    config = workspace.config
    adapter = workspace.path(config.adapter) if config.adapter else None
    return open_model(
        config.model, quantize=config.quantize, adapter=adapter, device=config.device, cache=default_cache()
    )
