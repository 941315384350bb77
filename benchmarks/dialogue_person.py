"""Somebody who talks: what they say next, and what must hold on every shelf from then on.

Keeps account of what was asked for in terms of items alone, and knows nothing of the engine's state or of how it reads.
What is asked for next always leaves an item, so that an empty shelf is the engine's doing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import median

import dialogue_phrases as phrases
from dialogue_topics import TOPICS, Want, number_of, values_of
from sommelier.agent.dialogue_state import OpenQuestion
from sommelier.retrieval.catalogue import Item


@dataclass(frozen=True)
class Rule:
    """What must hold, or must not (`refused`), since a turn."""

    want: Want
    turn: int
    refused: bool = False

    def allows(self, item: Item) -> bool:
        """Whether the item keeps to it."""
        return self.want.test(item) != self.refused

    def surely_allows(self, item: Item) -> bool:
        """Whether it does, however narrowly the rule is meant."""
        test = self.want.surely if self.want.surely and not self.refused else self.want.test
        return test(item) != self.refused

    @property
    def words(self) -> str:
        """For people."""
        return ("no " if self.refused else "") + (self.want.such or self.want.many or self.want.what)


@dataclass(frozen=True)
class Saying:
    """A message; `act` is what it does, `shelf` whether items are wanted in answer to it."""

    message: str
    act: str
    shelf: bool = True


_TAKES_A_CLAUSE = re.compile(r"(something|anything|everything|nothing|ones?|those|them|none|any) \{such\}")
"""Before "that takes less than an hour" stands what it is said of."""


class Person:
    """Speaks of one catalogue, drawing on a seed."""

    def __init__(self, name: str, items: Sequence[Item], draw: Random) -> None:
        self._name, self._items, self._draw = name, items, draw
        self._topics = TOPICS[name]
        self._nouns = self._topics[:2]
        self.rules: tuple[Rule, ...] = ()
        self.turn = -1
        self._before: tuple[Rule, ...] | None = None
        self._passed: frozenset[str] = frozenset()
        self.shown: list[Item] = []

    def allowed(self) -> list[Item]:
        """The items that are wanted however narrowly it is meant, but for those that were waved on."""
        rules, passed = self.rules, self._passed
        return [
            each for each in self._items if each.id not in passed and all(rule.surely_allows(each) for rule in rules)
        ]

    def say(self, shelf: Sequence[Item], question: OpenQuestion | None) -> Saying:
        """The next message, seeing the shelf and the question beside it."""
        self.turn += 1
        before = self.rules
        while not (saying := self._next(shelf, question)):
            pass
        self._before = before if saying.act not in ("undo", "more", "seen", "thanks") and before != self.rules else None
        return saying

    def see(self, shelf: Sequence[Item]) -> None:
        """What is shown now. What held for one shelf only holds no longer."""
        self.rules = tuple(each for each in self.rules if each.want.about != "once")
        self.shown += shelf

    def _next(self, shelf: Sequence[Item], question: OpenQuestion | None) -> Saying | None:
        if self.turn == 0:
            return self._first()
        acts: list[tuple[float, Callable[[], Saying | None]]] = [
            (4, self._add), (2.5, self._refuse), (1.5, self._forget), (1, self._welcome), (2, self._instead),
            (0.6, self._topic), (0.3, self._afresh), (0.2, self._thanks),
            (3 if self._before is not None else 0, self._undo), (2 if question else 0, lambda: self._answer(question)),
        ]  # fmt: skip
        if shelf:
            acts += [(1.2, self._more), (1, lambda: self._ask(shelf)), (0.5, lambda: self._why(shelf)),
                     (0.7, lambda: self._seen(shelf)), (1, lambda: self._critique(shelf))]  # fmt: skip
        _, make = self._draw.choices(acts, [weight for weight, _ in acts])[0]
        return make()

    # What is wanted

    def _target(self) -> Item | None:
        allowed = self.allowed()
        return self._draw.choice(allowed) if allowed else None

    def _hold(self, want: Want, *, refused: bool = False) -> None:
        self.rules = (*self.rules, Rule(want, self.turn, refused))

    def _is_open(self, want: Want) -> bool:
        return all(each.want.about != want.about for each in self.rules)

    def _open_want(self, item: Item) -> Want | None:
        """Something about the item that nothing was said about so far."""
        for make in self._draw.sample(self._topics, len(self._topics)):
            want = make(item, self._draw)
            if want and want.such and self._is_open(want):
                return want
        return None

    def _noun(self, item: Item) -> Want | None:
        return next((want for make in self._nouns if (want := make(item, self._draw)) and want.one), None)

    def _first(self) -> Saying | None:
        item = self._target()
        noun = self._noun(item) if item else None
        if item is None or noun is None:
            return None
        said = self._topic_of(item, noun)
        return Saying(self._pick(phrases.FIRST, one=said), "first")

    def _topic_of(self, item: Item, noun: Want) -> str:
        """The item described in one breath: its kind, and up to two things beside."""
        said = noun.one
        self._hold(noun)
        for _ in range(self._draw.choice([0, 0, 1, 1, 2])):
            if want := self._open_want(item):
                said += f" {want.such}"
                self._hold(want)
        if self._draw.random() < 0.15 and (refused := self._refusable()) and refused.many:
            said += f", but no {refused.many}"
            self._hold(refused, refused=True)
        return said

    def _add(self) -> Saying | None:
        item = self._target()
        want = self._open_want(item) if item else None
        if item is None:
            return None
        if want is None or self._draw.random() < 0.15:
            return self._also(item)
        self._hold(want)
        return Saying(self._pick(phrases.SUCH, such=want.such), "add")

    def _also(self, item: Item) -> Saying | None:
        """One more of something of which an item may have several."""
        made = [want for make in self._topics if (want := make(item, self._draw)) and want.several and want.such]
        known = {each.words for each in self.rules}
        for want in made:
            if not self._is_open(want) and want.such not in known:
                self._hold(want)
                return Saying(self._pick(phrases.ALSO, such=want.such), "also")
        return None

    def _refusable(self) -> Want | None:
        """What some allowed items have and some have not."""
        allowed = self.allowed()
        if len(allowed) < 4:
            return None
        for make in self._draw.sample(self._topics, len(self._topics)):
            want = make(self._draw.choice(allowed), self._draw)
            if want and want.what and want.about != "recycled" and any(not want.test(each) for each in allowed):
                known = any(each.want.what == want.what for each in self.rules)
                return None if known else want
        return None

    def _refuse(self) -> Saying | None:
        want = self._refusable()
        if want is None:
            return None
        self._hold(want, refused=True)
        if want.many and (not want.such or self._draw.random() < 0.5):
            return Saying(self._pick(phrases.NO_MANY, many=want.many, one=want.one), "refuse")
        return Saying(self._pick(phrases.NOT_SUCH, such=want.such), "refuse")

    # What is taken back

    def _forget(self) -> Saying | None:
        wished = [each for each in self.rules if not each.refused and each.want.label and self._forgettable(each)]
        if not wished:
            return None
        gone = self._draw.choice(wished)
        self.rules = tuple(each for each in self.rules if each.want.about != gone.want.about or each.refused)
        return Saying(self._pick(phrases.FORGET, label=gone.want.label), "forget")

    def _forgettable(self, rule: Rule) -> bool:
        """Whether the label says which rule is meant."""
        same = [each for each in self.rules if each.want.about == rule.want.about]
        return not any(each.refused for each in same) and len({each.want.label for each in same}) == 1

    def _welcome(self) -> Saying | None:
        refused = [each for each in self.rules if each.refused and each.want.many]
        if not refused:
            return None
        gone = self._draw.choice(refused)
        self.rules = tuple(each for each in self.rules if each is not gone)
        return Saying(self._pick(phrases.WELCOME, many=gone.want.many), "welcome")

    def _instead(self) -> Saying | None:
        """Another value in the place of the only one of its kind."""
        wished = [each for each in self.rules if not each.refused and each.want.about not in ("once", "item", "beyond")]
        if not wished:
            return None
        old = self._draw.choice(wished)
        kept = tuple(each for each in self.rules if each.want.about != old.want.about or each.refused)
        if any(each.want.about == old.want.about for each in kept):
            return None
        items = [
            each
            for each in self._items
            if all(rule.surely_allows(each) for rule in kept) and each.id not in self._passed
        ]
        new = self._another(old.want, items)
        if new is None:
            return None
        self.rules = kept
        self._hold(new)
        if new.one and (not new.such or self._draw.random() < 0.5):
            return Saying(self._pick(phrases.INSTEAD, one=new.one), "instead")
        return Saying(self._pick(phrases.INSTEAD_SUCH, such=new.such), "instead")

    def _another(self, old: Want, items: Sequence[Item]) -> Want | None:
        for _ in range(20):
            want = self._draw.choice(self._topics)(self._draw.choice(items), self._draw) if items else None
            same = want is not None and want.about == old.about and want.label == old.label
            if want is not None and same and (want.such, want.one) != (old.such, old.one):
                return want
        return None

    def _undo(self) -> Saying:
        assert self._before is not None  # or it would not have been drawn
        self.rules = self._before
        return Saying(self._pick(phrases.UNDO), "undo")

    def _topic(self) -> Saying | None:
        return self._anew(
            tuple(each for each in self.rules if each.refused or each.want.lasting), phrases.TOPIC, "topic"
        )

    def _afresh(self) -> Saying | None:
        return self._anew((), phrases.AFRESH, "afresh")

    def _anew(self, kept: tuple[Rule, ...], forms: Sequence[str], act: str) -> Saying | None:
        rules, self.rules = self.rules, kept
        item = self._target()
        noun = self._noun(item) if item else None
        if item is None or noun is None or not self._is_open(noun):
            self.rules = rules
            return None
        return Saying(self._pick(forms, one=self._topic_of(item, noun)), act)

    # What is said of a shelf

    def _more(self) -> Saying:
        shown = {each.id for each in self.shown}
        self._passed |= shown
        self._hold(Want("once", lambda item: item.id in shown, what="item shown before"), refused=True)
        return Saying(self._pick(phrases.MORE), "more")

    def _ask(self, shelf: Sequence[Item]) -> Saying:
        return Saying(self._ranked(phrases.QUESTIONS[self._name], shelf)[0], "ask", shelf=False)

    def _why(self, shelf: Sequence[Item]) -> Saying:
        return Saying(self._ranked(phrases.WHY, shelf)[0], "why", shelf=False)

    def _thanks(self) -> Saying:
        return Saying(self._pick(phrases.THANKS), "thanks", shelf=False)

    def _seen(self, shelf: Sequence[Item]) -> Saying:
        forms = phrases.KNOWN if self._name == "films" else phrases.OWNED
        message, item = self._ranked(forms, shelf)
        self._hold(_this(item, "item"), refused=True)
        return Saying(message, "seen")

    def _critique(self, shelf: Sequence[Item]) -> Saying | None:
        """Away from one item of the shelf, or from the middle of it."""
        name, way, more = self._draw.choice(phrases.CRITIQUES[self._name])
        if any(each.want.about == name for each in self.rules):
            return None
        message, item = self._ranked(phrases.LIKE_THAT, shelf, more=more)
        known = [own for each in shelf if (own := number_of(each, name)) is not None]
        value = number_of(item, name)
        if self._draw.random() < 0.3 and known:
            message, value = (
                self._pick(("{too}", "these are {too}", "{more} please"), too=phrases.TOO[more], more=more),
                median(known),
            )
            gone = frozenset(each.id for each in shelf)
        else:
            gone = frozenset([item.id])
        want = (
            Want(name, _beyond(name, value, way), such=f"{more} than {value}", bounds=True)
            if value is not None
            else None
        )
        if want is None or not any(want.test(each) and each.id not in gone for each in self.allowed()):
            return None
        self._passed |= gone
        self._hold(want)
        self._hold(Want("once", lambda each: each.id in gone, what="item in question"), refused=True)
        return Saying(message, "critique")

    def _answer(self, question: OpenQuestion | None) -> Saying | None:
        """One of the offered answers, or that it does not matter."""
        if question is None or self._draw.random() < 0.2:
            return Saying(self._pick(phrases.ANY), "no preference") if question else None
        option = self._draw.choice(question.options)
        names = [question.attribute]
        want = Want(names[0], lambda item: option.words in values_of(item, names[0]), what=option.words)
        if not self._is_open(want) or not any(want.test(each) for each in self.allowed()):
            return None
        self._hold(replace(want, such=option.words))
        return Saying(self._pick(phrases.CHOSEN, what=option.words), "answer")

    def _pick(self, forms: Sequence[str], **said: str) -> str:
        if said.get("such", "").startswith(("that ", "I ", "my ")):  # not "it's that takes less"
            forms = [each for each in forms if _TAKES_A_CLAUSE.search(each)]
        return self._draw.choice(forms).format(**said)

    def _ranked(self, forms: Sequence[str], shelf: Sequence[Item], **said: str) -> tuple[str, Item]:
        at = self._draw.randrange(len(shelf))
        return self._pick(forms, rank=phrases.RANKS[at], **said), shelf[at]


def _this(item: Item, about: str) -> Want:
    return Want(about, lambda each: each.id == item.id, what=item.title, lasting=True)


def _beyond(name: str, value: float | None, way: int) -> Callable[[Item], bool]:
    def test(item: Item) -> bool:
        own = number_of(item, name)
        return own is not None and value is not None and (own - value) * way > 0

    return test
