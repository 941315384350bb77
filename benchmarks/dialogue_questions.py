"""What a question is worth: turns until the wanted film is on the shelf, asked well, at random, or not at all.

Somebody has a film in mind and knows what it is like: its kinds, times, places, people and themes, a fifth of which
does not matter to them. They never say its title, and never that a shelf was near. They state one thing, then answer
what they are asked with their own value or that it does not matter; asked nothing, they state another thing at random,
and once they have said all, they want to see others. What they say moves the state as acts, so that no misreading is
measured here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from dialogue_topics import number_of, values_of
from dialogue_world import World
from sommelier.agent.dialogue.questions import next_question
from sommelier.agent.dialogue.state import advance, with_shelf
from sommelier.agent.dialogue_state import Act, Constrain, Constraint, DialogueState, More, OpenQuestion, Recommend
from sommelier.retrieval.catalogue import Item

MOST_TURNS = 10
"""A film that was not shown by then counts as shown in the turn after."""
INDIFFERENT = 0.2
"""Share of attributes that do not matter to somebody."""
RESAMPLES = 2000

Policy = Callable[[World, DialogueState, Sequence[Item], Random], OpenQuestion | None]
_KNOWN = ("genres", "country", "language", "keywords", "cast", "director", "year", "runtime", "age_rating")
_SAID_IN_WORDS = ("genres", "keywords")
_STEP = {"year": 10, "runtime": 30}
"""A number is known by the decade, and the length by the half hour."""


class Seeker:
    """Somebody with a film in mind."""

    def __init__(self, target: Item, draw: Random) -> None:
        self._target, self._draw = target, draw
        self._cares = [name for name in _KNOWN if draw.random() >= INDIFFERENT] or ["genres"]
        self._said: set[tuple[str, str]] = set()

    def volunteer(self) -> list[Act]:
        """Another thing about the film, of an attribute drawn at random; others where all is said."""
        left = {name: values for name in self._cares if (values := self._left(name))}
        if not left:
            return [More()]
        return self._state(name := self._draw.choice(list(left)), self._draw.choice(left[name]))

    def answer(self, question: OpenQuestion) -> list[Act]:
        """The own value of what is asked about; nothing where it does not matter."""
        left = self._left(question.attribute) if question.attribute in self._cares else []
        return self._state(question.attribute, self._draw.choice(left)) if left else []

    def _left(self, name: str) -> list[str]:
        values = [str(number_of(self._target, name))] if name in _STEP else values_of(self._target, name)
        return [each for each in values if (name, each) not in self._said]

    def _state(self, name: str, value: str) -> list[Act]:
        self._said.add((name, value))
        if name in _STEP:
            low = float(value) // _STEP[name] * _STEP[name]
            return [
                Constrain(Constraint("range", (name,), bounds={"$gte": low, "$lt": low + _STEP[name]}, words=value))
            ]
        names = ("cast", "director") if name == "cast" else (name,)
        wish: list[Act] = [Recommend(value)] if name in _SAID_IN_WORDS else []
        return [*wish, Constrain(Constraint("in", names, (value,), words=value))]


def ours(world: World, state: DialogueState, left: Sequence[Item], _: Random) -> OpenQuestion | None:
    """As turns ask."""
    return next_question(world.manager.schema, left, state)


def never(_: World, __: DialogueState, ___: Sequence[Item], ____: Random) -> OpenQuestion | None:
    """Nothing is asked."""
    return None


def at_random(world: World, state: DialogueState, _: Sequence[Item], draw: Random) -> OpenQuestion | None:
    """Any attribute that people know and that is open still."""
    bound = {name for each in state.constraints for name in each.attributes} | set(state.asked)
    open_ones = [name for name in _KNOWN if name in world.manager.schema.attributes and name not in bound]
    return OpenQuestion(draw.choice(open_ones), "") if open_ones else None


POLICIES: dict[str, Policy] = {"ours": ours, "random-ask": at_random, "never-ask": never}


@dataclass(frozen=True)
class Search:
    """How one film was found: in which turn (`MOST_TURNS` + 1: not at all), and with how many questions."""

    turns: int
    questions: int


def searched(world: World, target: Item, policy: Policy, seed: int) -> Search:
    """One conversation, until the film is on the shelf."""
    draw, state, asked = Random(seed), DialogueState(), 0
    seeker, question = Seeker(target, draw), None
    for turn in range(1, MOST_TURNS + 1):
        acts = seeker.answer(question) if question else seeker.volunteer()
        state = advance(state, acts, world.manager.schema, lambda *_: ())
        shelf = [each.id for each in world.shelf(state)]
        if target.id in shelf:
            return Search(turn, asked)
        state = with_shelf(state, shelf)
        question = policy(world, state, world.left(state), draw)
        if question:
            asked += 1
            state = replace(state, asked=(*state.asked, question.attribute), question=question)
    return Search(MOST_TURNS + 1, asked)


def searches(world: World, count: int) -> dict[str, list[Search]]:
    """The same films looked for under each policy."""
    targets = Random(8).sample(list(world.items), count)
    return {name: [searched(world, target, policy, seed) for seed, target in enumerate(targets)]
            for name, policy in POLICIES.items()}  # fmt: skip


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Low end, mean and high end of the bootstrap's 95 % interval."""
    own = np.array(values, float)
    picked = np.random.default_rng(0).integers(0, len(own), (RESAMPLES, len(own)))
    low, high = np.percentile(own[picked].mean(axis=1), [2.5, 97.5])
    return float(low), float(own.mean()), float(high)
