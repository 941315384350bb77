"""Whose choice is to be predicted, from which events: cases for testing, for validation and for training.

Within a user the test comes last, validation before it, training before that; nothing that predicts may see a case's
target or what came after it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil
from typing import TypeAlias

from ...agent.memory.memory import Memory
from ...retrieval.behaviour.past import situation
from ...retrieval.catalogue import Event
from ...retrieval.event_kinds import SEQUENCE_KINDS

VALIDATION_USERS = 10_000
SHORTEST = 3
"""A user needs so many choices for the last one to be predicted."""
ENOUGH_JUDGED = 300
"""Where fewer people than this have a choice to predict, several of each person's are judged, to come to so many."""
MOST_JUDGED, SHARE = 5, 4
"""Of one person at most so many are judged, and at most one in four of what they chose."""


@dataclass(frozen=True, slots=True)
class Case:
    """One user to be predicted: their events before the target, the target, how many events are held back, the
    situation of the choice where it is known (see `retrieval.behaviour.past.situation`), and the event that it is."""

    user: str
    events: Sequence[Event]
    target: str
    held_back: int = 0
    context: Mapping[str, str] = field(default_factory=dict)
    event: Event | None = None


def case_of(memory: Memory, user: str, target: str) -> Case:
    """The user's events up to the target; what stands in the log from the target on is held back."""
    events = memory.events.history(user)
    before = before_target(events, target)
    held = events[len(before) :]
    return Case(user, before, target, len(held), situation(held[0].context, held[0].at) if held else {})


def before_target(events: Sequence[Event], target: str) -> Sequence[Event]:
    """The events before the target was first chosen; all of them when it never was."""
    places = (place for place, event in enumerate(events) if event.item == target and event.kind in SEQUENCE_KINDS)
    return events[: next(places, len(events))]


def choices_judged(memory: Memory, test: Mapping[str, str]) -> int:
    """How many of a person's last choices are judged: 1 where many people have one to predict, up to `MOST_JUDGED`
    where few have. A log of many people is read only until enough are found."""
    present, people = memory.catalogue.item_ids(), 0
    for user, log in groupby(memory.events.all(), key=lambda event: event.user):
        events = list(log)
        people += bool(_new_choices(before_target(events, test[user]) if user in test else events, present))
        if people >= ENOUGH_JUDGED:
            break
    return min(MOST_JUDGED, ceil(ENOUGH_JUDGED / max(people, 1)))


def before_judged(events: Sequence[Event], present: Collection[str], judged: int = 1) -> Sequence[Event]:
    """The events before the first choice that validates (see `validation_cases`); all of them where none does."""
    places = _last(_new_choices(events, present), judged)
    return events[: places[0]] if places else events


def validation_cases(
    memory: Memory, test: Mapping[str, str], users: int | None = VALIDATION_USERS, seed: int = 0,
    before: Collection[str] = (), judged: int = 1,
) -> tuple[list[Case], dict[str, int]]:  # fmt: skip
    """The last new choice of up to `users` users, drawn with a fixed seed, and how many of whose events to hold back.

    New is what the user had not chosen before. Items that have left the catalogue do not count, and neither do the
    events (ids) that the choice is to come `before`. With `judged` it is the last so many, oldest first and next to
    each other, of people who chose four times as many; what is to be held back reaches to the first.

    A test target that stands in the log is held back too, with what came after it: no fit may see it.
    """

    def last(new: Sequence[int], events: Sequence[Event]) -> Sequence[int]:
        return _last([place for place in new if events[place].id not in before], judged)

    return _drawn(memory, test, users, seed, last)


def training_cases(
    memory: Memory, test: Mapping[str, str], per_user: int = 1, users: int | None = None, seed: int = 0,
    fresh: Collection[str] | None = None, judged: int = 1,
) -> tuple[list[Case], dict[str, int]]:  # fmt: skip
    """Choices to learn from: of each user up to `per_user` new ones before the last `judged`, which are for validation.

    Up to `users` users (default: all), drawn with a fixed seed. What to hold back reaches, for every user and not only
    for those drawn, to the first such choice: what is built without it knows no target, nor what validates. In
    everything else as `validation_cases`.

    With `fresh` (ids of events) choices among them count apart from those before, whose last are for validation too:
    up to `per_user` of either sort. The users that are drawn have fresh ones; of the earlier sort no more in all than
    of the fresh one are drawn from everybody, to be replayed.
    """
    recent = () if fresh is None else fresh

    def earlier(new: Sequence[int], events: Sequence[Event]) -> Sequence[int]:
        newer = [place for place in new if events[place].id in recent]
        older = [place for place in new if events[place].id not in recent]
        to_judge = new[-_count(newer, judged) :]
        return [
            *older[: -_count(older, judged)][-per_user:],
            *[place for place in newer if place not in to_judge][-per_user:],
        ]

    cases, held_back = _drawn(memory, test, None, seed, earlier)
    _, validating = validation_cases(memory, test, None, seed, judged=judged)
    wanted = [case for case in cases if fresh is None or (case.event and case.event.id in fresh)]
    drawn = set(list(dict.fromkeys(case.user for case in wanted))[:users])
    learned = [case for case in wanted if case.user in drawn]
    if fresh is not None:
        # Not of those alone who did something new: where newcomers come and others leave, nobody would be replayed.
        learned = _with_replay(learned, [case for case in cases if case.event and case.event.id not in fresh], seed)
    return learned, {user: max(validating.get(user, 0), held_back.get(user, 0)) for user in validating | held_back}


def _last(places: Sequence[int], judged: int) -> Sequence[int]:
    """Those of a person's new choices that validate."""
    return places[-_count(places, judged) :]


def _count(places: Sequence[int], judged: int) -> int:
    return max(1, min(judged, len(places) // SHARE))


def _with_replay(newer: Sequence[Case], older: Sequence[Case], seed: int) -> list[Case]:
    mixed = [*newer, *random.Random(seed).sample(older, min(len(older), len(newer)))]
    random.Random(seed).shuffle(mixed)
    return mixed


_Pick: TypeAlias = Callable[[Sequence[int], Sequence[Event]], Sequence[int]]
"""From places of new choices and the events, oldest first, to the places of those that make cases."""


def _drawn(
    memory: Memory, test: Mapping[str, str], users: int | None, seed: int, pick: _Pick
) -> tuple[list[Case], dict[str, int]]:
    present, found, held_back = {item.id for item in memory.catalogue.items()}, [], {}
    for user, log in groupby(memory.events.all(), key=lambda event: event.user):
        everything = list(log)
        events = before_target(everything, test[user]) if user in test else everything
        if len(events) < len(everything):
            held_back[user] = len(everything) - len(events)
        if places := pick(_new_choices(events, present), events):
            found.append([_case(user, everything, place) for place in places])
    random.Random(seed).shuffle(found)
    held_back |= {cases[0].user: cases[0].held_back for cases in found[:users]}
    return [case for cases in found[:users] for case in cases], held_back


def _new_choices(events: Sequence[Event], present: Collection[str]) -> list[int]:
    """Places where an item is chosen for the first time, oldest first, with choices enough before them."""
    places = [place for place, event in enumerate(events) if event.kind in SEQUENCE_KINDS and event.item in present]
    first = {events[place].item: place for place in reversed(places)}.values()
    return [place for place in sorted(first) if bisect_right(places, place) >= SHORTEST]


def _case(user: str, events: Sequence[Event], place: int) -> Case:
    target = events[place]
    situated = situation(target.context, target.at)
    return Case(user, events[:place], target.item or "", len(events) - place, situated, target)
