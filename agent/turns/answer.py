"""One message answered in parts: the shelf first, then sentence by verified sentence, logged with what produced it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain

from ...retrieval.behaviour.past import situation
from ...retrieval.catalogue import Event, Item
from ...retrieval.filters import Filters, all_of
from ...retrieval.relaxation import Relaxation, relax
from ..dialogue.acknowledgement import acknowledgement
from ..dialogue.manager import Step
from ..dialogue.phrasing import in_a_row
from ..dialogue.reply import stream_reply
from ..dialogue.state import request_of, with_question, with_shelf
from ..dialogue_state import Constraint, DialogueState, Feedback, Why
from ..memory.memory import Memory
from ..profile.profile_cache import ProfileCache
from ..profile.user_state import UserState
from ..ranking.pipeline import Clock, RankingPipeline
from ..ranking.ranking import Ranked
from ..turn import LAST_STEP, Explained, Finished, Recommendation, Request, Sentence, Shelf, Turn, TurnPart
from .pins import Pins
from .serving_pipeline import Prompts, Serving, ServingPipeline
from .shelf import explained, reasons_of, shelf_of

MOST_ASKED_ABOUT = 300
"""Best known items that a question may be about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what, where: `session` None begins a new one. `drop` takes back the constraint at that place of the last
    turn's chips instead of reading the message; `edit` answers it in the place of the last message, whose turn is then
    the one that it `replaces`."""

    user: str
    message: str
    session: str | None = None
    context: Mapping[str, str] | None = None
    drop: int | None = None
    edit: bool = False
    replaces: str | None = None


class Answerer:
    """Answers with what serves at the moment a turn begins, and logs it."""

    def __init__(
        self, memory: Memory, profiles: ProfileCache, serving: ServingPipeline, shelf_size: int,
        observe: Callable[[Iterable[Event]], int],
    ) -> None:  # fmt: skip
        """`observe` records what a message says was seen or liked."""
        self._memory = memory
        self._profiles = profiles
        self._serving = serving
        self._pins = Pins(memory)
        self._shelf_size = shelf_size
        self._observe = observe

    def recommend(self, asked: Asked, filters: Filters | None, n: int) -> tuple[Recommendation, ...]:
        """The n best items for what is asked within the filters, explained, as one logged turn without a reply."""
        clock, user_state = Clock(), self._profiles.of(asked.user)
        prompts = self._serving.prompts()
        serving = self._serving.ranking_with(prompts.rank)
        pipeline, request = serving.pipeline, narrowed(self._request(asked, serving), filters)
        ranked = pipeline.rank(user_state, request, n, clock)
        shelf = explained(pipeline.lm, prompts.explain, shelf_of(ranked, request), ranked, request)
        clock.lap(LAST_STEP)
        self._log(_new_turn(asked, shelf, clock), prompts, pipeline)
        return shelf

    def stream(self, asked: Asked) -> Iterator[TurnPart]:
        """Shelf (none where the turn only answers), then Sentence and Explained as they are written, then Finished.

        Raises IndexError for a constraint to drop that is not there.
        """
        clock, asked = Clock(), replace(asked, message=_storable(asked.message))
        prompts = self._serving.prompts()
        serving = self._serving.ranking_with(prompts.rank)  # of the whole turn, whatever is promoted meanwhile
        asked, before = self._placed(asked, serving)
        step = self._step(asked, serving, before)
        self._note(asked, step)
        pins = self._pins.follow(asked.user, step)
        clock.lap("understanding")
        if step.move == "shelf":
            yield from self._shelf(asked, step, serving, prompts, clock)
        else:
            yield from self._answer(asked, step, serving, prompts, clock, pins)

    def relax(self, asked: Asked, filters: Filters) -> Relaxation | None:
        """The nearest conditions to these, beside those that the words ask for, that leave this user something."""
        serving = self._serving.current
        request = narrowed(self._request(asked, serving), filters)
        query = serving.pipeline.query(self._profiles.of(asked.user), request)
        return relax(_known_best(serving), query.filters, query.exclude)

    # What was said

    def _placed(self, asked: Asked, serving: Serving) -> tuple[Asked, DialogueState]:
        """What is asked, with the turn whose place it takes, and the conversation as it was before that."""
        count = 2 if asked.edit else 1
        last = self._memory.turns.newest(asked.user, asked.session, count) if asked.session else []
        if asked.edit and last:
            (replaced, taken_back), *last = last
            asked = replace(asked, replaces=replaced)
            self._pins.take_back(asked.user, taken_back, last[0][1] if last else None)
        return asked, last[0][1] if last else self._pins.begun(asked.user, serving.dialogue)

    def _step(self, asked: Asked, serving: Serving, state: DialogueState) -> Step:
        if asked.drop is not None:
            return serving.dialogue.dropping(asked.drop, state)
        return serving.dialogue.step(_storable(asked.message), state)

    def _request(self, asked: Asked, serving: Serving) -> Request:
        """What one message alone asks for beside what holds for good, at this moment and in this situation."""
        state = self._pins.begun(asked.user, serving.dialogue)
        if asked.message:
            state = serving.dialogue.step(_storable(asked.message), state).after
        return _situated(request_of(state), asked)

    def _note(self, asked: Asked, step: Step) -> None:
        """Log what the message says was seen, owned, liked or not."""
        context = {**(asked.context or {}), **({"session": asked.session} if asked.session else {})}
        now = datetime.now(UTC)
        self._observe(
            Event(uuid.uuid4().hex, asked.user, item, act.event, None, now, None, context)
            for act in step.acts if isinstance(act, Feedback) for item in act.items
        )  # fmt: skip

    # A turn that only answers

    def _answer(
        self, asked: Asked, step: Step, serving: Serving, prompts: Prompts, clock: Clock,
        pins: Sequence[Constraint] | None,
    ) -> Iterator[TurnPart]:  # fmt: skip
        said = (
            self._why(asked, step, serving)
            if step.move == "why"
            else serving.dialogue.answer(step, asked.message, pins)
        )
        turn = replace(_new_turn(asked, (), clock), reply=said, answer=said, acts=step.acts, state=step.after)
        clock.lap(LAST_STEP)
        turn = replace(turn, timings=clock.seconds)
        sentence = Sentence(said)
        self._log(turn, prompts, serving.pipeline, [sentence])
        yield sentence
        yield Finished(turn)

    def _why(self, asked: Asked, step: Step, serving: Serving) -> str:
        """The reasons for what is asked about, from its evidence; of the whole last shelf where nothing is named."""
        ids = (
            next((act.items for act in step.acts if isinstance(act, Why)), ())
            or step.before.focus
            or step.before.shelf[:1]
        )
        user_state, pipeline = self._profiles.of(asked.user), serving.pipeline
        request = _situated(request_of(step.before), asked)
        known = [each for each in ids if each in serving.index.position]
        found = pipeline.retriever.describe(pipeline.query(user_state, request), known)
        return reasons_of(found, request, step.before, asked.message)

    # A turn with a shelf

    def _shelf(self, asked: Asked, step: Step, serving: Serving, prompts: Prompts, clock: Clock) -> Iterator[TurnPart]:
        user_state, pipeline = self._profiles.of(asked.user), serving.pipeline
        clock.lap("profile")
        request = _situated(request_of(step.after), asked)
        acknowledged = self._acknowledged(asked, user_state, pipeline, step.after.language)
        ranked = pipeline.rank(user_state, request, step.after.count or self._shelf_size, clock)
        shelf = shelf_of(ranked, request)
        state = with_shelf(step.after, [each.item.id for each in shelf])
        query = pipeline.query(user_state, request)
        left = partial(pipeline.retriever.allowed, query, MOST_ASKED_ABOUT)  # the best known that could still be shown
        question = serving.dialogue.question(step, left) if shelf else None
        state = with_question(state, question)
        turn = replace(_new_turn(asked, shelf, clock), acts=step.acts, state=state, question=question)
        self._log(turn, prompts, pipeline)  # what was shown is logged even if the reader leaves before the end
        clock.lap("shelf")
        yield Shelf(shelf, turn.id, turn.state)
        clock.resume()
        sentences: list[Sentence] = []
        replied = self._reply(serving, prompts, user_state, step, request, ranked, turn)
        for sentence in chain(acknowledged, replied):
            clock.lap("sentence" if sentences else "first_sentence")
            sentences.append(sentence)
            yield sentence
            clock.resume()
        shelf = explained(pipeline.lm, prompts.explain, shelf, ranked, request)
        clock.lap(LAST_STEP)
        yield from (Explained(recommendation) for recommendation in shelf)
        reply = in_a_row((each.text for each in sentences), turn.state.language)
        turn = replace(turn, reply=reply, recommendations=shelf, timings=clock.seconds)
        self._log(turn, prompts, pipeline, sentences)
        yield Finished(turn)

    def _reply(
        self, serving: Serving, prompts: Prompts, user_state: UserState, step: Step, request: Request,
        ranked: Sequence[Ranked], turn: Turn,
    ) -> Iterator[Sentence]:  # fmt: skip
        pipeline = serving.pipeline
        if remembered := serving.dialogue.remembered(step):
            yield Sentence(remembered)
        if not ranked and step.after.constraints:
            query = pipeline.query(user_state, request)
            yield Sentence(serving.dialogue.nothing_found(step, _known_best(serving), query.exclude))
            return
        if unknown := serving.dialogue.not_understood(step):
            yield Sentence(unknown)
        candidates = [each.candidate for each in ranked]
        lines = [each.explanation.text for each in turn.recommendations]
        wanted = step.after.count or self._shelf_size
        yield from stream_reply(
            pipeline.lm, prompts.reply, step.understood, candidates, turn.question, step.after, lines, wanted
        )

    def _acknowledged(
        self, asked: Asked, user_state: UserState, pipeline: RankingPipeline, language: str
    ) -> list[Sentence]:
        """A sentence about what this person did on the page since the last answer of this session, if anything."""
        if asked.session is None:
            return []
        last = self._memory.turns.last_at(asked.user, asked.session)
        own = [each for each in user_state.events if each.context.get("session") == asked.session]
        since = [each for each in own if last is None or (each.at and each.at > last)]
        said = acknowledgement(since, pipeline.find, language)
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


def _known_best(serving: Serving) -> list[Item]:
    index = serving.index
    return [index.items[position] for position in index.by_popularity.tolist()]


def _situated(request: Request, asked: Asked) -> Request:
    return replace(request, context=situation(asked.context or {}, datetime.now(UTC)))


def _storable(message: str) -> str:
    """The message without what no database keeps: half characters and NUL."""
    return message.encode("utf-8", "replace").decode().replace("\0", "")


def _new_turn(asked: Asked, shelf: tuple[Recommendation, ...], clock: Clock) -> Turn:
    return Turn(
        id=uuid.uuid4().hex, session=asked.session or uuid.uuid4().hex, user=asked.user,
        message=_storable(asked.message), reply="", recommendations=shelf, timings=clock.seconds, at=datetime.now(UTC),
        context=dict(asked.context or {}), counts=clock.counts, drop=asked.drop, replaces=asked.replaces,
    )  # fmt: skip
