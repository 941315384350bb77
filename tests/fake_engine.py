"""A hand-written engine for the chat's tests: a tiny catalogue, answers at once, remembers everything in lists.

Typed, unlike the tests: `make check` holds it to the `ChatEngine` protocol.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sommelier.agent.dialogue_state import Constraint, DialogueState, OpenQuestion, Option
from sommelier.agent.errors import UnknownEventError, UnknownItemError
from sommelier.agent.llm.language_model import ModelCard
from sommelier.agent.profile.drift import Change
from sommelier.agent.serving.chat_engine import ChatEngine
from sommelier.agent.turn import (
    Explained,
    Explanation,
    Finished,
    Interest,
    ItemInterest,
    Profile,
    Recommendation,
    Sentence,
    Shelf,
    Turn,
    TurnPart,
)
from sommelier.retrieval.catalogue import AttributeValue, Event, EventKind, Item, User
from sommelier.retrieval.event_kinds import Polarity
from sommelier.retrieval.evidence import Evidence, HistoryLink, SharedAttribute
from sommelier.retrieval.related_items import RelatedItems

CALM = (
    Item("f1", "The Lighthouse Keeper's Daughter", "A quiet drama.", {
        "year": 1998, "genres": ("drama", "romance"), "director": "Ines Valente", "runtime": 112,
        "country": "Portugal"}),
    Item("f2", "Night Train to Trieste", "A chase.", {
        "year": 1974, "genres": ("thriller",), "director": "Paolo Riva", "runtime": 97, "country": "Italy"}),
    Item("f3", "Paper Boats", "Two sisters.", {
        "year": 2011, "genres": ("comedy", "drama", "family", "music"), "director": "Mei Tan", "runtime": 104}),
    Item("f4", "A Field in Winter", "Snow and silence.", {
        "year": 2019, "genres": ("drama",), "director": "Oskar Lind", "runtime": 88, "country": "Sweden"}),
)  # fmt: skip
HOSTILE = (
    Item("x1", "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>", "", {
        "year": 1998, "genres": ("<svg onload=window.pwned=1>", "**bold**"), "link": "javascript:window.pwned=1"}),
    Item("x2", '"><button data-kind="like" onfocus=window.pwned=1 autofocus>{{7*7}} ${window.pwned=1}', "", {
        "maker": "[click](javascript:window.pwned=1)"}),
    Item("x3", "W" * 10_000, "", {"genres": ("L" * 10_000,)}),
    Item("x4", "\u202eevil\u0000\n\n# heading $$x^2$$", "", {}),
)  # fmt: skip

LINKS: tuple[tuple[float, Polarity], ...] = ((0.45, "liked"), (0.2, "neutral"), (0.004, "disliked"))
TIMINGS = {
    "profile": 0.001, "candidates": 0.084, "ranking": 0.4, "shelf": 0.002, "first_sentence": 0.3, "explanations": 0.4,
}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """A message of a session: with the conversation before it and the turn that it takes the place of."""

    user: str
    session: str
    message: str
    before: DialogueState
    drop: int | None
    replaces: str | None


class FakeEngine:
    """Answers every message with the whole catalogue. `pause` holds a turn after its shelf until released, `thinking`
    before it.

    A message that begins with "no" is a constraint and rules that out of the genres, "undo" takes a step back, "ask me"
    brings a question along, and one that begins with "who" is answered without a shelf.
    """

    shelf_size = 4
    images = Path("no pictures here")
    model_card = ModelCard("SmolLM2-135M-Instruct", None, "nf4", None, "cpu", "bfloat16")

    def __init__(
        self, items: Sequence[Item] = CALM, users: Sequence[User] = (), failure: Exception | None = None
    ) -> None:
        self.items = items
        self.failure = failure
        self.log: list[Event] = []
        self.pause = threading.Event()
        self.pause.set()
        self.thinking = threading.Event()
        self.thinking.set()
        self._users = list(users)
        self._turns: dict[str, list[Turn]] = defaultdict(list)
        self.question = OpenQuestion("genres", "Which kind?", (Option("drama", 3), Option("comedy", 1)))
        self._ids = itertools.count(1)
        self.pinned: dict[str, list[Constraint]] = defaultdict(list)

    @property
    def catalogue_size(self) -> int:
        return len(self.items)

    def users(self) -> Sequence[User]:
        return self._users

    def turns(self, user: str, session: str) -> list[Turn]:
        return [turn for turn in self._turns[session] if turn.user == user]

    def _log(self, turn: Turn) -> None:
        kept = [each for each in self._turns[turn.session] if each.id not in (turn.id, turn.replaces)]
        self._turns[turn.session] = [*kept, turn]

    def item(self, id: str) -> Item:
        found = next((each for each in self.items if each.id == id), None)
        if found is None:
            raise UnknownItemError(id)
        return found

    def facets(self, count: int = 10) -> dict[str, list[tuple[str, int]]]:
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for item in self.items:
            for facet, value in item.facets():
                counts[facet][value] += 1
        return {facet: sorted(values.items(), key=lambda pair: -pair[1])[:count] for facet, values in counts.items()}

    def recommend(self, user: str, n: int = 5) -> tuple[Recommendation, ...]:
        return tuple(self._recommendation(item, rank) for rank, item in enumerate(self.items[:n], start=1))

    def stream(
        self, user: str, message: str, session: str | None = None, context: Mapping[str, str] | None = None, *,
        drop: int | None = None, edit: bool = False,
    ) -> Iterator[TurnPart]:  # fmt: skip
        if self.failure:
            raise self.failure
        self.thinking.wait(20)
        said = self.turns(user, session or "")
        replaces = said.pop().id if edit and said else None
        before = said[-1].state if said else DialogueState()
        asked = _Asked(user, session or "a new one", message, before, drop, replaces)
        yield from self._answer(asked) if message.startswith("who") else self._shelf(asked)

    def _answer(self, asked: _Asked) -> Iterator[TurnPart]:
        said = f"{self.items[0].title} is by Ines Valente."
        turn = replace(self._turn(asked, asked.before), reply=said, answer=said, timings={"explanations": 0.001})
        self._log(turn)
        yield Sentence(said)
        yield Finished(turn)

    def _shelf(self, asked: _Asked) -> Iterator[TurnPart]:
        state = _moved(asked)
        out = {("genres", value) for each in state.constraints for value in each.values}
        shelf = tuple(each for each in self.recommend(asked.user) if not out & set(each.item.facets()))
        cut_off = replace(self._turn(asked, state), recommendations=shelf, timings={"ranking": 0.4})
        self._log(cut_off)
        yield Shelf(shelf, cut_off.id, state)
        self.pause.wait(20)
        yield Sentence(f"You said: {asked.message}.")
        first = tuple(self._recommendation(each.item, 1, "Written just now, for you.") for each in shelf[:1])
        yield from map(Explained, first)
        begin = f"I would begin with {self.items[0].title}."
        yield Sentence(begin)
        question = self.question if asked.message.startswith("ask me") else None
        counts = {"events": 7, "catalogue": len(self.items), "candidates": 20}
        turn = replace(cut_off, reply=f"You said: {asked.message}. {begin}", recommendations=(*first, *shelf[1:]),
                       timings=TIMINGS, counts=counts, question=question)  # fmt: skip
        self._log(turn)
        yield Finished(turn)

    def _turn(self, asked: _Asked, state: DialogueState) -> Turn:
        return Turn(f"t{next(self._ids)}", asked.session, asked.user, asked.message, "", (), {}, _now(), state=state,
                    drop=asked.drop, replaces=asked.replaces)  # fmt: skip

    def observe(
        self, user: str, item: str | None, kind: EventKind, value: float | None = None, at: datetime | None = None,
        context: Mapping[str, str] | None = None, event_id: str | None = None,
    ) -> Event:  # fmt: skip
        if item is not None:
            self.item(item)
        event = Event(event_id or f"e{next(self._ids)}", user, item, kind, value, at or _now(), None, context or {})
        self.log.append(event)
        return event

    def undo(self, user: str, event_id: str) -> Event:
        event = next((each for each in self.log if (each.user, each.id) == (user, event_id)), None)
        if event is None:
            raise UnknownEventError(event_id)
        self.log.remove(event)
        return event

    def events(self, user: str, kinds: Collection[EventKind] | None = None, newest: int = 200) -> list[Event]:
        own = [each for each in self.log if each.user == user and (kinds is None or each.kind in kinds)]
        return own[::-1][:newest]

    def pins(self, user: str) -> tuple[Constraint, ...]:
        return tuple(self.pinned[user])

    def unpin(self, user: str, place: int) -> Constraint:
        if not 0 <= place < len(self.pinned[user]):
            raise IndexError(place)
        return self.pinned[user].pop(place)

    def profile(self, user: str) -> Profile:
        own = [event for event in self.log if event.user == user]
        latest = {event.item: event.kind for event in own if event.item is not None}
        items = tuple(
            ItemInterest(item, self.item(item).title, 1.0 if kind == "like" else -1.0, kind)
            for item, kind in latest.items()
        )
        interests = (Interest("genres", "drama", 0.82, 4), Interest("director", "Ines Valente", 0.5, 1),
                     Interest("genres", "thriller", -0.35, 2)) if own else ()  # fmt: skip
        summary = f"Leans towards {', '.join(each.title for each in items)}." if own else ""
        attributes = next((each.attributes for each in self._users if each.id == user), {})
        return Profile(user, attributes, interests, items, len(own), summary, len(own), "facts", None)

    def changes(self, user: str, session: str) -> tuple[Change, ...]:
        done = [each for each in self.log if each.user == user and each.context.get("session") == session]
        return (Change("genres", "drama", 0.4, 0.82), Change("genres", "<b>new</b>", 0.0, 0.3)) if done else ()

    def related_items(self, item: str, n: int = 4) -> RelatedItems:
        others = tuple(each for each in self.items if each.id != item)
        return RelatedItems(self.item(item), others[:n], others[:n], 0.87)

    def _recommendation(self, item: Item, rank: int, reason: str | None = None) -> Recommendation:
        history = tuple(
            HistoryLink(other.id, other.title, strength, polarity)
            for other, (strength, polarity) in zip(self.items, LINKS, strict=False)
        )
        shared = tuple(SharedAttribute(facet, value, 0.4, 1.2) for facet, value in item.facets()[:2])
        evidence = Evidence(history, shared, ("quiet", "<b>loud</b>"), 0.87)
        text = reason or f"Because it shares something with what you know: {item.title}"
        parts = {"behaviour": 0.9, "text": 0.31, "lm": -0.12}
        return Recommendation(item, rank, 1.09, Explanation(text, "evidence"), evidence, parts)


def _moved(asked: _Asked) -> DialogueState:
    """The conversation after a message."""
    before = asked.before
    if asked.message.casefold() == "undo" and before.earlier:
        return before.earlier[-1]
    after = replace(before, earlier=(*before.earlier, before))
    if asked.drop is not None:
        return after.without(asked.drop)
    if not asked.message.startswith("no "):
        return after
    new = Constraint("out", ("genres",), (asked.message[3:],), words=asked.message)
    return replace(after, constraints=(*before.constraints, new))


def viewers(count: int = 3) -> list[User]:
    """Simulated demo viewers."""
    names = ("Ada", "Bo", "Chloé")
    told: dict[str, AttributeValue] = {"simulated": True, "persona": "patient dreamer", "age_band": "25-34"}
    return [User(f"viewer-{n}", {**told, "name": names[n % 3]}) for n in range(count)]


def _now() -> datetime:
    return datetime.now(UTC)


_: type[ChatEngine] = FakeEngine
