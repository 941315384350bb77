"""One message answered in parts: the shelf first, then sentence by verified sentence, logged with what produced it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

from ...retrieval.behaviour.past import situation
from ...retrieval.filters import Filters, all_of
from ...retrieval.relaxation import Relaxation, relax
from ..dialogue.acknowledgement import acknowledgement
from ..dialogue.conditions import offer
from ..dialogue.reply import stream_reply
from ..dialogue.request import read_request
from ..memory.memory import Memory
from ..profile.profile_cache import ProfileCache
from ..profile.user_state import UserState
from ..ranking.pipeline import Clock, RankingPipeline
from ..ranking.ranking import Ranked
from ..turn import LAST_STEP, Explained, Finished, Recommendation, Request, Sentence, Shelf, Turn, TurnPart
from .serving_pipeline import Prompts, Serving, ServingPipeline
from .shelf import explained, shelf_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what, where: `session` None begins a new one."""

    user: str
    message: str
    session: str | None = None
    context: Mapping[str, str] | None = None


class Answerer:
    """Answers with what serves at the moment a turn begins, and logs it."""

    def __init__(self, memory: Memory, profiles: ProfileCache, serving: ServingPipeline, shelf_size: int) -> None:
        self._memory = memory
        self._profiles = profiles
        self._serving = serving
        self._shelf_size = shelf_size

    def recommend(self, asked: Asked, filters: Filters | None, n: int) -> tuple[Recommendation, ...]:
        """The n best items for what is asked within the filters, explained, as one logged turn without a reply."""
        clock, user_state = Clock(), self._profiles.of(asked.user)
        prompts = self._serving.prompts()
        serving = self._serving.ranking_with(prompts.rank)
        pipeline, request = serving.pipeline, narrowed(_request(asked, serving), filters)
        ranked = pipeline.rank(user_state, request, n, clock)
        shelf = explained(pipeline.lm, prompts.explain, shelf_of(ranked, request), ranked, request)
        clock.lap(LAST_STEP)
        self._log(_new_turn(asked, shelf, clock), prompts, pipeline)
        return shelf

    def stream(self, asked: Asked) -> Iterator[TurnPart]:
        """Shelf, then Sentence and Explained as they are written, then Finished."""
        clock, user_state = Clock(), self._profiles.of(asked.user)
        clock.lap("profile")
        prompts = self._serving.prompts()
        serving = self._serving.ranking_with(prompts.rank)  # of the whole turn, whatever is promoted meanwhile
        pipeline, request = serving.pipeline, _request(asked, serving)
        acknowledged = self._acknowledged(asked, user_state, pipeline)
        ranked = pipeline.rank(user_state, request, self._shelf_size, clock)
        shelf = shelf_of(ranked, request)
        turn = _new_turn(asked, shelf, clock)
        self._log(turn, prompts, pipeline)  # what was shown is logged even if the reader leaves before the end
        clock.lap("shelf")
        yield Shelf(shelf)
        clock.resume()
        sentences: list[Sentence] = []
        for sentence in chain(acknowledged, self._reply(pipeline, prompts, user_state, request, ranked)):
            clock.lap("sentence" if sentences else "first_sentence")
            sentences.append(sentence)
            yield sentence
            clock.resume()
        shelf = explained(pipeline.lm, prompts.explain, shelf, ranked, request)
        clock.lap(LAST_STEP)
        yield from (Explained(recommendation) for recommendation in shelf)
        reply = " ".join(each.text for each in sentences)
        turn = replace(turn, reply=reply, recommendations=shelf, timings=clock.seconds)
        self._log(turn, prompts, pipeline, sentences)
        yield Finished(turn)

    def relax(self, asked: Asked, filters: Filters) -> Relaxation | None:
        """The nearest conditions to these, beside those that the words ask for, that leave this user something."""
        serving = self._serving.current
        request = narrowed(_request(asked, serving), filters)
        return self._relaxed(serving.pipeline, self._profiles.of(asked.user), request)

    def _relaxed(self, pipeline: RankingPipeline, user_state: UserState, request: Request) -> Relaxation | None:
        """The nearest conditions to the request's that leave this user something; None when these do or none would."""
        index, query = pipeline.retriever.index, pipeline.query(user_state, request)
        known_best = [index.items[position] for position in index.by_popularity.tolist()]
        return relax(known_best, query.filters, query.exclude)

    def _reply(
        self, pipeline: RankingPipeline, prompts: Prompts, user_state: UserState, request: Request,
        ranked: Sequence[Ranked],
    ) -> Iterator[Sentence]:  # fmt: skip
        if not ranked and request.filters and (nearest := self._relaxed(pipeline, user_state, request)):
            return iter([Sentence(offer(request.filters, nearest))])
        conditions = bool(request.filters or request.exclude)
        candidates = [each.candidate for each in ranked]
        return stream_reply(pipeline.lm, prompts.reply, request.text, candidates, filtered=conditions)

    def _acknowledged(self, asked: Asked, user_state: UserState, pipeline: RankingPipeline) -> list[Sentence]:
        """A sentence about what this person did on the page since the last answer of this session, if anything."""
        if asked.session is None:
            return []
        last = self._memory.turns.last_at(asked.user, asked.session)
        own = [each for each in user_state.events if each.context.get("session") == asked.session]
        since = [each for each in own if last is None or (each.at and each.at > last)]
        said = acknowledgement(since, pipeline.find)
        return [Sentence(said)] if said else []

    def _log(self, turn: Turn, prompts: Prompts, pipeline: RankingPipeline, sentences: Sequence[Sentence] = ()) -> None:
        self._memory.turns.save(turn, prompts.hashes, pipeline.lm.card, sentences)


def narrowed(request: Request, filters: Filters | None) -> Request:
    """The request with conditions beside those that its words ask for: all of them must hold.

    Raises CatalogueError for a malformed filter.
    """
    if request.filters and filters:
        return replace(request, filters=all_of(request.filters, filters))
    return replace(request, filters=filters or request.filters)


def _storable(message: str) -> str:
    """The message without what no database keeps: half characters and NUL."""
    return message.encode("utf-8", "replace").decode().replace("\0", "")


def _request(asked: Asked, serving: Serving) -> Request:
    """What a message asks for, at this moment and in this situation."""
    request, names = Request(), serving.names
    if asked.message:
        request = read_request(_storable(asked.message), serving.index.facets.terms, names.titles, names.year)
    return replace(request, context=situation(asked.context or {}, datetime.now(UTC)))


def _new_turn(asked: Asked, shelf: tuple[Recommendation, ...], clock: Clock) -> Turn:
    return Turn(
        id=uuid.uuid4().hex, session=asked.session or uuid.uuid4().hex, user=asked.user,
        message=_storable(asked.message), reply="", recommendations=shelf, timings=clock.seconds, at=datetime.now(UTC),
        context=dict(asked.context or {}), counts=clock.counts,
    )  # fmt: skip
